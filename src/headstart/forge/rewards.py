"""What judges answers in RL: a reward model's folder, or a Python function of the user's own."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from headstart.checkpoints.resolve import resolve
from headstart.domain.stage import RlPrompt
from headstart.errors import RequestError
from headstart.tasks.user_function import UserFunction, find_function

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
    if ":" not in name:
        raise RequestError(f"--reward {name!r} is neither a folder nor module:function", hint=_HINT)
    function = find_function("--reward", name, _HINT)
    sha256 = function.sha256 or hashlib.sha256(name.encode()).hexdigest()
    return RewardSource(name, sha256, None, _judging(function))


def _judging(function: UserFunction) -> Callable[[Sequence[RlPrompt], Sequence[str]], list[float]]:
    def judge(prompts: Sequence[RlPrompt], answers: Sequence[str]) -> list[float]:
        return [_judged(function, p, a) for p, a in zip(prompts, answers, strict=True)]

    return judge


def _judged(function: UserFunction, prompt: RlPrompt, answer: str) -> float:
    asked = next((m.content for m in reversed(prompt.prompt) if m.role == "user"), "")
    return function(asked, answer, dict(prompt.row), about=f"for the answer {answer[:60]!r}")
