"""Checks before a filter, a method or an operator of a template makes something large.

Each stands before one way to make much of little: `*`, `**`, `%` and `+` on text, lists
and numbers; the filters that pad, indent, join, replace or print; the methods of text
that do the same; fields of `format`. What is small enough passes unchanged.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any

from jinja2.filters import make_attrgetter
from jinja2.sandbox import SandboxedEscapeFormatter, SandboxedFormatter

from headstart.templates.limits import (
    Meter,
    bits_fit,
    bounded,
    digits_fit,
    items_fit,
    joined_size,
    percent_fits,
    printable,
    spec_fits,
    text_fits,
    text_size,
)

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "*": operator.mul,
    "**": operator.pow,
    "%": operator.mod,
}
"""The operators that jinja2 is told to send here; the others cannot grow anything."""

_TEXT_MAKERS = frozenset(
    {
        *("capitalize", "center", "e", "escape", "forceescape", "indent", "lower", "pprint"),
        *("replace", "safe", "string", "striptags", "title", "tojson", "trim", "truncate"),
        *("upper", "urlencode", "urlize", "wordcount", "wordwrap", "xmlattr"),
    }
)
"""Filters that turn their value into text, whatever it is."""


def check_operator(sign: str, left: Any, right: Any) -> None:
    """Refuse `left sign right` where the result would be too large.

    Raises:
        Overrun: it would.
    """
    if sign == "+":
        _check_sum(left, right)
    elif sign == "*":
        _check_product(left, right)
        _check_product(right, left)
    elif sign == "**" and isinstance(left, int) and isinstance(right, int):
        bits_fit(left.bit_length() * abs(right))
    elif sign == "%" and isinstance(left, (str, bytes)):
        pattern = left if isinstance(left, str) else left.decode("latin-1")
        percent_fits(pattern, right)


def _check_sum(left: Any, right: Any) -> None:
    if isinstance(left, (str, bytes)) and isinstance(right, (str, bytes)):
        text_fits(len(left) + len(right))
    elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        items_fit(len(left) + len(right))


def _check_product(value: Any, times: Any) -> None:
    if not isinstance(times, int):
        return
    if isinstance(value, (str, bytes)):
        text_fits(len(value) * times)
    elif isinstance(value, (list, tuple)):
        items_fit(len(value) * times)
    elif isinstance(value, int):
        bits_fit(value.bit_length() + times.bit_length())


def guarded_filter(name: str, plain: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    """A filter that counts as a step and refuses to make what is too large."""
    passes = hasattr(plain, "jinja_pass_arg")
    check = _FILTER_CHECKS.get(name)

    @functools.wraps(plain)
    def filtered(*arguments: Any, **named: Any) -> Any:
        meter.step()
        own = arguments[passes:]
        if name in _TEXT_MAKERS and own:
            printable(own[0])
        if check is not None:
            check(*own, **named)
        return plain(*arguments, **named)

    @functools.wraps(plain)
    def joined(context: Any, value: Any, d: str = "", attribute: Any = None) -> Any:
        meter.step()
        values = bounded(value)
        if attribute is not None:
            values = [make_attrgetter(context.environment, attribute)(one) for one in values]
        joined_size(str(printable(d)), values)
        return plain(context, values, d)

    return joined if name == "join" else filtered


def _check_center(value: Any, width: Any = 80, *_: Any, **__: Any) -> None:
    del value
    _check_width(width)


def _check_width(width: Any) -> None:
    if isinstance(width, int):
        text_fits(abs(width))


def _check_indent(value: Any, width: Any = 4, *_: Any, **__: Any) -> None:
    size = len(width) if isinstance(width, str) else width
    if isinstance(size, int):
        text = str(value)
        text_fits(len(text) + (text.count("\n") + 1) * size)


def _check_replace(value: Any, old: Any, new: Any, *_: Any, **__: Any) -> None:
    _check_replaced(str(value), str(printable(old)), str(printable(new)))


def _check_replaced(text: str, old: str, new: str) -> None:
    if len(new) > len(old):
        text_fits(len(text) + text.count(old) * (len(new) - len(old)))


def _check_count(value: Any, count: Any = 0, fill: Any = None, **_: Any) -> None:
    del value, fill
    if isinstance(count, int):
        items_fit(count)


def _check_batch(value: Any, linecount: Any = 0, fill_with: Any = None) -> None:
    _check_count(value, linecount, fill_with)


def _check_slice(value: Any, slices: Any = 0, fill_with: Any = None) -> None:
    _check_count(value, slices, fill_with)


def _check_format(value: Any, *arguments: Any, **named: Any) -> None:
    percent_fits(str(printable(value)), named or arguments)


def _check_round(value: Any, precision: Any = 0, *_: Any, **__: Any) -> None:
    del value
    digits_fit(precision)


def _check_tojson(value: Any, *_: Any, indent: Any = None, **named: Any) -> None:
    del value
    digits_fit(indent)
    for separator in bounded(named.get("separators") or ()):
        digits_fit(separator)


def _check_wordwrap(value: Any, *arguments: Any, **named: Any) -> None:
    # every character may end up on a line of its own
    longest = max((text_size(one) for one in (*arguments, *named.values())), default=0)
    text_fits(len(str(value)) * max(1, longest))


_FILTER_CHECKS: Mapping[str, Callable[..., None]] = {
    "batch": _check_batch,
    "center": _check_center,
    "format": _check_format,
    "indent": _check_indent,
    "replace": _check_replace,
    "round": _check_round,
    "slice": _check_slice,
    "tojson": _check_tojson,
    "wordwrap": _check_wordwrap,
}


def checked_arguments(called: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a call, once its result is sure to be small enough.

    Only methods of text and of integers are looked at; an iterable that is to be joined
    comes back as a list.

    Raises:
        Overrun: the result would be too large.
    """
    owner = getattr(called, "__self__", None)
    if not isinstance(owner, (str, bytes, int)):
        return arguments
    name = getattr(called, "__name__", "")
    if name in {"center", "ljust", "rjust", "zfill", "to_bytes"}:
        _check_width(arguments[0] if arguments else 0)
    elif name == "join" and len(arguments) == 1:
        values = bounded(arguments[0])
        joined_size(owner if isinstance(owner, str) else "", values)
        return (values,)
    elif isinstance(owner, (str, bytes)):
        _check_text_method(owner, name, arguments)
    return arguments


