"""Several tasks, one short training each: how often does each start come out ahead?"""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.domain.event import Event, OnEvent
from headstart.domain.plan import Recipe, StartSpec
from headstart.domain.task import Example, Task
from headstart.domain.value import NotMeasured
from headstart.engine.device import pick_device
from headstart.engine.opening import Workshop
from headstart.engine.session import Session
from headstart.forge.task_source import OPENING, load_rows, with_own_test
from headstart.lesson.experiments.cast import Cast
from headstart.lesson.experiments.telling import gap_figure, gap_row
from headstart.lesson.finding import Found, Gap, Gaps
from headstart.tasks import DataRequest, build_task
from headstart.tax.contrasts import means
from headstart.trials.grade import grade
from headstart.trials.starts import choose_starts, learning_rates

TASKS = ("topics", "tone", "extract", "facts", "polite")
ROWS, DEV, ITEMS = 16, 24, 60
EPOCHS = 6
_RECIPE = Recipe(method="lora", rank=16, alpha=32, epochs=EPOCHS)


@dataclass(frozen=True)
class _Tried:
    task: str
    gap: Gap


def outcomes(cast: Cast, _choice: str, seed: int, on_event: OnEvent) -> Found:
    """Tune base and instruct on sixteen rows of each task and pair their scores by item.

    Each side gets the better of two learning rates, by its loss on dev rows. One seed of
    training: what is resolved here holds for the items, not for another training.

    Args:
        cast: names the checkpoints.
        seed: splits the rows and seeds the training.
        on_event: told of progress; what it raises stops the run.
    """
    tried = []
    for done, name in enumerate(TASKS):
        on_event(Event(stage="lesson", message=f"trying {name}", done=done, total=len(TASKS)))
        tried.append(_try(cast, name, seed, on_event))
    return _found(tried)


def _found(tried: Sequence[_Tried]) -> Found:
    instruct = [each.task for each in tried if each.gap.low > 0]
    base = [each.task for each in tried if each.gap.high < 0]
    open_ = len(tried) - len(instruct) - len(base)
    return Found(
        sentence=(
            f"Of {len(tried)} tasks, each tuned on {ROWS} rows, instruct came out ahead in "
            f"{len(instruct)}, base in {len(base)}, and in {open_} the interval covers zero."
        ),
        agrees=len(base) < len(tried) / 2 and len(instruct) < len(tried),
        outcome="all"
        if len(instruct) == len(tried)
        else "base"
        if len(base) > len(instruct)
        else "mixed",
        numbers=tuple(gap_figure(each.task, "points", each.gap) for each in tried),
        drawings=(
            Gaps(
                title=f"Instruct minus base after {ROWS} rows, in points",
                left="base ahead",
                right="instruct ahead",
                rows=tuple(each.gap for each in tried),
            ),
        ),
    )


def _try(cast: Cast, name: str, seed: int, on_event: OnEvent) -> _Tried:
    checkpoints = (cast.checkpoints[0], cast.checkpoints[-1])
    asked = DataRequest(data=OPENING + name, seed=seed)
    task = build_task(with_own_test(asked), load_rows)
    workshop = Workshop(checkpoints, task, pick_device("cpu"))
    test = task.test[:ITEMS]
    base, instruct = (
        _scores(workshop, start, task, test, seed, on_event)
        for start in choose_starts(checkpoints, (), task.shape)
    )
    row = gap_row(name, means(base, instruct), factor=100, places=1, unit="points")
    return _Tried(name, row)


def _scores(
    workshop: Workshop,
    start: StartSpec,
    task: Task,
    test: Sequence[Example],
    seed: int,
    on_event: OnEvent,
) -> list[float]:
    session = workshop.session(start, _RECIPE.max_tokens)
    rates = learning_rates(workshop.hidden_size(start.checkpoint), full=False)[1:]
    best = min(rates, key=lambda rate: _dev_loss(session, task, rate, seed, on_event))
    with session.tuned(task.train[:ROWS], _RECIPE, learning_rate=best, seed=seed):
        return [item.score for item in grade(task, test, session.measure(test))]


def _dev_loss(session: Session, task: Task, rate: float, seed: int, on_event: OnEvent) -> float:
    def told(done: int, total: int) -> None:
        message = f"{task.name}: learning rate {rate:.2g}"
        on_event(Event(stage="lesson", message=message, done=done, total=total))

    with session.tuned(
        task.train[:ROWS], _RECIPE, learning_rate=rate, seed=seed, on_step=told
    ) as training:
        loss = session.bits_per_byte(task.dev[:DEV])
        failed = training.failed is not None or isinstance(loss, NotMeasured)
        return float("inf") if failed or isinstance(loss, NotMeasured) else loss
