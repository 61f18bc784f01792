"""The best of many labels without computing them all: an exact best-first search on a trie.

A label's log-probability only falls as tokens are added, so a node's value bounds every
label below it. Nodes are opened from the most promising down, and the search ends when no
open node can beat the best finished label: the same pick as scoring every label in full.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.loss import log_normalizers
from headstart.engine.reader import AnyTree
from headstart.engine.score import Pack, Tokens, logprobs_at, most_rows, read_prompts
from headstart.engine.sizes import sizes_of
from headstart.engine.tree import cut

REACH = 4.0
"""Nats behind the best open node within which a node is opened in the same pass."""


@dataclass
class Node:
    """A trie node: an edge of one or more tokens, and what may follow."""

    edge: Tokens
    children: dict[int, "Node"] = field(default_factory=dict)
    label: int | None = None
    """The label that is complete here; others may continue it."""


@dataclass(frozen=True)
class Pick:
    """The label whose token sequence, end included, is most probable."""

    label: int
    """Index into the labels; the first of equals."""
    logprob: float
    """Natural log-probability of the whole sequence."""


@dataclass
class _Search:
    """One item's search: open nodes with their bounds, and the best finished label."""

    open: list[tuple[float, Node, int]]
    best: Pick | None = None

    def pop(self, most: int) -> list[tuple[float, Node, int]]:
        """The next nodes to open; none when the best finished label cannot be beaten."""
        floor = self.best.logprob if self.best else float("-inf")
        self.open = sorted((o for o in self.open if o[0] >= floor), key=lambda o: -o[0])
        taken = [o for o in self.open[:most] if o[0] >= self.open[0][0] - REACH]
        self.open = self.open[len(taken) :]
        return taken

    def finish(self, label: int, logprob: float) -> None:
        """Keep the better label; on equality the earlier."""
        if self.best is None or (logprob, -label) > (self.best.logprob, -self.best.label):
            self.best = Pick(label, logprob)


def build_trie(labels: Sequence[Tokens]) -> Node:
    """Fold label token sequences into a compressed trie; of equal ones the first counts."""
    root = Node(())
    for number, tokens in enumerate(labels):
        _insert(root, tokens, number)
    return root


def _insert(node: Node, tokens: Tokens, label: int) -> None:
    child = node.children.get(tokens[0])
    if child is None:
        node.children[tokens[0]] = Node(tokens, label=label)
        return
    common = 0
    while common < min(len(child.edge), len(tokens)) and child.edge[common] == tokens[common]:
        common += 1
    if common < len(child.edge):
        lower = Node(child.edge[common:], child.children, child.label)
        child.edge, child.label = child.edge[:common], None
        child.children = {lower.edge[0]: lower}
    if common < len(tokens):
        _insert(child, tokens[common:], label)
    elif child.label is None:
        child.label = label


def best_labels(
    model: PreTrainedModel, prompts: Sequence[Tokens], labels: Sequence[Tokens]
) -> list[Pick]:
    """For each prompt the label with the highest log-probability.

    Args:
        model: on its device, in evaluation mode.
        prompts: token ids, at least one each.
        labels: token ids of each label, at least one each.
    """
    trie = build_trie(labels)
    picks: list[Pick | None] = [None] * len(prompts)
    for pack in read_prompts(model, prompts):
        for i, pick in zip(pack.items, pick_labels(pack, trie), strict=True):
            picks[i] = pick
    return [p for p in picks if p is not None]


def pick_labels(pack: Pack, trie: Node) -> list[Pick]:
    """The best label for each prompt of the pack."""
    searches = [_Search([]) for _ in pack.ends]
    reached = [_Reached(s, trie, end, 0.0) for s, end in zip(searches, pack.ends, strict=True)]
    _branch(reached, pack.logits, pack.norms)
    budget = most_rows(pack.tree.model)
    nodes = sizes_of(pack.tree.model.device).nodes
    width = 1
    while opened := [(s, *o) for s in searches for o in s.pop(width)]:
        width = max(1, nodes // len({id(s) for s, *_ in opened}))
        # nodes that others continue come first: those after them need not be kept
        opened.sort(key=lambda o: not o[2].children)
        for part in cut([len(node.edge) for _, _, node, _ in opened], budget):
            _open(pack.tree, [opened[at] for at in part])
    # where logits are not finite no label is best; its log-probability says so
    return [search.best or Pick(0, math.nan) for search in searches]


_Opened = tuple["_Search", float, Node, int]


def _open(tree: AnyTree, opened: Sequence[_Opened]) -> None:
    """Compute the nodes' edges: their value, and what their children begin with."""
    # an edge's last token matters only to what follows it
    chunks = [n.edge if n.children else n.edge[:-1] for _, _, n, _ in opened]
    segments, logits = tree.extend(
        [segment for *_, segment in opened],
        chunks,
        range(sum(map(len, chunks))),
        lasting=sum(bool(n.children) for _, _, n, _ in opened),
    )
    norms = log_normalizers(logits)
    rows: list[int] = []
    wanted: list[int] = []
    ends: list[int] = []
    position = 0
    for (_, _, node, _), chunk in zip(opened, chunks, strict=True):
        rows += range(position, position + len(node.edge) - 1)
        wanted += node.edge[1:]
        position += len(chunk)
        ends.append(position - 1)
    steps = iter(logprobs_at(logits, norms, rows, wanted))
    reached: list[_Reached] = []
    inner: list[int] = []
    for (search, bound, node, _), segment, end in zip(opened, segments, ends, strict=True):
        value = bound + sum(next(steps) for _ in node.edge[1:])
        if node.label is not None:
            search.finish(node.label, value)
        if node.children:
            reached.append(_Reached(search, node, segment, value))
            inner.append(end)
    if reached:
        _branch(reached, logits[inner], norms[inner])


@dataclass(frozen=True)
class _Reached:
    """A computed node of one item's search, whose children can be opened."""

    search: _Search
    node: Node
    segment: int
    value: float
    """Log-probability of all tokens up to here."""


def _branch(reached: Sequence[_Reached], logits: Tensor, norms: Tensor) -> None:
    """Open the children of computed nodes: their first token's log-probability is known."""
    rows = [i for i, r in enumerate(reached) for _ in r.node.children]
    firsts = [first for r in reached for first in r.node.children]
    steps = iter(logprobs_at(logits, norms, rows, firsts))
    for one in reached:
        for child in one.node.children.values():
            value = one.value + next(steps)
            if child.label is not None and len(child.edge) == 1:
                one.search.finish(child.label, value)
            if child.children or len(child.edge) > 1:
                one.search.open.append((value, child, one.segment))
