"""What `headstart template` says in a terminal: findings with evidence, repairs with proof."""

from collections.abc import Iterator

from headstart.domain.evidence import LintedFile, LintReport
from headstart.domain.template import Finding, Severity
from headstart.domain.value import NotMeasured
from headstart.report.cells import wrap
from headstart.report.figures import counted, not_measured
from headstart.report.inert import visible
from headstart.report.inspect_figures import summary
from headstart.report.inspect_terminal import finding_lines
from headstart.templates.fix import Fixed, Repair
from headstart.templates.sandbox import Rendered

_MOST_SHOWN = 800
"""Characters of a render."""


def template_findings(file: LintedFile) -> list[tuple[str, Finding]]:
    """Every finding of a file, and where it was made."""
    told: list[tuple[str, Finding]] = []
    for template in file.templates:
        if not isinstance(template.findings, NotMeasured):
            told += [(f"{file.ref}, {template.name}", one) for one in template.findings]
    if not isinstance(file.between_templates, NotMeasured):
        told += [(file.ref, one) for one in file.between_templates]
    return told


def lint_card(report: LintReport, width: int = 80, *, color: bool = False) -> str:
    """All findings but those that could not be made, which are counted; ends with a line break.

    `color` adds ANSI sequences; nothing else in the text can be one.
    """
    blocks = [_file(file, width, color=color) for file in report.files]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _file(file: LintedFile, width: int, *, color: bool) -> list[str]:
    told = [one for _, one in template_findings(file)]
    said = summary(told) if file.templates else "no chat template"
    lines = wrap(f"{visible(file.ref)}: {said}", width)
    for template in file.templates:
        if isinstance(template.findings, NotMeasured):
            lines += wrap(f"{visible(template.name)}: {not_measured(template.findings)}", width)
    order = list(Severity)
    for where, one in sorted(
        template_findings(file), key=lambda pair: order.index(pair[1].severity)
    ):
        if one.severity is not Severity.NOT_MEASURED:
            place = where.removeprefix(f"{file.ref}, ")
            lines += finding_lines(one, place, width, color=color)
    skipped = sum(one.severity is Severity.NOT_MEASURED for one in told)
    if skipped:
        lines += wrap(f"{counted(skipped, 'rule')} not measured; --json says why", width)
    return lines


def fix_card(fixed: Fixed, width: int = 80, *, color: bool = False) -> str:
    """Each repair with the conversation that shows it, before and after, and what is left."""
    lines = [line for one in fixed.repairs for line in _repair(one, width)]
    if not lines:
        lines = wrap("nothing was found that could be repaired and proved", width)
    else:
        count = counted(len(fixed.repairs), "repair")
        lines += ["", f"{count}; rendered and linted again: none of these is found any more"]
    left = [one for one in fixed.left if one.severity in (Severity.ERROR, Severity.WARNING)]
    lines += ["", f"left: {summary(fixed.left)}"]
    lines += [line for one in left for line in finding_lines(one, "after", width, color=color)]
    return "\n".join(lines) + "\n"


def _repair(repair: Repair, width: int) -> Iterator[str]:
    yield from wrap(f"repaired {repair.rule}, as the conversation {repair.probe} shows", width)
    for name, rendered in (("before", repair.before), ("after ", repair.after)):
        shown = visible(_marked(rendered)[:_MOST_SHOWN])
        yield from wrap(shown, width, first=f"  {name}  ")


def _marked(rendered: Rendered) -> str:
    """The text with the parts that are marked as generated inside the tags that mark them."""
    text, at = "", 0
    for start, end in rendered.generation_spans:
        text += rendered.text[at:start] + "{% generation %}" + rendered.text[start:end]
        text += "{% endgeneration %}"
        at = end
    return text + rendered.text[at:]
