"""The built-in tasks as data that can be named: `builtin:task/intents`, wherever data is asked for.

Rows are written when they are asked for, always the same ones; `builtin:task/intents/test` names
the rows of the other split, which `choose` takes by itself. They are about the land of the
built-in pair.
"""

from typing import Any

from headstart.builtin import PREFIX, is_builtin
from headstart.engine.datasets import load_dataset
from headstart.errors import DataError
from headstart.forge.world.facts import make_world
from headstart.forge.world.user_tasks import SPLITS, TASKS, Row, task_rows
from headstart.tasks.request import DataRequest

OPENING = PREFIX + "task/"
"""What the name of every built-in task begins with."""
WORLD_SEED = 0
"""Of the land that the built-in pair was trained on."""
ROWS = {"train": 1000, "test": 400}
"""How many rows each split of each task has."""


def builtin_rows(source: str) -> list[Row]:
    """The rows that a source such as `builtin:task/intents` or `builtin:task/intents/test` names.

    Raises:
        DataError: no built-in task has that name.
    """
    name, split = _taken_apart(source)
    return task_rows(make_world(WORLD_SEED), name, ROWS[split], WORLD_SEED, split)


def load_rows(source: str) -> list[dict[str, Any]]:
    """Rows of a built-in task, a `save_to_disk` folder or a hub data set.

    Raises:
        DataError: it is none of them, or cannot be read.
    """
    return [*builtin_rows(source)] if is_builtin(source) else load_dataset(source)


def with_own_test(request: DataRequest) -> DataRequest:
    """The request with a built-in task's own test rows, where it names no test data itself.

    Raises:
        DataError: no built-in task has that name.
    """
    if request.test is not None or not is_builtin(request.data):
        return request
    name, _ = _taken_apart(request.data)
    return request.model_copy(update={"test": f"{OPENING}{name}/test"})


def _taken_apart(source: str) -> tuple[str, str]:
    name, _, split = source.removeprefix(OPENING).partition("/")
    split = split or "train"
    if source.startswith(OPENING) and name in TASKS and split in SPLITS:
        return name, split
    raise DataError(
        f"no built-in task is called {source}",
        hint=f"built in are {', '.join(OPENING + each for each in TASKS)}",
    )
