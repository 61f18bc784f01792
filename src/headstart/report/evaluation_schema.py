"""The layout of what `headstart forge evaluate --json` prints, from the nouns' own docstrings.

`python -m headstart.report.evaluation_schema` prints the JSON schema that stands in
docs/reference/evaluation.schema.json.
"""

import json
import sys

from headstart.domain.forging import Evaluation
from headstart.report.schema import layout


def schema_text() -> str:
    """The schema as it stands in docs/reference/evaluation.schema.json."""
    schema = layout(Evaluation, "headstart.evaluation/1", "headstart forge evaluate")
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
