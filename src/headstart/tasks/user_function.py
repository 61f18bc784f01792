"""A Python function of the user's own, named `module:function` on the command line."""

import contextlib
import hashlib
import importlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from headstart.errors import DataError, RequestError


@dataclass(frozen=True)
class UserFunction:
    """A function that gives a finite number, and how to speak of it."""

    named: str
    """As the user wrote it, its option before it: "--metric 'mine:score'"."""
    function: Callable[..., Any]
    """What was found."""
    sha256: str
    """Of the file that holds it; empty where there is no file."""
    hint: str
    """How such a function is written."""

    def __call__(self, *given: Any, about: str) -> float:
        """The function's number.

        Args:
            given: its arguments.
            about: names them in an error: "for the answer 'x'".

        Raises:
            DataError: it raised, or gave no finite number.
        """
        try:
            value = self.function(*given)
        except Exception as error:  # the user's code may raise anything
            raise DataError(
                f"{self.named} raised {_told(error)} {about}", hint=self.hint
            ) from error
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if isinstance(value, str) or not math.isfinite(number):
            raise DataError(f"{self.named} gave {value!r:.60}, no finite number", hint=self.hint)
        return number


def find_function(option: str, name: str, hint: str) -> UserFunction:
    """Import the function, looking in the current folder too; its module is executed.

    Args:
        option: where it was named: "--metric".
        name: `module:function`; both may be dotted.
        hint: how such a function is written.

    Raises:
        RequestError: no such module or function, an error on import, or not callable.
    """
    named = f"{option} {name!r}"
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise RequestError(f"{named} names no function", hint=hint)
    module = _import(named, module_name)
    function: Any = module
    for part in function_name.split("."):
        function = getattr(function, part, None)
    if function is None:
        raise RequestError(f"{named}: {module_name} has no {function_name}", hint=hint)
    if not callable(function):
        raise RequestError(
            f"{named}: {function_name} is {type(function).__name__}, not a function", hint=hint
        )
    return UserFunction(named, function, _sha256_of(module), hint)


def _import(named: str, module_name: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        with _current_folder_first():
            return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise RequestError(
            f"{named}: no module {error.name!r}",
            hint=f"looked in {Path.cwd()} and among the installed packages",
        ) from error
    except Exception as error:  # the user's code may raise anything
        raise RequestError(
            f"{named}: importing {module_name} raised {_told(error)}",
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


def _sha256_of(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    if file is None or not Path(file).is_file():
        return ""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
