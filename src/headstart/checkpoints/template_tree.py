"""A chat template's syntax tree as the pieces of text it may write, branch by branch."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headstart.domain.value import NotMeasured

if TYPE_CHECKING:
    from jinja2 import nodes

EOS = "\0eos"
"""Stands for the variable `eos_token`."""
_ROLES = frozenset(
    {"user", "assistant", "model", "system", "tool", "developer", "function", "ipython"}
)
_GENERATION = re.compile(r"\{%[-+]?\s*(?:end)?generation\s*[-+]?%\}")
_THOUGHT = re.compile(r"(?i)</?\|?(?:think|thought|reasoning)[^<>]*>")
_TESTS = frozenset({"Compare", "And", "Or", "Not", "Test"})


@dataclass(frozen=True)
class Piece:
    """A bit of what a template may write."""

    sort: str
    """text, content (of a message), or eos."""
    text: str = ""


@dataclass
class Region:
    """What one branch of the template writes, nested branches for the same turn included."""

    role: str
    """Whose turn the branch is for; empty where it is for any."""
    parent: "Region | None" = None
    """The branch around it, if what follows there belongs to the same turn."""
    resumes_at: int = 0
    """Where the parent goes on behind it."""
    pieces: list[Piece] = field(default_factory=list)


def read_regions(template: str) -> list[Region] | NotMeasured:
    """Parse a template and walk its tree; nothing of it is run.

    `{% generation %}` marks are left out. Branches that write the generation prompt are skipped.
    """
    from jinja2 import Environment, TemplateError

    # nothing is rendered, so nothing can be injected into a page
    environment = Environment(extensions=["jinja2.ext.loopcontrols"])  # noqa: S701
    try:
        tree = environment.parse(_GENERATION.sub("", template))
        return _Walk().whole(tree)
    except (TemplateError, RecursionError, ValueError, OverflowError, MemoryError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return NotMeasured(why=f"the template cannot be parsed ({said[:120]})")


class _Walk:
    """Walks a tree once, in the order of the text."""

    def __init__(self) -> None:
        self.regions: list[Region] = []
        self.contents = {"content"}

    def whole(self, tree: "nodes.Template") -> list[Region]:
        """All regions, in the order in which they open."""
        self._all(tree.body, self._open("", None))
        return self.regions

    def _open(self, role: str, parent: Region | None) -> Region:
        region = Region(role, parent)
        self.regions.append(region)
        return region

    def _all(self, several: "Iterable[nodes.Node]", region: Region) -> None:
        for node in several:
            self._one(node, region)

    def _one(self, node: "nodes.Node", region: Region) -> None:
        name = type(node).__name__
        if name in _TESTS:
            return
        visit = getattr(self, f"_{name.lower()}", None)
        if visit is not None:
            visit(node, region)
        else:
            self._all(node.iter_child_nodes(), region)

    def _templatedata(self, node: "nodes.TemplateData", region: Region) -> None:
        region.pieces.append(Piece("text", node.data))

    def _const(self, node: "nodes.Const", region: Region) -> None:
        if isinstance(node.value, str):
            region.pieces.append(Piece("text", node.value))

    def _name(self, node: "nodes.Name", region: Region) -> None:
        if node.name == "eos_token":
            region.pieces.append(Piece("eos"))
        elif node.name in self.contents:
            region.pieces.append(Piece("content"))

    def _getattr(self, node: "nodes.Getattr", region: Region) -> None:
        if node.attr == "content":
            region.pieces.append(Piece("content"))
        else:
            self._one(node.node, region)

    def _getitem(self, node: "nodes.Getitem", region: Region) -> None:
        if getattr(node.arg, "value", None) in ("content", "text"):
            region.pieces.append(Piece("content"))
        else:
            self._one(node.node, region)

    def _call(self, node: "nodes.Call", region: Region) -> None:
        """Arguments of methods (`content.split("x")`) are not written; those of macros may be."""
        called = getattr(node.node, "name", None)
        if called == "raise_exception":
            return
        self._one(node.node, region)
        if called is not None:
            self._all(node.args, region)

    def _filter(self, node: "nodes.Filter", region: Region) -> None:
        if node.node is not None:
            self._one(node.node, region)

    def _condexpr(self, node: "nodes.CondExpr", region: Region) -> None:
        self._all([part for part in (node.expr1, node.expr2) if part is not None], region)

    def _assign(self, node: "nodes.Assign", region: Region) -> None:
        self._hold([node.node], node.target, region)

    def _assignblock(self, node: "nodes.AssignBlock", region: Region) -> None:
        self._hold(node.body, node.target, region)

    def _hold(self, values: "list[nodes.Node]", into: "nodes.Node", region: Region) -> None:
        """A variable that holds a content is one; the content is written where the name stands,
        unless its end is put around it already here."""
        before = len(region.pieces)
        self._all(values, region)
        added = region.pieces[before:]
        if not any(piece.sort == "content" for piece in added):
            return
        target = getattr(into, "name", None)
        if isinstance(target, str):
            self.contents.add(target)
            if not any(piece.sort == "eos" or _marked(piece.text) for piece in added):
                del region.pieces[before:]

    def _macro(self, node: "nodes.Macro", region: Region) -> None:
        self._all(node.body, self._open("", region.parent))

    def _for(self, node: "nodes.For", region: Region) -> None:
        """A loop over a message's parts writes its content; another one opens turns."""
        over = Region("")
        self._one(node.iter, over)
        if any(piece.sort == "content" for piece in over.pieces):
            region.pieces.append(Piece("content"))
            self._all(node.body, region)
        else:
            self._all(node.body, region if region.role else self._open("", None))
        self._all(node.else_, region)

    def _if(self, node: "nodes.If", region: Region) -> None:
        inside = len(self.regions)
        asked: set[str] = set()
        for branch in (node, *node.elif_):
            roles, other = _roles(branch.test)
            asked |= roles
            if "add_generation_prompt" not in _names(branch.test):
                self._branch(branch.body, roles, region)
            asked |= {"user"} if other == "assistant" else set()
        rest = {"assistant"} if "user" in asked and not asked & {"assistant", "model"} else set()
        self._branch(node.else_, rest, region)
        for opened in self.regions[inside:]:
            if opened.parent is region:
                opened.resumes_at = len(region.pieces)

    def _branch(self, body: "list[nodes.Node]", roles: set[str], region: Region) -> None:
        role = "assistant" if roles & {"assistant", "model"} else min(roles, default="")
        if not role or role == region.role:
            self._all(body, region)
            return
        self._all(body, self._open(role, region))


def _marked(text: str) -> bool:
    """Whether a text may hold a marker, those around reasoning aside."""
    return any(sign in _THOUGHT.sub("", text) for sign in "<[")


def _roles(test: "nodes.Node") -> tuple[set[str], str]:
    """The roles a test asks for, and the one it excludes; none where it is turned around."""
    from jinja2 import nodes

    if isinstance(test, nodes.Not) or test.find(nodes.Not) is not None:
        return set(), ""
    found: set[str] = set()
    excluded = ""
    compares = [test] if isinstance(test, nodes.Compare) else list(test.find_all(nodes.Compare))
    for compare in compares:
        for operand in compare.ops:
            named = set(_strings(operand.expr)) & _ROLES
            if operand.op == "ne":
                excluded = next(iter(named), excluded)
            elif operand.op in ("eq", "in"):
                found |= named
    return found, excluded


def _strings(node: "nodes.Node") -> Iterator[str]:
    from jinja2 import nodes

    constants = [node] if isinstance(node, nodes.Const) else node.find_all(nodes.Const)
    yield from (one.value for one in constants if isinstance(one.value, str))


def _names(node: "nodes.Node") -> set[str]:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return {node.name}
    return {one.name for one in node.find_all(nodes.Name)}
