"""A metric of the user's own: `--metric module:function`."""

import contextlib
import hashlib
import importlib
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from headstart.domain.task import Shape
from headstart.errors import DataError, RequestError
from headstart.tasks.metrics.metric import Metric

_HINT = "write a function of (prediction, reference) that gives a float, named module:function"
_ANY_BUT_RAW = tuple(shape for shape in Shape if shape is not Shape.RAW_TEXT)


def load_metric(name: str) -> Metric:
    """Import the user's function, looking in the current folder too.

    A function with an attribute `higher_is_better = False` is minimised. Its module
    is executed.

    Args:
        name: `module:function`; the module may be dotted.

    Raises:
        RequestError: no such module or function, an error on import, or not callable.
    """
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise RequestError(f"--metric {name!r} names no function", hint=_HINT)
    module = _import(name, module_name)
    function: Any = module
    for part in function_name.split("."):
        function = getattr(function, part, None)
    if function is None:
        raise RequestError(f"--metric {name!r}: {module_name} has no {function_name}", hint=_HINT)
    if not callable(function):
        raise RequestError(
            f"--metric {name!r}: {function_name} is {type(function).__name__}, not a function",
            hint=_HINT,
        )
    return Metric(
        name=name,
        higher_is_better=bool(getattr(function, "higher_is_better", True)),
        suits=_ANY_BUT_RAW,
        score=_checked(name, function),
        about=f"the user's own function {name}",
        source=_source_of(module),
    )


def _import(name: str, module_name: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        with _current_folder_first():
            return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise RequestError(
            f"--metric {name!r}: no module {error.name!r}",
            hint=f"looked in {Path.cwd()} and among the installed packages",
        ) from error
    except Exception as error:  # the user's code may raise anything
        raise RequestError(
            f"--metric {name!r}: importing {module_name} raised {_told(error)}",
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


def _checked(name: str, function: Callable[[str, str], Any]) -> Callable[[str, str], float]:
    def score(prediction: str, reference: str) -> float:
        """The user's score.

        Raises:
            DataError: the function raised, or gave no finite number.
        """
        try:
            value = function(prediction, reference)
        except Exception as error:  # the user's code may raise anything
            raise DataError(
                f"--metric {name!r} raised {_told(error)}"
                f" for prediction {prediction[:60]!r} and reference {reference[:60]!r}",
                hint=_HINT,
            ) from error
        return _finite(name, value)

    return score


def _finite(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, str) or not math.isfinite(number):
        raise DataError(f"--metric {name!r} gave {value!r:.60}, no finite number", hint=_HINT)
    return number


def _source_of(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    if file is None or not Path(file).is_file():
        return ""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
