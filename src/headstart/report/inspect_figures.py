"""The figures of an inspection in words, for the card and the Markdown alike; not yet inert."""

from collections.abc import Sequence

from headstart.domain.evidence import Facts, Inspection, Kind, ShippedTemplate, TextFigures
from headstart.domain.kinship import InspectReport, Pair
from headstart.domain.template import Finding, Severity
from headstart.domain.value import NotMeasured
from headstart.report.figures import counted, decimal, not_measured, size

_COUNTED = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SAME = {"eos-not-turn-end": "turn-end-not-eos", "pad-is-turn-end": "pad-is-eos"}
"""Rules of the template lint, and those of the stops' audit that say the same from more files."""
_COMPARED = ("license", "tokenizer", "context", "size")
_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))


def headline(found: Inspection) -> str:
    """The verdict in one clause."""
    if found.kind is not Kind.UNDECIDED:
        return found.kind.value
    lean = "" if found.leaning is Kind.UNDECIDED else f", leaning {found.leaning.value}"
    return f"undecided{lean}"


def fact_rows(found: Inspection) -> list[tuple[str, str]]:
    """What the files say about the model, a name and a text each."""
    facts = found.facts
    return [
        ("network", _network(facts)),
        ("family", _text(facts.family)),
        ("size", _size(facts)),
        ("context", _counted(facts.context, "token")),
        ("tokenizer", _tokenizer(facts)),
        ("license", _text(facts.license)),
        ("turn end", _text(found.stops.turn_end)),
        ("ends at", _sources(found, "eos")),
        ("begins with", _sources(found, "bos")),
        ("pads with", _sources(found, "pad")),
    ]


def findings(found: Inspection) -> list[tuple[str, Finding]]:
    """What would go wrong: where, and the finding; stops first, then each template.

    What the stops' audit says already is not told again of the default template.
    """
    told = [("stops", one) for one in found.stops.findings]
    known = {one.rule for one in found.stops.findings}
    for template in found.templates:
        if not isinstance(template.findings, NotMeasured):
            where = f"template {template.name}"
            told += [(where, one) for one in template.findings if _SAME.get(one.rule) not in known]
    if not isinstance(found.between_templates, NotMeasured):
        told += [("templates", one) for one in found.between_templates]
    return told


def summary(told: Sequence[Finding]) -> str:
    """How many findings of each severity, the gravest first."""
    counts = [(sum(one.severity is each for one in told), each) for each in _COUNTED]
    said = [counted(count, _COUNTED[each]) for count, each in counts if count]
    return ", ".join(said) or "nothing found"


def template_text(template: ShippedTemplate) -> str:
    """One template in one line."""
    lint = (
        f"lint {not_measured(template.findings)}"
        if isinstance(template.findings, NotMeasured)
        else summary(template.findings)
    )
    return (
        f"{template.name} in {template.source}: {template.characters:,} characters, sha256"
        f" {template.sha256[:12]}, closes answers with {_text(template.turn_end)}; {lint}"
    )


def data_rows(data: TextFigures) -> list[tuple[str, str]]:
    """The user's data through one tokenizer, a name and a text each."""
    over = data.over_context
    memory = data.memory
    return [
        ("rows", f"{data.rows:,}, the longest {counted(data.longest, 'token')}"),
        ("tokens per byte", decimal(data.tokens_per_byte, 3)),
        (
            "over context",
            not_measured(over) if isinstance(over, NotMeasured) else f"{decimal(100 * over, 1)}%",
        ),
        ("special tokens", _specials(data)),
        (
            "memory to tune",
            not_measured(memory)
            if isinstance(memory, NotMeasured)
            else f"about {size(memory.lora_bytes)} by LoRA of rank {memory.rank},"
            f" {size(memory.full_bytes)} in full, at {counted(memory.tokens, 'token')} a row",
        ),
    ]


def side_by_side(report: InspectReport) -> list[tuple[str, list[str]]]:
    """What bears on the choice between two, a name and a text for each; empty without data."""
    if len(report.checkpoints) < 2 or all(_no_data(one) for one in report.checkpoints):
        return []
    columns = [
        dict([row for row in fact_rows(one) if row[0] in _COMPARED] + _data_rows(one))
        for one in report.checkpoints
    ]
    names = max(columns, key=len)
    return [(name, [one.get(name, "not measured") for one in columns]) for name in names]


