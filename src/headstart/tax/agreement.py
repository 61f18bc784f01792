"""How a detector agrees with people: the confusion table and what is read from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.domain.refusals import Manner

Table = Mapping[tuple[bool, bool], int] | Mapping[tuple[Manner, Manner], int]


@dataclass(frozen=True)
class Agreement:
    """Found against labelled. Figures without a 3 tell refused, fully or in part, from complied."""

    table: dict[tuple[Manner, Manner], int]
    """How often each (label, found) occurred; absent pairs never did."""

    @property
    def n(self) -> int:
        """Labelled replies."""
        return sum(self.table.values())

    @property
    def accuracy(self) -> float:
        """Share told rightly as refused or complied."""
        return _accuracy(self._halves)

    @property
    def kappa(self) -> float:
        """Cohen's kappa, refused or complied; NaN where chance alone would agree."""
        return _kappa(self._halves)

    @property
    def accuracy3(self) -> float:
        """Share told rightly as full refusal, partial refusal or compliance."""
        return _accuracy(self.table)

    @property
    def kappa3(self) -> float:
        """Cohen's kappa over the three classes."""
        return _kappa(self.table)

    @property
    def precision(self) -> float:
        """Share of those found refused that are labelled so; NaN where none was found."""
        halves = self._halves
        return _ratio(halves[True, True], halves[True, True] + halves[False, True])

    @property
    def recall(self) -> float:
        """Share of those labelled refused that were found; NaN where none is labelled."""
        halves = self._halves
        return _ratio(halves[True, True], halves[True, True] + halves[True, False])

    @property
    def false_alarms(self) -> float:
        """Share of those labelled complied that were found refused; NaN where none is labelled."""
        halves = self._halves
        return _ratio(halves[False, True], halves[False, True] + halves[False, False])

    @property
    def _halves(self) -> Counter[tuple[bool, bool]]:
        halves: Counter[tuple[bool, bool]] = Counter()
        for (label, found), count in self.table.items():
            halves[label.is_refusal, found.is_refusal] += count
        return halves


def agreement(labels: Sequence[Manner], found: Sequence[Manner]) -> Agreement:
    """Count what was found against what people say, reply by reply.

    Source of kappa: Cohen 1960, doi 10.1177/001316446002000104.
    """
    return Agreement(dict(Counter(zip(labels, found, strict=True))))


def _accuracy(table: Table) -> float:
    return _ratio(sum(n for (a, b), n in table.items() if a == b), sum(table.values()))


def _kappa(table: Table) -> float:
    total = sum(table.values())
    rows: Counter[object] = Counter()
    columns: Counter[object] = Counter()
    for (a, b), n in table.items():
        rows[a] += n
        columns[b] += n
    chance = _ratio(sum(rows[k] * columns[k] for k in rows), total * total)
    return _ratio(_accuracy(table) - chance, 1 - chance)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
