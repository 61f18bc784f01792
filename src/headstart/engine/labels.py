"""The best of many labels without computing them all: an exact best-first search on a trie.

A label's log-probability only falls as tokens are added, so a node's value bounds every
label below it. Nodes are opened from the most promising down, and the search ends when no
open node can beat the best finished label: the same pick as scoring every label in full.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.score import Tokens, grow_prompts
from headstart.engine.tree import Tree, log_normalizers

WIDTH = 3
"""Nodes opened per item and pass; any width gives the same pick."""
REACH = 4.0
"""Nats behind the best open node within which a node is opened in the same pass."""


@dataclass
class Node:
    """A trie node: an edge of one or more tokens, and what may follow."""

    edge: Tokens
    children: dict[int, "Node"] = field(default_factory=dict)
    label: int | None = None
    """The label that is complete here (its end token closes the edge)."""


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

    def pop(self) -> list[tuple[float, Node, int]]:
        """The next nodes to open; none when the best finished label cannot be beaten."""
        floor = self.best.logprob if self.best else float("-inf")
        self.open = sorted((o for o in self.open if o[0] >= floor), key=lambda o: -o[0])
        taken = [o for o in self.open[:WIDTH] if o[0] >= self.open[0][0] - REACH]
        self.open = self.open[len(taken) :]
        return taken

    def finish(self, label: int, logprob: float) -> None:
        """Keep the better label; on equality the earlier."""
        if self.best is None or (logprob, -label) > (self.best.logprob, -self.best.label):
            self.best = Pick(label, logprob)


def build_trie(labels: Sequence[Tokens]) -> Node:
    """Fold label token sequences, each closed by its end token, into a compressed trie.

    No sequence may be a prefix of another, which the end token guarantees.
    """
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
    if common == len(tokens) == len(child.edge):
        return
    if common < len(child.edge):
        lower = Node(child.edge[common:], child.children, child.label)
        child.edge, child.label = child.edge[:common], None
        child.children = {lower.edge[0]: lower}
    _insert(child, tokens[common:], label)


def best_labels(
    model: PreTrainedModel, prompts: Sequence[Tokens], labels: Sequence[Tokens]
) -> list[Pick]:
    """For each prompt the label with the highest log-probability.

    Args:
        model: on its device, in evaluation mode.
        prompts: token ids, at least one each.
        labels: token ids of each label, closed by the end token.
    """
    trie = build_trie(labels)
    picks: list[Pick | None] = [None] * len(prompts)
    for pack, tree, segments, logits in grow_prompts(model, prompts, max(map(len, labels))):
        searches = [_Search([]) for _ in pack]
        norms = log_normalizers(logits)
        _branch(searches, [trie] * len(pack), segments, [0.0] * len(pack), logits, norms)
        _search(tree, searches)
        for i, search in zip(pack, searches, strict=True):
            # where logits are not finite no label is best; its log-probability says so
            picks[i] = search.best or Pick(0, math.nan)
    return [p for p in picks if p is not None]


def _search(tree: Tree, searches: Sequence[_Search]) -> None:
    while opened := [(s, *o) for s in searches for o in s.pop()]:
        opened.sort(key=lambda o: o[2].label is not None)
        chunks = [n.edge[:-1] if n.label is not None else n.edge for _, _, n, _ in opened]
        segments, logits = tree.extend(
            [segment for *_, segment in opened],
            chunks,
            range(sum(map(len, chunks))),
            lasting=sum(n.label is None for _, _, n, _ in opened),
        )
        norms = log_normalizers(logits)
        inner, position = [], 0
        for (search, bound, node, _), segment, chunk in zip(opened, segments, chunks, strict=True):
            rows = torch.arange(position, position + len(node.edge) - 1)
            wanted = torch.tensor(node.edge[1:], dtype=torch.long)
            value = bound + float((logits[rows, wanted].float() - norms[rows]).sum())
            position += len(chunk)
            if node.label is not None:
                search.finish(node.label, value)
            else:
                inner.append((search, node, segment, value, position - 1))
        if inner:
            _branch(
                [s for s, *_ in inner],
                [n for _, n, *_ in inner],
                [g for *_, g, _, _ in inner],
                [v for *_, v, _ in inner],
                logits[[row for *_, row in inner]],
                norms[[row for *_, row in inner]],
            )


def _branch(
    searches: Sequence[_Search],
    nodes: Sequence[Node],
    segments: Sequence[int],
    values: Sequence[float],
    logits: Tensor,
    norms: Tensor,
) -> None:
    """Open the children of computed nodes: their first token's log-probability is known."""
    for search, node, segment, value, row, norm in zip(
        searches, nodes, segments, values, logits, norms, strict=True
    ):
        firsts = list(node.children)
        for first, logprob in zip(firsts, (row[firsts].float() - norm).tolist(), strict=True):
            child = node.children[first]
            if child.label is not None and len(child.edge) == 1:
                search.finish(child.label, value + logprob)
            else:
                search.open.append((value + logprob, child, segment))
