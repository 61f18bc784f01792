"""How a model is read: in segments where it can be, else in padded rows; found by trying."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from transformers import PreTrainedModel

from headstart.engine.padded import PaddedTree, padded_logits
from headstart.engine.tree import ROOT, Tree

AnyTree = Tree | PaddedTree

MOST_APART = {torch.float32: 1e-3}
"""Largest distance of logits read in segments, relative to their spread over the vocabulary."""
MOST_APART_ROUNDED = 0.05
"""The same in half precision, where rounding alone gives about a hundredth."""

_KNOWN: "WeakKeyDictionary[PreTrainedModel, bool]" = WeakKeyDictionary()


def plant(model: PreTrainedModel, root: Sequence[int] = ()) -> AnyTree:
    """A tree whose segments all continue `root`, computed as `model` allows."""
    return Tree(model, root) if reads_segments(model) else PaddedTree(model, root)


def reads_segments(model: PreTrainedModel) -> bool:
    """Whether `model` gives the same logits in segments as in separate rows; tried once."""
    if model not in _KNOWN:
        _KNOWN[model] = _agrees(model)
    return _KNOWN[model]


def _agrees(model: PreTrainedModel) -> bool:
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), torch.autocast(model.device.type, enabled=False):
            return _gives_the_same(model)
    finally:
        model.train(was_training)


def _gives_the_same(model: PreTrainedModel) -> bool:
    size = int(model.config.get_text_config().vocab_size)
    draw = torch.Generator().manual_seed(0)
    root, left, right, below = (
        tuple(torch.randint(size, (n,), generator=draw).tolist()) for n in (6, 9, 5, 3)
    )
    try:
        tree = Tree(model, root)
        (parent, _), _ = tree.extend([ROOT, ROOT], [left, right], [0])
        _, logits = tree.extend([parent, ROOT], [below, right], [2, 3 + len(right) - 1])
    except (TypeError, ValueError, RuntimeError, AttributeError, KeyError, AssertionError):
        # whatever an architecture objects to, it is read in padded rows
        return False
    paths = [(*root, *left, *below), (*root, *right)]
    plain = torch.cat([padded_logits(model, [path], [[len(path) - 1]]) for path in paths])
    plain, logits = plain.float(), logits.float()
    spread = plain.std(1, keepdim=True)
    apart = ((logits - plain).abs().mean(1, keepdim=True) / spread).max()
    return bool(apart <= MOST_APART.get(model.dtype, MOST_APART_ROUNDED))
