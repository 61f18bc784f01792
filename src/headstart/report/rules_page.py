"""Every rule of the template lint and of the batch audit as a page, made from the rules.

`python -m headstart.report.rules_page` prints docs/reference/template-rules.md.
"""

import sys

from headstart.domain.template import Severity
from headstart.report.markdown_tables import table
from headstart.templates import audit, lint

_HEAD = (
    "# Rules of the template lint and of the batch audit",
    "Made by `make docs` from the rules themselves. How they are used: "
    "[guides/templates.md](../guides/templates.md).",
    "## The lint",
    "`headstart inspect` and `headstart template lint` render conversations in a sandbox and hold "
    "the renders against these rules. How grave a finding is depends on the use; a case may be "
    "graver or milder than its rule.",
)
_BETWEEN = (
    "Between the templates of one checkpoint: `no-default-template` (error) where several are "
    "named and none is `default`; `sources-disagree` (warning, or information where renders are "
    "alike) where two places hold different ones under one name.",
    "## The audit",
    "`headstart choose`, `headstart forge sft` and `forge dpo` hold the batch that is really fed "
    "against these rules before compute is spent. An error stops the run.",
)


def rules_page() -> str:
    """The page (CommonMark and pipe tables), ending with a line break."""
    lints = [
        [f"`{rule.id}`", rule.title, _grade(rule.training), _grade(rule.serving), rule.fix]
        for rule in lint.RULES
    ]
    audits = [[f"`{rule.id}`", rule.title, rule.severity.value, rule.fix] for rule in audit.RULES]
    parts = [
        *_HEAD,
        table(["rule", "what is wrong", "training", "serving", "fix"], _cells(lints), "lllll"),
        *_BETWEEN,
        table(["rule", "what is wrong", "severity", "fix"], _cells(audits), "llll"),
    ]
    return "\n\n".join(parts) + "\n"


def _grade(severity: Severity | None) -> str:
    return "no matter" if severity is None else severity.value


def _cells(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.replace("|", "\\|") for cell in row] for row in rows]


if __name__ == "__main__":
    sys.stdout.write(rules_page())
