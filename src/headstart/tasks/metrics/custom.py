"""A metric of the user's own: `--metric module:function`."""

from headstart.domain.task import Shape
from headstart.tasks.metrics.metric import Metric
from headstart.tasks.user_function import find_function

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
    found = find_function("--metric", name, _HINT)

    def score(prediction: str, reference: str) -> float:
        """The user's score.

        Raises:
            DataError: the function raised, or gave no finite number.
        """
        about = f"for prediction {prediction[:60]!r} and reference {reference[:60]!r}"
        return found(prediction, reference, about=about)

    return Metric(
        name=name,
        higher_is_better=bool(getattr(found.function, "higher_is_better", True)),
        suits=_ANY_BUT_RAW,
        score=score,
        about=f"the user's own function {name}",
        source=found.sha256,
    )
