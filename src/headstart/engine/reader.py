"""How a model is read: in segments where it can be, else in padded rows; found by trying."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.padded import PaddedTree, padded_logits
from headstart.engine.tree import ROOT, Tree

AnyTree = Tree | PaddedTree

MOST_APART = {torch.float32: 1e-3}
"""Most that logits read in segments may differ from plain ones, as a share of the difference
that another root makes."""
MOST_APART_ROUNDED = 0.25
"""The same in half precision: rounding gives up to a tenth, a wrong mask one or more."""

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
    """Compare at random tokens. Limits: what only shows beyond a few dozen tokens is not seen."""
    size = int(model.config.get_text_config().vocab_size)
    draw = torch.Generator().manual_seed(0)
    root, other, left, right, below = (
        tuple(torch.randint(size, (n,), generator=draw).tolist()) for n in (6, 6, 9, 5, 3)
    )
    try:
        tree = Tree(model, root)
        (parent, _), _ = tree.extend([ROOT, ROOT], [left, right], [0])
        _, found = tree.extend([parent, ROOT], [below, right], range(len(below) + len(right)))
    except (TypeError, ValueError, RuntimeError, AttributeError, KeyError, AssertionError):
        # whatever an architecture objects to, it is read in padded rows
        return False
    wanted, unlike = (
        torch.cat([_last(model, (*r, *left), below), _last(model, r, right)]) for r in (root, other)
    )
    apart = (found.float() - wanted).abs().mean() / (unlike - wanted).abs().mean()
    return bool(apart <= MOST_APART.get(model.dtype, MOST_APART_ROUNDED))


def _last(model: PreTrainedModel, before: tuple[int, ...], ids: tuple[int, ...]) -> Tensor:
    """Logits [len(ids), vocabulary] at `ids` after `before`, computed plainly."""
    positions = range(len(before), len(before) + len(ids))
    return padded_logits(model, [(*before, *ids)], [positions]).float()
