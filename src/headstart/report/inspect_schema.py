"""The layout of what `headstart inspect --json` prints, made from the nouns' own docstrings.

`python -m headstart.report.inspect_schema` prints the JSON schema that stands in
docs/reference/inspect.schema.json.
"""

import json
import sys
from typing import Any

from headstart.domain.kinship import InspectReport
from headstart.report.schema import layout


def inspect_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of the output as written: every key is always there."""
    return layout(InspectReport, "headstart.inspect/1", "headstart inspect")


def schema_text() -> str:
    """The schema as it stands in docs/reference/inspect.schema.json."""
    return json.dumps(inspect_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