def _no_data(found: Inspection) -> bool:
    return isinstance(found.data, NotMeasured)


def _data_rows(found: Inspection) -> list[tuple[str, str]]:
    return [] if isinstance(found.data, NotMeasured) else data_rows(found.data)


def pair_rows(pair: Pair) -> list[tuple[str, str]]:
    """What two checkpoints have in common, a name and a text each."""
    moved = pair.rows_moved
    rows = (
        not_measured(moved)
        if isinstance(moved, NotMeasured)
        else f"{decimal(100 * moved.share_moved, 1)}% of {moved.rows:,} by 1% or more; median gap"
        f" {moved.median_gap:.3g}"
        + "".join(f"; {token} {apart:.3g}" for token, apart in list(moved.special.items())[:6])
    )
    return [
        ("base", _text(pair.base)),
        ("instruct", _text(pair.instruct)),
        ("shapes", _same(pair.same_shapes)),
        ("parameters", _parameters(pair)),
        ("vocabulary", _same(pair.same_vocabulary)),
        ("template", _same(pair.same_template)),
        ("end tokens", _same(pair.same_eos)),
        ("cosine", _cosine(pair)),
        ("rows moved", rows),
    ]


def short(count: int) -> str:
    """A count as models are named by: `134.5M`, `70.6B`."""
    for unit, letter in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f}{letter}"
    return str(count)


def _network(facts: Facts) -> str:
    shape = [
        f"{value:,} {what}"
        for value, what in ((facts.layers, "layers"), (facts.hidden, "wide"))
        if not isinstance(value, NotMeasured)
    ]
    return ", ".join([_text(facts.architecture), *shape])


def _size(facts: Facts) -> str:
    if isinstance(facts.parameters, NotMeasured) or isinstance(facts.weights_bytes, NotMeasured):
        return _text(NotMeasured(why=_why(facts.parameters)))
    files = "" if isinstance(facts.shards, NotMeasured) else f" in {counted(facts.shards, 'file')}"
    sorts = sorted(facts.dtypes, key=lambda name: -facts.dtypes[name])
    return (
        f"{short(facts.parameters)} parameters, {size(facts.weights_bytes)}{files}"
        f" ({', '.join(sorts[:4])})"
    )


def _tokenizer(facts: Facts) -> str:
    if isinstance(facts.tokenizer_fingerprint, NotMeasured):
        return not_measured(facts.tokenizer_fingerprint)
    rows = facts.vocabulary_rows
    more = "" if isinstance(rows, NotMeasured) else f", {rows:,} rows"
    tokens = "" if isinstance(facts.tokens, NotMeasured) else f"{facts.tokens:,} tokens{more}, "
    return f"{tokens}fingerprint {facts.tokenizer_fingerprint[:12]}"


def _sources(found: Inspection, role: str) -> str:
    told = [
        f"{', '.join(one.tokens or map(str, one.ids))} ({one.source})"
        for one in found.stops.sources
        if one.role == role
    ]
    differ = "; they differ" if found.stops.agree.get(role) is False else ""
    return ("; ".join(told) or "not named") + differ


def _specials(data: TextFigures) -> str:
    if not data.special_rows:
        return "in no row"
    return f"in {counted(data.special_rows, 'row')}: {', '.join(data.specials)}"


def _parameters(pair: Pair) -> str:
    if isinstance(pair.parameters, NotMeasured):
        return not_measured(pair.parameters)
    first, second = pair.parameters
    return f"{short(first)} and {short(second)}"


def _cosine(pair: Pair) -> str:
    if isinstance(pair.cosine, NotMeasured) or isinstance(pair.shuffled_cosine, NotMeasured):
        return not_measured(NotMeasured(why=_why(pair.cosine)))
    return f"{pair.cosine:.4f}, with shuffled rows {pair.shuffled_cosine:.4f}"


def _same(value: bool | NotMeasured) -> str:  # noqa: FBT001 - a figure, not an option
    if isinstance(value, NotMeasured):
        return not_measured(value)
    return "the same" if value else "different"


def _counted(value: int | NotMeasured, noun: str) -> str:
    return not_measured(value) if isinstance(value, NotMeasured) else counted(value, noun)


def _text(value: str | NotMeasured) -> str:
    return not_measured(value) if isinstance(value, NotMeasured) else value


def _why(value: float | NotMeasured) -> str:
    return value.why if isinstance(value, NotMeasured) else "the weights were not read"
