"""The user's own labels of replies: how the detector does on them, and what they settle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headstart.domain.refusals import Manner
from headstart.errors import DataError
from headstart.tasks.rows import Row, Rows
from headstart.tax.agreement import Agreement, agreement
from headstart.tax.refusal_scores import PROMPTS, REPLIES, score_refusals
from headstart.tax.stored import column, read_stored, text_in

_CHECKPOINTS = ("checkpoint", "model", "name")
_DOUBTFUL = ("doubtful",)

Verdicts = Mapping[tuple[str, str], Manner]
"""What people say of a reply, by (prompt, completion)."""


@dataclass(frozen=True)
class Labelled:
    """A file of labels. Rows marked doubtful are no sample: they settle themselves, no more."""

    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    """The detector against the other labels, by checkpoint; `` where rows name none of them."""
    verdicts: Mapping[str, Verdicts] = field(default_factory=dict)
    """Labels of doubtful replies, by checkpoint; they stand in the place of what is detected."""

    def agreement(self, name: str) -> Agreement | None:
        """That of a checkpoint, else that of all."""
        return self.agreements.get(name, self.agreements.get(""))


def read_labelled(path: str | None, names: Sequence[str]) -> Labelled:
    """Labels by checkpoint; under the empty name where rows name none of `names`.

    Raises:
        DataError: the file cannot be read, or holds no label.
    """
    if path is None:
        return Labelled()
    rows, notes = read_stored(Path(path))
    scores = score_refusals(rows, notes)
    pairs: dict[str, list[tuple[Manner, Manner]]] = {}
    verdicts: dict[str, dict[tuple[str, str], Manner]] = {}
    for row, each in zip(rows.rows, scores.rows, strict=True):
        if each.label is None:
            continue
        name = _cell(rows, row, _CHECKPOINTS)
        name = name if name in names else ""
        if _cell(rows, row, _DOUBTFUL).lower() == "true":
            said = (
                _cell(rows, row, PROMPTS),
                _cell(rows, row, REPLIES),
            )
            verdicts.setdefault(name, {})[said] = each.label
        else:
            pairs.setdefault(name, []).append((each.label, each.manner))
    if not pairs and not verdicts:
        raise DataError(
            f"{path} holds no label that names a class",
            hint="label replies as refusal, partial refusal or compliance",
        )
    tables = {
        name: agreement([a for a, _ in found], [b for _, b in found])
        for name, found in pairs.items()
    }
    return Labelled(tables, verdicts)


def _cell(rows: Rows, row: Row, names: Sequence[str]) -> str:
    name = column(rows, names)
    return text_in(row.cells.get(name)) if name else ""
