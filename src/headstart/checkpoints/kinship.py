"""Are two checkpoints a pair? Told from their weights, tensor by tensor, never from their names.

Training moves a weight matrix a little; two networks of one shape that were born apart have
nothing in common, whatever they learned. So the cosine between matrices of the same place, held
against the cosine with shuffled rows, tells kin from strangers; norms and embeddings do not enter,
since strangers' are alike too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from headstart.checkpoints.gaps import Gap, gap
from headstart.checkpoints.opened import Opened
from headstart.checkpoints.pair_sides import differences, sides
from headstart.checkpoints.rows_moved import rows_moved
from headstart.checkpoints.stops import all_ends
from headstart.checkpoints.tensor_names import (
    Matrix,
    hugging_face_row,
    matrices,
    packed_row,
    rotated,
)
from headstart.checkpoints.weights import CannotRead, Weights
from headstart.domain.checkpoint import Form
from headstart.domain.evidence import Inspection
from headstart.domain.kinship import Kinship, ModuleGap, Outlier, Pair
from headstart.domain.value import NotMeasured

KIN = 0.7
"""Median cosine from which two are kin. Published halves lie above 0.98; tuning all weights of a
model of three million parameters at a high rate leaves 0.90, and strangers have 0.00."""
STRANGER = 0.1
"""Median cosine, beyond the shuffled one, up to which they are strangers."""
FITS = 0.5
"""A tensor below this cosine does not fit its kin."""
MOST_OUTLIERS = 16
MOST_DIFFERENCES = 8
_LEAST_NUMBERS = 1024
"""Smaller tensors are too few numbers to tell kin from strangers."""


@dataclass(frozen=True)
class _Compared:
    first: Matrix
    gap: Gap


def compare(first: Opened, second: Opened, found: tuple[Inspection, Inspection]) -> Pair:
    """Say what two checkpoints have to do with one another.

    At most about a million numbers are read of each tensor, in evenly spaced blocks, and one
    tensor at a time. Both may be sharded, packed as GGUF, or one of each.

    Args:
        first: one checkpoint.
        second: the other.
        found: what inspection said of each.

    Raises:
        CheckpointBroken: a file ends within a tensor.

    Limits: packings other than float, bfloat16 and GGUF's are not read; a pair of such is
    plausible at best. In files above a million numbers a tensor, a change between the blocks goes
    unnoticed.
    """
    shared = _shared(first, second)
    alike = _is_gguf(first) == _is_gguf(second)
    unlike = shared if isinstance(shared, NotMeasured) else _unlike(shared, one_form=alike)
    compared = _compared(first, second, shared, unlike)
    kinship, why = _judge(shared, unlike, compared)
    measured = compared if isinstance(compared, list) else []
    base, instruct = sides(found, first.declared, second.declared, kinship)
    return Pair(
        kinship=kinship,
        why=why,
        base=base,
        instruct=instruct,
        identical=_identical(measured),
        same_shapes=unlike if isinstance(unlike, NotMeasured) else not unlike,
        shape_differences=()
        if isinstance(unlike, NotMeasured)
        else tuple(unlike[:MOST_DIFFERENCES]),
        parameters=_parameters(first.weights, second.weights),
        same_vocabulary=_same_vocabulary(first, second),
        same_template=_template(first) == _template(second),
        same_eos=_same_eos(first, second),
        differences=differences(first.declared, second.declared),
        cosine=_median([one.gap.cosine for one in measured]),
        shuffled_cosine=_median([one.gap.shuffled for one in measured]),
        modules=_modules(measured),
        outliers=_outliers(measured),
        rows_moved=rows_moved(first, second),
        sampled=any(one.gap.sampled for one in measured),
    )


def _matrices(opened: Opened) -> dict[str, Matrix] | NotMeasured:
    if isinstance(opened.weights, NotMeasured):
        return opened.weights
    return matrices(opened.weights.places, gguf=_is_gguf(opened))


def _is_gguf(opened: Opened) -> bool:
    return opened.form is Form.GGUF


def _shared(
    first: Opened, second: Opened
) -> tuple[dict[str, Matrix], dict[str, Matrix]] | NotMeasured:
    one, two = _matrices(first), _matrices(second)
    if isinstance(one, NotMeasured):
        return one
    return two if isinstance(two, NotMeasured) else (one, two)


def _unlike(shared: tuple[dict[str, Matrix], dict[str, Matrix]], *, one_form: bool) -> list[str]:
    """Tensors of the blocks that differ in name or shape; the vocabulary's size may differ.

    Across forms only matrices that both are known to have are compared: others have other names.
    """
    one, two = shared
    found = []
    for name in sorted(one.keys() | two.keys()):
        a, b = one.get(name), two.get(name)
        if a is None or b is None:
            present = a or b
            if one_form and present is not None and present.layer is not None:
                found.append(f"{name} {_shape(a)} and {_shape(b)}")
        elif a.place.shape != b.place.shape and (a.layer is not None or _width(a) != _width(b)):
            found.append(f"{name} {_shape(a)} and {_shape(b)}")
    return found


def _shape(matrix: Matrix | None) -> str:
    return "absent" if matrix is None else "x".join(map(str, matrix.place.shape))


def _width(matrix: Matrix) -> int:
    return matrix.place.width


def _compared(
    first: Opened,
    second: Opened,
    shared: tuple[dict[str, Matrix], dict[str, Matrix]] | NotMeasured,
    unlike: list[str] | NotMeasured,
) -> list[_Compared] | NotMeasured:
    """The gaps of all block matrices, or why they were not compared."""
    if isinstance(shared, NotMeasured):
        return shared
    if unlike:
        return NotMeasured(why="the shapes differ")
    found: list[_Compared] = []
    why = "the blocks have no matrices"
    for name, matrix in shared[0].items():
        if matrix.layer is None or matrix.place.numbers < _LEAST_NUMBERS:
            continue
        other = shared[1].get(name)
        if other is None:
            continue
        try:
            apart = gap(matrix.place, other.place, _order(first, second, matrix))
        except CannotRead as error:
            why = str(error)
            continue
        found.append(_Compared(matrix, apart))
    return found or NotMeasured(why=why)


def _order(first: Opened, second: Opened, matrix: Matrix) -> "partial[int] | None":
    """How rows of the first map to rows of the second, where only one of them is a GGUF."""
    if _is_gguf(first) == _is_gguf(second):
        return None
    packed = first if _is_gguf(first) else second
    network = packed.declared.network
    queries = "q_proj" in matrix.module
    heads = network.heads if queries else network.key_heads or network.heads
    if heads is None or not rotated(matrix, network.architecture):
        return None
    order = hugging_face_row if packed is first else packed_row
    return partial(order, heads=heads, rows=matrix.place.rows)


def _judge(
    shared: tuple[dict[str, Matrix], dict[str, Matrix]] | NotMeasured,
    unlike: list[str] | NotMeasured,
    compared: list[_Compared] | NotMeasured,
) -> tuple[Kinship, str]:
    if isinstance(shared, NotMeasured):
        return Kinship.PLAUSIBLE, f"the weights were not compared: {shared.why}"
    if not isinstance(unlike, NotMeasured) and unlike:
        return Kinship.REFUSED, f"{len(unlike)} tensors differ in shape, such as {unlike[0]}"
    if isinstance(compared, NotMeasured):
        return Kinship.PLAUSIBLE, f"the shapes agree, but nothing could be read: {compared.why}"
    cosine = median(one.gap.cosine for one in compared)
    shuffled = median(one.gap.shuffled for one in compared)
    figures = f"median cosine {cosine:.3f}, with shuffled rows {shuffled:.3f}"
    if cosine - shuffled <= STRANGER:
        return Kinship.REFUSED, f"the weights have nothing in common: {figures}"
    odd = [one for one in compared if one.gap.cosine < FITS]
    if odd:
        layers = sorted({str(one.first.layer) for one in odd}, key=int)
        named = f"{len(odd)} of {len(compared)} matrices do not fit (layers {', '.join(layers)})"
        return Kinship.PLAUSIBLE, f"most of the weights are kin, but {named}: {figures}"
    if cosine < KIN:
        return Kinship.PLAUSIBLE, f"the weights are alike, but further apart than halves: {figures}"
    if all(one.gap.relative_gap == 0 for one in compared):
        return Kinship.VERIFIED, "every number compared is the same: one model under two names"
    return Kinship.VERIFIED, f"the weights are kin: {figures}"


def _identical(compared: Sequence[_Compared]) -> bool | NotMeasured:
    if not compared:
        return NotMeasured(why="the weights were not compared")
    return all(one.gap.relative_gap == 0 for one in compared)


def _parameters(
    first: Weights | NotMeasured, second: Weights | NotMeasured
) -> tuple[int, int] | NotMeasured:
    if isinstance(first, NotMeasured):
        return first
    return second if isinstance(second, NotMeasured) else (first.parameters, second.parameters)


def _same_vocabulary(first: Opened, second: Opened) -> bool | NotMeasured:
    one, two = (each.declared.vocabulary.fingerprint for each in (first, second))
    if isinstance(one, NotMeasured):
        return one
    return two if isinstance(two, NotMeasured) else one == two


def _template(opened: Opened) -> str | None:
    template = opened.declared.template
    return None if template is None else template.text


def _same_eos(first: Opened, second: Opened) -> bool | NotMeasured:
    one, two = (all_ends(each.declared) for each in (first, second))
    if not one or not two:
        return NotMeasured(why="a checkpoint names no end token")
    return one == two


def _median(values: Sequence[float]) -> float | NotMeasured:
    return median(values) if values else NotMeasured(why="the weights were not compared")


def _modules(compared: Sequence[_Compared]) -> tuple[ModuleGap, ...]:
    """Sort by sort, each tensor weighted by the numbers that were read of it."""
    sorts: dict[str, list[Gap]] = {}
    for one in compared:
        sorts.setdefault(one.first.module, []).append(one.gap)
    return tuple(
        ModuleGap(
            module=module,
            tensors=len(gaps),
            numbers=sum(one.numbers for one in gaps),
            relative_gap=_mean(gaps, "relative_gap"),
            cosine=_mean(gaps, "cosine"),
            shuffled_cosine=_mean(gaps, "shuffled"),
        )
        for module, gaps in sorted(sorts.items())
    )


def _mean(gaps: Sequence[Gap], figure: str) -> float:
    total = sum(one.numbers for one in gaps)
    return float(sum(getattr(one, figure) * one.numbers for one in gaps) / total)


def _outliers(compared: Sequence[_Compared]) -> tuple[Outlier, ...]:
    """Tensors far below the median cosine, the worst first; none among strangers."""
    middle = _median([one.gap.cosine for one in compared])
    if isinstance(middle, NotMeasured) or middle < FITS:
        return ()
    odd = sorted((one for one in compared if one.gap.cosine < FITS), key=lambda o: o.gap.cosine)
    return tuple(
        Outlier(
            tensor=one.first.place.name,
            cosine=one.gap.cosine,
            relative_gap=one.gap.relative_gap,
        )
        for one in odd[:MOST_OUTLIERS]
    )
