"""A toy engine and toy nouns: scores are a plain function of start, rows and seed."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.domain.plan import (
    Format,
    Plan,
    Rates,
    Recipe,
    Request,
    StartSpec,
    StartView,
    TokenView,
)
from headstart.domain.task import DataCounts, Example, Message, Shape, Task
from headstart.domain.trial import Answer, Training
from headstart.domain.value import NotMeasured
from headstart.store import RunFolder
from headstart.trials.planning import make_plan
from headstart.trials.run import Runner

LABELS = ("cat", "dog")
GRID = (1e-4, 3e-4, 9e-4)
MACHINE = {
    "device": "cpu",
    "device_label": "toy",
    "dtype": "float32",
    "threads": 1,
    "libraries": {"torch": "0"},
}
TOY_RATES = Rates(
    train_tokens_per_second=1000.0,
    untuned_seconds_per_item=0.001,
    few_shot_seconds_per_item=0.001,
    tuned_seconds_per_item=0.001,
    dev_seconds_per_item=0.0003,
    tokens_per_example=10.0,
)


def example(name: str, completion: str, prompt: str | None = "say") -> Example:
    turns = () if prompt is None else (Message(role="user", content=f"{prompt} {name}"),)
    return Example(id=name, prompt=turns, completion=completion, group=name)


def toy_task(
    train: int = 120,
    test: int = 40,
    dev: int = 5,
    shape: Shape = Shape.CLASSIFICATION,
    metric: str = "accuracy",
    **changes: object,
) -> Task:
    def rows(side: str, count: int) -> tuple[Example, ...]:
        return tuple(example(f"{side}:{n}", LABELS[n % 2]) for n in range(1, count + 1))

    fields: dict[str, object] = {
        "name": "pets",
        "shape": shape,
        "shape_reason": "the label column holds 2 distinct labels",
        "metric": metric,
        "higher_is_better": metric != "bits-per-byte",
        "labels": LABELS if shape is Shape.CLASSIFICATION else (),
        "train": rows("train", train),
        "dev": rows("dev", dev),
        "test": rows("test", test),
        "counts": DataCounts(
            read=train + test + dev, empty=0, duplicate=0, leaked=0, train=train, test=test
        ),
        "fingerprint": f"{train}-{test}-{dev}",
    }
    return Task(**(fields | changes))


def checkpoint(name: str, template: str | None = None, **changes: object) -> Checkpoint:
    fields: dict[str, object] = {
        "name": name,
        "source": f"models/{name}",
        "form": Form.DIRECTORY,
        "path": f"/models/{name}",
        "fingerprint": f"weights of {name}",
        "architecture": "LlamaForCausalLM",
        "tokenizer_fingerprint": "same",
        "chat_template": template,
        "weights_bytes": 100,
    }
    return Checkpoint(**(fields | changes))


def toy_plan(task: Task, rates: Rates = TOY_RATES, **asked: object) -> Plan:
    request = Request(checkpoints=("base", "instruct"), data="pets.csv", **asked)
    starts = [start("base-raw", "base", Format.RAW), start("instruct", "instruct", Format.CHAT)]
    view = StartView(
        training_text="say cat",
        training_tokens=(TokenView(text="say", id=1, trained=False),),
        findings=("a finding of the start",),
    )
    return make_plan(
        request,
        task,
        [checkpoint("base"), checkpoint("instruct", "template")],
        starts,
        "instruct",
        {s.name: rates for s in starts},
        {s.name: view for s in starts},
        MACHINE,
    )


def start(name: str, of: str, style: Format) -> StartSpec:
    return StartSpec(name=name, checkpoint=of, format=style, rule="a rule", learning_rates=GRID)


class ToySession:
    """Answers rightly a share of items that grows with rows; fails where it is told to."""

    def __init__(self, name: str, bench: "Bench") -> None:
        self.name, self.bench = name, bench
        self.tuning: tuple[int, float, int] | None = None

    def view(
        self,
        train: Sequence[Example],
        test: Sequence[Example],
        shots: Sequence[Example] = (),
    ) -> StartView:
        return StartView(training_text="", training_tokens=(), findings=())

    @contextmanager
    def tuned(
        self,
        examples: Sequence[Example],
        recipe: Recipe,
        *,
        learning_rate: float,
        seed: int,
        on_step: Callable[[int, int], None],
    ) -> Iterator[Training]:
        self.bench.log.append(("train", self.name, len(examples), learning_rate, seed))
        self.tuning = (len(examples), learning_rate, seed)
        try:
            on_step(1, 2)
            on_step(2, 2)
            yield Training(
                failed=self.bench.fails(self.name, learning_rate),
                losses=(2.0, 1.0),
                tokens=10 * len(examples),
                seconds=self.bench.seconds,
            )
        finally:
            self.tuning = None

    def measure(self, examples: Sequence[Example], shots: Sequence[Example] = ()) -> list[Answer]:
        self.bench.log.append(("measure", self.name, self.tuning, len(shots)))
        right = self._skill() * len(examples)
        return [self._answer(e, right=n < right) for n, e in enumerate(examples)]

    def bits_per_byte(self, examples: Sequence[Example]) -> float | NotMeasured:
        assert self.tuning is not None
        self.bench.log.append(("dev", self.name, self.tuning))
        return self.bench.dev_loss(self.name, self.tuning[1])

    def _skill(self) -> float:
        if self.tuning is None:
            return 0.2
        rows, _, seed = self.tuning
        lead = 0.3 if self.name == self.bench.better else 0.0
        return min(1.0, 0.2 + lead + 0.05 * math.log2(rows) + 0.01 * seed)

    def _answer(self, asked: Example, *, right: bool) -> Answer:
        wrong = LABELS[LABELS.index(asked.completion) - 1]
        label = asked.completion if right else wrong
        return Answer(
            label=label,
            written=label,
            stopped=True,
            bits=self.bench.bits,
            byte_count=len(asked.completion),
            stop_bits=0.5,
        )


class Bench:
    """Opens toy sessions and writes down what they were asked to do."""

    def __init__(self, task: Task, plan: Plan, folder: RunFolder) -> None:
        self.task, self.plan, self.folder = task, plan, folder
        self.log: list[tuple[object, ...]] = []
        self.events: list[object] = []
        self.better = "instruct"
        self.bits = 6.0
        self.seconds = 0.01
        self.fails: Callable[[str, float], str | None] = lambda _start, _rate: None
        self.dev_loss: Callable[[str, float], float | NotMeasured] = lambda _start, rate: abs(
            math.log(rate / GRID[1])
        )
        self.should_stop: Callable[[], bool] = lambda: False

    def runner(self) -> Runner:
        self.folder.prepare()
        return Runner(
            plan=self.plan,
            task=self.task,
            folder=self.folder,
            open_session=lambda name: ToySession(name, self),
            peak_memory=lambda: 1000,
            on_event=self.events.append,
            should_stop=self.should_stop,
        )

    def calls(self, what: str) -> list[tuple[object, ...]]:
        return [call for call in self.log if call[0] == what]