def _check_text_method(owner: str | bytes, name: str, arguments: tuple[Any, ...]) -> None:
    text = owner if isinstance(owner, str) else owner.decode("latin-1")
    if name == "expandtabs":
        size = arguments[0] if arguments and isinstance(arguments[0], int) else 8
        text_fits(len(text) + text.count("\t") * size)
    elif name == "replace" and len(arguments) >= 2:
        old, new = (a if isinstance(a, str) else "" for a in arguments[:2])
        _check_replaced(text, old, new)
    elif name == "translate" and arguments and isinstance(arguments[0], Mapping):
        most = max((text_size(value) for value in arguments[0].values()), default=0)
        text_fits(len(text) * max(1, most))


class _Measured(SandboxedFormatter):
    """Adds up what `format` writes and refuses wide fields; on top of jinja2's own checks."""

    written = 0

    def format_field(self, value: Any, format_spec: str) -> Any:
        """One field as text, if it fits."""
        spec_fits(format_spec)
        text = super().format_field(printable(value), format_spec)
        self.written += len(text)
        text_fits(self.written)
        return text

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """`!r`, `!s` and `!a`, if the value fits as text."""
        return super().convert_field(printable(value), conversion)


class PlainFormatter(_Measured):
    """For `str.format`."""


class MarkupFormatter(_Measured, SandboxedEscapeFormatter):
    """For `Markup.format`, which escapes its fields."""
