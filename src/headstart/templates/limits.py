"""What a template may use, and how what it uses is counted.

    steps       loop turns, calls and filters                 1,000,000
    text        characters of one value, or of the output     4,000,000
    items       of one list                                     500,000
    nesting     items in a value that becomes text              500,000
    numbers     bits of an integer                               65,536
    recursion   Python's own, as everywhere                       1,000
    seconds     of processor time, one render / one template      1 / 2
    memory      of the process that renders                     384 MiB
    source      characters of a template                      1,000,000

The counters stop a runaway template by name and always at the same point. Seconds and
memory belong to the process (see `worker`); they hold for what no counter sees.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MOST_STEPS = 1_000_000
MOST_TEXT = 4_000_000
MOST_ITEMS = 500_000
MOST_BITS = 65_536
MOST_DIGITS = 1_000
"""Of a rounding or an indentation."""
MOST_SOURCE = 1_000_000
RENDER_SECONDS = 1.0
TEMPLATE_SECONDS = 2
MEMORY_BYTES = 384 * 1024 * 1024

_WIDTH = re.compile(r"\d{5,}")
_FIELD = re.compile(r"%(?:\([^()]*\))?[-#0 +]*(\*|\d*)(?:\.(\*|\d*))?")
_WIDEST = 10_000


class Overrun(BaseException):
    """A limit is broken. No `Exception`, so that neither template nor jinja2 can swallow it."""


class OutOfTime(Overrun):
    """The time is up."""


class Meter:
    """Counts the steps of one render."""

    def __init__(self) -> None:
        self.steps = 0

    def reset(self) -> None:
        """Begin another render."""
        self.steps = 0

    def step(self) -> bool:
        """One more loop turn or call; true, so that it can stand in a condition.

        Raises:
            Overrun: too many.
        """
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Overrun(f"more than {MOST_STEPS:,} steps")
        return True


def text_fits(size: int) -> None:
    """Refuse a text of `size` characters that is too long, before it is made.

    Raises:
        Overrun: it is.
    """
    if size > MOST_TEXT:
        raise Overrun(f"a text of more than {MOST_TEXT:,} characters")


def items_fit(count: int) -> None:
    """Refuse a list of `count` items that is too long, before it is made.

    Raises:
        Overrun: it is.
    """
    if count > MOST_ITEMS:
        raise Overrun(f"a list of more than {MOST_ITEMS:,} items")


def bits_fit(bits: int) -> None:
    """Refuse an integer that is too large, before it is computed.

    Raises:
        Overrun: it is.
    """
    if bits > MOST_BITS:
        raise Overrun(f"an integer of more than {MOST_BITS:,} bits")


def digits_fit(number: object) -> None:
    """Refuse a rounding or an indentation that is too wide.

    Raises:
        Overrun: it is.
    """
    size = len(number) if isinstance(number, str) else number
    if isinstance(size, int) and abs(size) > MOST_DIGITS:
        raise Overrun(f"a width of more than {MOST_DIGITS:,}")


def text_size(value: Any) -> int:
    """Roughly how many characters a value takes as text; items count as often as they stand.

    A list that holds itself many times over is small in memory and endless in print, so
    the walk ends with an error rather than with the value.

    Raises:
        Overrun: more items than a value may have.
    """
    if isinstance(value, (str, bytes)):
        return len(value)
    size, seen, waiting = 0, 0, [value]
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > MOST_ITEMS:
            raise Overrun(f"a value of more than {MOST_ITEMS:,} items as text")
        if isinstance(one, (str, bytes)):
            size += len(one)
        elif isinstance(one, (list, tuple, set, frozenset)):
            items_fit(len(one))
            waiting += one
        elif isinstance(one, Mapping):
            items_fit(len(one))
            waiting += [*one.keys(), *one.values()]
        size += 4
    return size


def printable(value: Any) -> Any:
    """The value itself, once it is sure that it is small enough as text.

    Raises:
        Overrun: it is not.
    """
    text_fits(text_size(value))
    return value


def bounded(values: Iterable[Any]) -> list[Any]:
    """An iterable as a list of bounded length.

    Raises:
        Overrun: it has too many items.
    """
    return list(_counted(values))


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for number, value in enumerate(values):
        items_fit(number)
        yield value


def joined_size(separator: str, values: list[Any]) -> None:
    """Refuse to join values whose text would be too long.

    Raises:
        Overrun: it would.
    """
    size = len(separator) * len(values)
    for value in values:
        size += text_size(value)
        text_fits(size)


def percent_fits(pattern: str, arguments: Any) -> None:
    """Refuse a `%` formatting whose result could be too long.

    Raises:
        Overrun: a width of five digits or more, or arguments that do not fit.
    """
    starred = "*" in pattern
    fields = 0
    for width, precision in _FIELD.findall(pattern):
        fields += 1
        for written in (width, precision):
            if written.isdigit() and int(written[:9]) > _WIDEST:
                raise Overrun(f"a field wider than {_WIDEST:,}")
    if starred and any(type(a) is int and abs(a) > _WIDEST for a in _flat(arguments)):
        raise Overrun(f"a field wider than {_WIDEST:,}")
    text_fits(len(pattern) + fields * max((text_size(a) for a in _flat(arguments)), default=0))


def _flat(arguments: Any) -> list[Any]:
    if isinstance(arguments, tuple):
        return list(arguments)
    return list(arguments.values()) if isinstance(arguments, Mapping) else [arguments]


def spec_fits(spec: str) -> None:
    """Refuse a `format` specification with a width of five digits or more.

    Raises:
        Overrun: it has one.
    """
    if _WIDTH.search(spec):
        raise Overrun(f"a field wider than {_WIDEST:,}")
