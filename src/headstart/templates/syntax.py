"""What a template's syntax tree says: which names it reads, which tags it uses.

Names are read from the tree, never from the text: a pair of underscores in a prompt
means nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from types import CodeType, FrameType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables

_BY_PATH = frozenset(
    {"attr", "groupby", "join", "map", "max", "min", "rejectattr", "selectattr", "sort", "sum"}
    | {"unique"}
)
"""Filters that read attributes by a name given as text."""
_LOADING = {
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from ... import",
}


_KINDS = (object, type, FunctionType, MethodType, ModuleType, GeneratorType, CodeType, FrameType)
_INNER = frozenset(
    {name for kind in _KINDS for name in dir(kind) if name.startswith(("__", "gi_", "f_", "co_"))}
    | {"__builtins__", "__import__", "func_globals", "mro", "tb_frame"}
)
"""Attributes that lead from a value to the interpreter."""
_MANGLED = re.compile(r"_[A-Za-z]\w*__\w")


@dataclass(frozen=True)
class Syntax:
    """What the syntax tree of one template says."""

    variables: frozenset[str]
    """Names that it reads and that the caller must give."""
    keys: frozenset[str]
    """Attributes and constant subscripts that it reads, such as `content`."""
    strings: frozenset[str]
    """Constant texts inside expressions, and tests such as `== 'tool'`."""
    marks_generation: bool
    """Whether it has a `generation` tag."""
    forbidden: tuple[str, ...]
    """Inner names that it reaches for and templates that it loads, as written."""

    @property
    def claims_tools(self) -> bool:
        """Whether it has anything to do with tools, in whatever shape."""
        named = {"tools", "tool", "tool_calls", "tool_call", "function_call", "ipython"}
        return bool(named & (self.variables | self.keys | self.strings))

    @property
    def claims_reasoning(self) -> bool:
        """Whether it reads a message's reasoning from a field of its own."""
        return bool({"reasoning_content", "reasoning", "thinking"} & (self.keys | self.strings))

    @property
    def claims_parts(self) -> bool:
        """Whether it knows content that is a list of parts."""
        return "type" in self.keys and bool({"text", "image"} & (self.keys | self.strings))


def syntax_of(said: dict[str, Any]) -> Syntax:
    """The value from what `facts` gave in another process."""
    return Syntax(
        variables=frozenset(said["variables"]),
        keys=frozenset(said["keys"]),
        strings=frozenset(said["strings"]),
        marks_generation=said["marks_generation"],
        forbidden=tuple(said["forbidden"]),
    )


def facts(environment: Environment, template: str) -> dict[str, Any]:
    """Read a template's syntax tree; plain JSON values, as `syntax_of` takes them.

    Raises:
        jinja2.TemplateSyntaxError: it has none.
    """
    tree = environment.parse(template)
    strings = {one.value for one in tree.find_all(nodes.Const) if isinstance(one.value, str)}
    marks = (
        isinstance(one.call.node, nodes.ExtensionAttribute)
        for one in tree.find_all(nodes.CallBlock)
    )
    return {
        "variables": sorted(find_undeclared_variables(tree)),
        "keys": sorted(_keys(tree)),
        "strings": sorted(one for one in strings if len(one) < 200),
        "marks_generation": any(marks),
        "forbidden": sorted(set(_forbidden(tree, strings)))[:20],
    }


def _keys(tree: nodes.Template) -> set[str]:
    attributes = {one.attr for one in tree.find_all(nodes.Getattr)}
    subscripts = {
        one.arg.value
        for one in tree.find_all(nodes.Getitem)
        if isinstance(one.arg, nodes.Const) and isinstance(one.arg.value, str)
    }
    return attributes | subscripts | _gotten(tree)


def _gotten(tree: nodes.Template) -> set[str]:
    """Keys read through `.get('key')`."""
    return {
        one.args[0].value
        for one in tree.find_all(nodes.Call)
        if isinstance(one.node, nodes.Getattr) and one.node.attr == "get" and one.args
        if isinstance(one.args[0], nodes.Const) and isinstance(one.args[0].value, str)
    }


def _forbidden(tree: nodes.Template, strings: set[str]) -> Iterator[str]:
    stored = {one.name for one in tree.find_all(nodes.Name) if one.ctx != "load"}
    stored |= {one.name for one in tree.find_all(nodes.Macro)}
    for name in tree.find_all(nodes.Name):
        if name.name.startswith("__") and name.name not in stored:
            yield name.name
    for attribute in tree.find_all(nodes.Getattr):
        inner = attribute.attr
        if inner.startswith("__") or _MANGLED.match(inner) or _is_inner(inner):
            yield f".{inner}"
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and _is_inner(item.arg.value):
            yield f"[{item.arg.value!r}]"
    yield from _by_filter(tree)
    if any(one.attr in {"format", "format_map"} for one in tree.find_all(nodes.Getattr)):
        yield from (f"format of {one[:60]!r}" for one in strings if _reads_inner(one))
    for kind, written in _LOADING.items():
        if tree.find(kind) is not None:
            yield f"{{% {written} %}}"


def _by_filter(tree: nodes.Template) -> Iterator[str]:
    for one in tree.find_all(nodes.Filter):
        given = [*one.args, *(keyword.value for keyword in one.kwargs)]
        paths = [text.value for text in given if isinstance(text, nodes.Const)]
        for path in paths if one.name in _BY_PATH else ():
            if isinstance(path, str) and any(_is_inner(part) for part in path.split(".")):
                yield f"|{one.name}({path[:60]!r})"


def _is_inner(name: object) -> bool:
    """Whether a name is one of Python's own inner names; others with underscores are keys."""
    return name in _INNER


def _reads_inner(pattern: str) -> bool:
    try:
        fields = [field for _, field, _, _ in Formatter().parse(pattern) if field]
    except ValueError:
        return False
    return any(_is_inner(name) for field in fields for name in re.split(r"[.\[\]]", field))
