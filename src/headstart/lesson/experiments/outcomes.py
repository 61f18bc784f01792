"""Several tasks, one short training each: how often does each start come out ahead?"""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.domain.event import Event, OnEvent
from headstart.domain.plan import Recipe
from headstart.domain.task import Task
from headstart.domain.value import NotMeasured
from headstart.engine.session import Session
from headstart.errors import StageStopped
from headstart.forge.task_source import OPENING, load_rows, with_own_test
from headstart.lesson.experiments.cast import Cast
from headstart.lesson.experiments.telling import gap_figure, gap_row
from headstart.lesson.finding import Found, Gap, Gaps
from headstart.tasks import DataRequest, build_task
from headstart.tax.contrasts import means
from headstart.trials.grade import grade

TASKS = ("topics", "tone", "extract", "facts", "polite")
ROWS, DEV, ITEMS = 16, 12, 32
RATES = (0.01, 0.003)
"""About those that runs pick for this pair, the likelier first: only a better one is scored."""
EPOCHS = 3
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
        cast: lends the checkpoints.
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
    task = build_task(with_own_test(DataRequest(data=OPENING + name, seed=seed)), load_rows)
    template = cast.checkpoints[-1].chat_template
    base = Session(cast.base.loaded, task, None, _RECIPE.max_tokens)
    instruct = Session(cast.instruct.loaded, task, template, _RECIPE.max_tokens)
    scores = [_scores(session, task, seed, on_event) for session in (base, instruct)]
    row = gap_row(name, means(*scores), factor=100, places=1, unit="points")
    return _Tried(name, row)


def _scores(session: Session, task: Task, seed: int, on_event: OnEvent) -> list[float]:
    """Scores on the test rows at the rate with the lower loss on dev rows."""
    test = task.test[:ITEMS]
    best: tuple[float, list[float]] | None = None
    for rate in RATES:

        def told(done: int, total: int, rate: float = rate) -> None:
            message = f"{task.name}: learning rate {rate:.2g}"
            on_event(Event(stage="lesson", message=message, done=done, total=total))

        with session.tuned(
            task.train[:ROWS], _RECIPE, learning_rate=rate, seed=seed, on_step=told
        ) as training:
            loss = session.bits_per_byte(task.dev[:DEV])
            if training.failed is not None or isinstance(loss, NotMeasured):
                continue
            if best is None or loss < best[0]:
                best = loss, [item.score for item in grade(task, test, session.measure(test))]
    if best is None:
        raise StageStopped(
            f"no learning rate trained {task.name} without failing", hint="run it with another seed"
        )
    return best[1]
