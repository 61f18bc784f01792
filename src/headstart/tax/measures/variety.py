"""Measure 6, diversity: how unlike one another drawn replies to one request are."""

from collections.abc import Sequence

from headstart.domain.tax import Battery, SampleItem
from headstart.tax.diversity import LEAST_TOKENS, distinct, equal_length, self_bleu
from headstart.tax.measures.sides import Draft, Kind, Side, mean_line, paired

ORDERS = (1, 2, 3)

_DISTINCT = Kind(
    "distinct n-grams",
    "diversity",
    "distinct 1- to 3-grams over those expected by chance",
    "score",
    "higher",
)
_SELF_BLEU = Kind("self-BLEU", "diversity", "likeness of replies to one another", "score", "lower")
_ENTROPY = Kind("entropy", "diversity", "entropy of the next token", "bits per token", "higher")


def lines(first: Side, second: Side) -> list[Draft]:
    """By request, all samples cut to one length; empty where samples were not drawn from both."""
    ours, theirs = (side.items(Battery.SAMPLES, SampleItem) for side in (first, second))
    common = paired(ours, theirs)
    if not common:
        return []
    likeness = [
        {i: _likeness(side[i], _words_kept(ours[i], theirs[i])) for i in common}
        for side in (ours, theirs)
    ]
    found = [mean_line(_SELF_BLEU, *likeness)]
    if all(side[i].entropies for side in (ours, theirs) for i in common):
        values = [{i: _mean(side[i].entropies) for i in common} for side in (ours, theirs)]
        found.append(mean_line(_ENTROPY, *values))
    tokens = _distinct(first, second, ours, theirs, common)
    return [*found, *tokens]


def _distinct(
    first: Side,
    second: Side,
    ours: dict[str, SampleItem],
    theirs: dict[str, SampleItem],
    common: Sequence[str],
) -> list[Draft]:
    groups = [side[i].ids for i in common for side in (ours, theirs)]
    if first.vocabulary is None or second.vocabulary is None or not all(groups):
        return []
    length = equal_length(groups)
    kept = [i for i in common if _shortest(ours[i]) >= length and _shortest(theirs[i]) >= length]
    if not length or not kept:
        return []
    values = [
        {i: _adjusted(side[i].ids, length, size) for i in kept}
        for side, size in ((ours, first.vocabulary), (theirs, second.vocabulary))
    ]
    return [mean_line(_DISTINCT, *values)]


def _adjusted(samples: Sequence[Sequence[int]], length: int, vocabulary: int) -> float:
    cut = [sample[:length] for sample in samples]
    return _mean([distinct(cut, n, vocabulary) for n in ORDERS])


def _shortest(item: SampleItem) -> int:
    return min(map(len, item.ids), default=0)


def _likeness(item: SampleItem, words: int) -> float:
    return self_bleu([" ".join(text.split()[:words]) for text in item.texts])


def _words_kept(*items: SampleItem) -> int:
    """As many as the shortest text of either side has, but not fewer than the least."""
    return max(LEAST_TOKENS, min(len(text.split()) for item in items for text in item.texts))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
