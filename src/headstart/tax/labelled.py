"""The user's own labels of a checkpoint's replies: how the detector does on that checkpoint."""

from collections.abc import Sequence
from pathlib import Path

from headstart.domain.refusals import Manner
from headstart.errors import DataError
from headstart.tax.agreement import Agreement, agreement
from headstart.tax.refusal_scores import score_refusals
from headstart.tax.stored import column, read_stored, text_in

_CHECKPOINTS = ("checkpoint", "model", "name")


def read_labelled(path: str | None, names: Sequence[str]) -> dict[str, Agreement]:
    """Agreement by checkpoint; under the empty name for all, where rows name none of `names`.

    Raises:
        DataError: the file cannot be read, or holds no label.
    """
    if path is None:
        return {}
    rows, notes = read_stored(Path(path))
    scores = score_refusals(rows, notes)
    of = column(rows, _CHECKPOINTS)
    pairs: dict[str, list[tuple[Manner, Manner]]] = {}
    for row, each in zip(rows.rows, scores.rows, strict=True):
        if each.label is not None:
            name = text_in(row.cells.get(of)) if of else ""
            pairs.setdefault(name if name in names else "", []).append((each.label, each.manner))
    if not pairs:
        raise DataError(
            f"{path} holds no label that names a class",
            hint="label replies as refusal, partial refusal or compliance",
        )
    return {
        name: agreement([a for a, _ in found], [b for _, b in found])
        for name, found in pairs.items()
    }
