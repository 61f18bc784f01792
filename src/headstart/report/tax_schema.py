"""The layouts of what `headstart tax --json` and `headstart compare --json` print.

`python -m headstart.report.tax_schema` prints the JSON schema that stands in
docs/reference/tax.schema.json; with `--compare` that of docs/reference/compare.schema.json.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from headstart.domain.comparison import Comparison
from headstart.domain.tax_report import TaxReport
from headstart.report.schema import layout


def schema_text(*, compare: bool = False) -> str:
    """The schema as it stands in docs/reference."""
    schema = (
        layout(Comparison, "headstart.compare/1", "headstart compare")
        if compare
        else layout(TaxReport, "headstart.tax/1", "headstart tax")
    )
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print the schema asked for."""
    parser = argparse.ArgumentParser(prog="python -m headstart.report.tax_schema")
    parser.add_argument("--compare", action="store_true", help="of headstart compare")
    sys.stdout.write(schema_text(compare=parser.parse_args(arguments).compare))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
