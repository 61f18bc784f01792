"""The layout of `report.json`, for machines and for readers.

`python -m headstart.report.schema` prints the JSON schema and, with `--markdown`,
the page that explains it. Both come from the nouns' own docstrings, so
docs/reference/report.schema.json and docs/reference/report.md never say anything else.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from headstart.domain.report import Report

_INTRO = """\
# report.json

Every run writes a `report.json`; the Markdown report and the card in the terminal are drawn
from it. This page is made from the source by `python -m headstart.report.schema --markdown`;
the JSON schema beside it, [report.schema.json](report.schema.json), by the same command
without `--markdown`.

How to read it:

- A figure that does not exist is an object `{"value": null, "why": "..."}`, never 0.
- Scores and differences are in the metric's own unit: 0.71 is an accuracy of 71%, and a
  difference of 0.01 is one point. Intervals are 95% intervals.
- A number that came out not finite is `null`.
- Times are in seconds, memory is in bytes, learning rates are peak rates.
- Keys are sorted, so that two reports can be compared line by line.
"""


def report_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a report as written: every key is always there."""
    return layout(Report, "headstart.report/1", "headstart report")


def layout(kind: type[BaseModel], identifier: str, title: str) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of any value as written: every key is always there."""
    schema = kind.model_json_schema(by_alias=True, mode="serialization")
    for node in (schema, *schema["$defs"].values()):
        if "properties" in node:
            # a default spares the writer's code a word, never the reader a key
            node["required"] = sorted(node["properties"])
    return schema | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        "title": title,
    }


def schema_text() -> str:
    """The schema as it stands in docs/reference/report.schema.json."""
    return json.dumps(report_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def reference() -> str:
    """The page docs/reference/report.md: every object of the file with its fields."""
    schema = report_schema()
    parts = [_INTRO, _object("Report", schema, schema)]
    parts += [_object(name, schema["$defs"][name], schema) for name in _reached(schema)]
    return "\n".join(parts)


def _reached(schema: Mapping[str, Any]) -> list[str]:
    """The definitions in the order in which a reader meets them."""
    met: list[str] = []
    waiting = list(_references(schema["properties"]))
    while waiting:
        name = waiting.pop(0)
        if name not in met:
            met.append(name)
            waiting = [*_references(schema["$defs"][name]), *waiting]
    return met


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield _name(node)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _object(name: str, node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A heading, the docstring, and a table of fields or a list of values."""
    lines = [f"## {name}", "", node.get("description", ""), ""]
    if "enum" in node:
        lines.append("One of " + ", ".join(f"`{json.dumps(value)}`" for value in node["enum"]))
    else:
        lines += ["| field | type | meaning |", "|---|---|---|"]
        for field, about in node["properties"].items():
            lines.append(f"| `{field}` | {_type(about)} | {_meaning(about, schema)} |")
    return "\n".join([*lines, ""])


def _meaning(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    # pydantic leaves a field's description out where its type says the same
    described = (
        node if "description" in node or "$ref" not in node else schema["$defs"][_name(node)]
    )
    return " ".join(described.get("description", "").split()).replace("|", "\\|")


def _type(node: Mapping[str, Any]) -> str:
    """What a field holds, in words; the file's own objects are links."""
    if "$ref" in node:
        return f"[{_name(node)}](#{_name(node).lower()})"
    if "anyOf" in node:
        return " or ".join(_type(each) for each in node["anyOf"])
    if "const" in node:
        return "null" if node["const"] is None else f"`{json.dumps(node['const'])}`"
    if "enum" in node:
        return " or ".join(f"`{json.dumps(value)}`" for value in node["enum"])
    if node.get("type") == "array":
        return f"list of {_type(node['items'])}"
    if node.get("type") == "object":
        return f"object: name to {_type(node['additionalProperties'])}"
    return str(node.get("type", "anything"))


def _name(node: Mapping[str, Any]) -> str:
    return str(node["$ref"]).rsplit("/", 1)[-1]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the schema, or the page with `--markdown`."""
    parser = argparse.ArgumentParser(
        prog="python -m headstart.report.schema", description="Print the layout of report.json."
    )
    parser.add_argument("--markdown", action="store_true", help="print the page that explains it")
    options = parser.parse_args(argv)
    sys.stdout.write(reference() if options.markdown else schema_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
