import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import report_samples as samples

from headstart.report.jsonfile import to_json
from headstart.report.schema import main, reference, report_schema, schema_text

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_stored_schema_is_not_stale():
    stored = (REFERENCE / "report.schema.json").read_text(encoding="utf-8")
    assert stored == schema_text(), "run: python -m headstart.report.schema"


def test_the_reference_page_is_not_stale():
    stored = (REFERENCE / "report.md").read_text(encoding="utf-8")
    assert stored == reference(), "run: python -m headstart.report.schema --markdown"


@pytest.mark.parametrize(("argv", "text"), [([], schema_text()), (["--markdown"], reference())])
def test_the_command_prints_what_is_stored(argv, text, capsys):
    assert main(argv) == 0
    assert capsys.readouterr().out == text


def test_the_schema_names_itself():
    schema = report_schema()
    assert schema["$id"] == "headstart.report/1"
    assert schema["title"] == "headstart report"
    assert "schema" in schema["properties"]
    assert "schema_" not in schema["properties"]


def test_every_field_is_explained():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", reference(), flags=re.MULTILINE)
    assert len(rows) > 80
    assert [row for row in rows if not row[2]] == []


def test_every_link_of_the_page_has_its_heading():
    page = reference()
    headings = {heading.lower() for heading in re.findall(r"^## (\w+)$", page, flags=re.MULTILINE)}
    assert set(re.findall(r"\(#(\w+)\)", page)) <= headings


@pytest.mark.parametrize("name", samples.ALL)
def test_reports_hold_exactly_the_keys_that_the_schema_requires(name):
    def check(node, schema):
        if "$ref" in schema:
            schema = report_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        if "properties" in schema:
            assert set(node) == set(schema["required"]) == set(schema["properties"])
            for key, value in node.items():
                check(value, schema["properties"][key])
        elif isinstance(node, list):
            for value in node:
                check(value, schema["items"])

    check(json.loads(to_json(samples.ALL[name]())), report_schema())


def test_the_views_load_without_the_heavy_libraries():
    code = (
        "import sys, headstart.report.markdown, headstart.report.terminal, "
        "headstart.report.schema, headstart.report.jsonfile\n"
        "heavy = {'torch', 'transformers', 'peft', 'datasets', 'numpy', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
