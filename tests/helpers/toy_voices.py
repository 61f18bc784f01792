"""A checkpoint that answers from rules, and a plan for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from headstart.domain.reply import Reply, Stop
from headstart.domain.tax import Battery, Job, Mode, TaxPlan, TaxRequest
from headstart.domain.value import NotMeasured


@dataclass(frozen=True)
class ToyShift:
    """One position."""

    rank: int
    kl_bits: float


@dataclass
class ToyVoice:
    """Says one thing, and remembers what it was asked."""

    says: str = "It stands beside the door."
    vocabulary: int = 300
    asked: list[str] = field(default_factory=list)
    raised: float = 0.0
    """How many bits a passage costs more while weights are mixed half and half."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        return tuple(Mode)

    def replies(
        self,
        asks: Sequence[str],
        mode: Mode,
        *,
        limit: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Reply]:
        self.asked += asks
        words = self.says.split()[:limit]
        ids = tuple(range(len(words)))
        turned = words[seed % 3 :] + words[: seed % 3] if temperature else words
        return [Reply(ids, " ".join(turned), Stop.TURN_END) for _ in asks]

    def options(
        self, items: Sequence[tuple[str, Sequence[str]]], mode: Mode
    ) -> list[tuple[float, ...]]:
        return [tuple(-1.0 - i for i, _ in enumerate(options)) for _, options in items]

    def bits(self, texts: Sequence[str], mode: Mode) -> list[float]:
        return [float(len(text)) + self.raised for text in texts]

    def endings(self, items: Sequence[tuple[str, str]], mode: Mode) -> list[float]:
        return [0.5 for _ in items]

    def entropies(
        self, asks: Sequence[str], written: Sequence[tuple[int, ...]], mode: Mode
    ) -> list[float]:
        return [1.5 for _ in asks]

    @contextmanager
    def between(self, other: Any, alpha: float) -> Iterator[None]:
        if other.vocabulary != self.vocabulary:
            raise ValueError("the weights differ in name or shape")
        self.raised = 10.0 if alpha == 0.5 else 0.0
        yield
        self.raised = 0.0

    def untrained_roles(self) -> tuple[str, ...] | NotMeasured:
        return ()

    def shifts(
        self, base: Any, asks: Sequence[str], written: Sequence[tuple[int, ...]], mode: Mode
    ) -> list[tuple[ToyShift, ...]]:
        rank = 1 if base.says == self.says else 9
        return [tuple(ToyShift(rank, 0.5 * (rank > 1)) for _ in ids) for ids in written]


def toy_plan(jobs: Sequence[Job], *, budget: float = 60.0, samples: int = 3) -> TaxPlan:
    """A plan for checkpoints called base and instruct."""
    request = TaxRequest(
        checkpoints=("base=a", "instruct=b"), budget_seconds=budget, samples=samples, limit=8
    )
    return TaxPlan(
        request=request,
        fingerprint="f" * 64,
        names=("base", "instruct"),
        sources=("a", "b"),
        intended=(Mode.RAW, Mode.TEMPLATE),
        template_from="instruct",
        prompt_sources=(("safe", "made up"),),
        jobs=tuple(jobs),
        job_seconds=tuple(2.0 for _ in jobs),
        detectable=(),
        cuts=(),
        device="a processor, float32",
        version="0",
    )


def every_job(n: int) -> list[Job]:
    """All batteries of both, in both formats."""
    return [
        Job(checkpoint=name, mode=mode, battery=battery, n=n)
        for name in ("base", "instruct")
        for battery in Battery
        for mode in Mode
        if not (battery is Battery.SHIFT and name == "base")
    ]
