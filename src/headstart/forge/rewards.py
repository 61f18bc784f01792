"""What judges answers in RL: a reward model's folder, or a Python function of the user's own."""

import contextlib
import hashlib
import importlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headstart.checkpoints.resolve import resolve
from headstart.domain.stage import RlPrompt
from headstart.errors import DataError, RequestError

_HINT = "write a function of (prompt, completion, row) that gives a float, named module:function"


@dataclass(frozen=True)
class RewardSource:
    """Where rewards come from."""

    name: str
    """As the user wrote it."""
    sha256: str
    """Of the reward model, or of the file that holds the function."""
    folder: Path | None
    """The reward model's folder; None for a function."""
    function: Callable[[Sequence[RlPrompt], Sequence[str]], list[float]] | None
    """Judges answers; None for a reward model."""


def find_reward(name: str) -> RewardSource:
    """Find a reward model's folder, or import `module:function`, which executes the module.

    The function takes the prompt's last user text, the answer and the data's row, and gives a
    finite number; higher is better. It is looked for in the current folder too.

    Raises:
        RequestError: neither a folder nor an importable function.
        CheckpointError: the folder is no readable checkpoint.
    """
    if Path(name).is_dir():
        found = resolve(name)
        return RewardSource(name, found.fingerprint, Path(found.path), None)
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise RequestError(f"--reward {name!r} is neither a folder nor module:function", hint=_HINT)
    module = _import(name, module_name)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise RequestError(f"--reward {name!r}: {module_name} has no {function_name}", hint=_HINT)
    file = getattr(module, "__file__", None)
    content = Path(file).read_bytes() if file and Path(file).is_file() else name.encode()
    return RewardSource(name, hashlib.sha256(content).hexdigest(), None, _judging(name, function))


def _import(name: str, module_name: str) -> Any:
    importlib.invalidate_caches()
    try:
        with _current_folder_first():
            return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise RequestError(
            f"--reward {name!r}: no module {error.name!r}",
            hint=f"looked in {Path.cwd()} and among the installed packages",
        ) from error
    except Exception as error:
        raise RequestError(
            f"--reward {name!r}: importing {module_name} raised {_told(error)}",
            hint="import the module by hand to see where",
        ) from error


@contextlib.contextmanager
def _current_folder_first() -> Iterator[None]:
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _judging(
    name: str, function: Callable[[str, str, dict[str, Any]], Any]
) -> Callable[[Sequence[RlPrompt], Sequence[str]], list[float]]:
    def judge(prompts: Sequence[RlPrompt], answers: Sequence[str]) -> list[float]:
        return [_value(name, function, p, a) for p, a in zip(prompts, answers, strict=True)]

    return judge


def _value(
    name: str, function: Callable[[str, str, dict[str, Any]], Any], prompt: RlPrompt, answer: str
) -> float:
    asked = next((m.content for m in reversed(prompt.prompt) if m.role == "user"), "")
    try:
        value = function(asked, answer, dict(prompt.row))
    except Exception as error:
        raise DataError(
            f"--reward {name!r} raised {_told(error)} for the answer {answer[:60]!r}", hint=_HINT
        ) from error
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, str) or not math.isfinite(number):
        raise DataError(f"--reward {name!r} gave {value!r:.60}, no finite number", hint=_HINT)
    return number


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
