"""A file of replies, each told as refusal or answer, and how that agrees with people's labels."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from headstart.domain.refusals import (
    AgreementFigures,
    FoundCue,
    LabelCount,
    Manner,
    RefusalScores,
    ScoredReply,
)
from headstart.domain.value import NotMeasured
from headstart.judge.shares import share
from headstart.tasks.rows import Rows
from headstart.tax.agreement import Agreement, agreement
from headstart.tax.labels import manner_of, safety_of
from headstart.tax.refusals import classify
from headstart.tax.stored import column, needed, text_in

PROMPTS = ("prompt", "question", "instruction", "query", "input")
REPLIES = ("completion", "response", "reply", "output", "generation", "answer", "text")
LABELS = ("final_label", "human_label", "label", "human", "gold", "annotation", "class")
SAFETY = ("safe", "is_safe", "label")


def score_refusals(rows: Rows, notes: Sequence[str] = ()) -> RefusalScores:
    """Classify every reply of a file.

    Raises:
        DataError: no column holds the replies.
    """
    replies = needed(rows, REPLIES, "replies")
    prompts, label = column(rows, PROMPTS), _label_column(rows)
    safety = next((c for c in (column(rows, (n,)) for n in SAFETY) if _tells_safety(rows, c)), None)
    scored = []
    for number, cells in rows.rows:
        prompt = text_in(cells.get(prompts)) if prompts else ""
        found = classify(text_in(cells.get(replies)), prompt)
        scored.append(
            ScoredReply(
                row=number,
                id=text_in(cells["id"]) if cells.get("id") is not None else None,
                manner=found.manner,
                score=round(found.score, 3),
                doubtful=found.is_doubtful,
                cues=tuple(FoundCue(**vars(cue)) for cue in found.cues),
                label=manner_of(cells.get(label)) if label else None,
                safe=safety_of(cells.get(safety)) if safety else None,
            )
        )
    counts = Counter(each.manner for each in scored)
    return RefusalScores(
        file=rows.file,
        n=len(scored),
        refused=share([each.manner.is_refusal for each in scored]),
        counts={manner: counts[manner] for manner in Manner},
        agreement=_agreements(scored),
        notes=(*notes, *_left_out(rows, label, scored)),
        rows=tuple(scored),
    )


def figures(found: Agreement) -> AgreementFigures:
    """An agreement with every undefined figure explained."""
    told = [a.is_refusal == b.is_refusal for (a, b), n in found.table.items() for _ in range(n)]
    return AgreementFigures(
        accuracy=share(told),
        kappa=_or_why(found.kappa, "one class only"),
        precision=_or_why(found.precision, "nothing was found refused"),
        recall=_or_why(found.recall, "nothing is labelled refused"),
        accuracy3=_or_why(found.accuracy3, "no labels"),
        kappa3=_or_why(found.kappa3, "one class only"),
        table=tuple(
            LabelCount(label=a, found=b, replies=found.table.get((a, b), 0))
            for a in Manner
            for b in Manner
        ),
    )


def _agreements(scored: Sequence[ScoredReply]) -> dict[str, AgreementFigures]:
    parts: Mapping[str, list[ScoredReply]] = {
        "all": list(scored),
        "safe": [each for each in scored if each.safe is True],
        "unsafe": [each for each in scored if each.safe is False],
    }
    found = {}
    for name, chosen in parts.items():
        pairs = [(each.label, each.manner) for each in chosen if each.label is not None]
        if pairs:
            found[name] = figures(agreement([a for a, _ in pairs], [b for _, b in pairs]))
    return found


def _label_column(rows: Rows) -> str | None:
    """The first column of the usual names in which any cell names a class."""
    named = (column(rows, (name,)) for name in LABELS)
    return next((c for c in named if c and any(manner_of(r.cells.get(c)) for r in rows.rows)), None)


def _tells_safety(rows: Rows, name: str | None) -> bool:
    return name is not None and any(safety_of(r.cells.get(name)) is not None for r in rows.rows)


def _left_out(rows: Rows, label: str | None, scored: Sequence[ScoredReply]) -> list[str]:
    if label is None:
        return []
    cells = [text_in(r.cells.get(label)).strip() for r in rows.rows]
    missing = sum(not cell for cell in cells)
    odd = Counter(c for c, s in zip(cells, scored, strict=True) if c and s.label is None)
    notes = [f"{missing} replies have no label and are left out of the agreement"] * bool(missing)
    if odd:
        most = ", ".join(repr(text) for text, _ in odd.most_common(3))
        notes.append(f"{sum(odd.values())} labels name no class and are left out: {most}")
    return notes


def _or_why(value: float, why: str) -> float | NotMeasured:
    return NotMeasured(why=why) if math.isnan(value) else value
