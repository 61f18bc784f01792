"""The page of rules is made from the rules, and the one in the docs is the programs'."""

from pathlib import Path

from headstart.report.rules_page import rules_page
from headstart.templates import audit, lint

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "template-rules.md"


def test_the_page_in_the_docs_is_the_programs() -> None:
    assert DOCS.read_text(encoding="utf-8") == rules_page()


def test_every_rule_stands_on_the_page_once_with_its_fix() -> None:
    lines = rules_page().splitlines()
    for rule in (*lint.RULES, *audit.RULES):
        rows = [line for line in lines if line.startswith(f"| `{rule.id}` |")]
        assert any(rule.title in row for row in rows)
        assert any(row.endswith(f"| {rule.fix} |") for row in rows)


def test_every_table_has_as_many_cells_in_each_row() -> None:
    widths = {
        line.replace("\\|", "").count("|") for line in rules_page().splitlines() if line[:1] == "|"
    }
    assert widths == {5, 6}
