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


def read_alike(copy: PreTrainedModel, model: PreTrainedModel) -> None:
    """A copy is read as its original is, and not tried again."""
    _KNOWN[copy] = reads_segments(model)


def _agrees(model: PreTrainedModel) -> bool:
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), torch.autocast(model.device.type, enabled=False):
            return _gives_the_same(model)
    finally:
        model.train(was_training)


def _gives_the_same(model: PreTrainedModel) -> bool:
    """Compare at two texts of the model's own: on random tokens, rounding in half precision
    drives some models as far off as a wrong mask would.

    Limits: what only shows beyond two dozen tokens is not seen.
    """
    first, second = _own_texts(model)
    root, left, below = first[:6], first[6:14], first[14:]
    right = second[6:]
    try:
        tree = Tree(model, root)
        (parent, _), _ = tree.extend([ROOT, ROOT], [left, right], [0])
        _, found = tree.extend([parent, ROOT], [below, right], range(len(below) + len(right)))
    except (TypeError, ValueError, RuntimeError, AttributeError, KeyError, AssertionError):
        # whatever an architecture objects to, it is read in padded rows
        return False
    wanted, unlike = (
        torch.cat([_last(model, (*r, *left), below), _last(model, r, right)])
        for r in (root, second[-6:])
    )
    if not wanted.isfinite().all():
        # broken weights give the same nothing either way
        return True
    apart = (found.float() - wanted).abs().mean(1) / (unlike - wanted).abs().mean(1)
    return bool(apart.median() <= MOST_APART.get(model.dtype, MOST_APART_ROUNDED))


def _own_texts(model: PreTrainedModel) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two texts of 20 tokens, drawn from the model, that begin with the same 6."""
    draw = torch.Generator().manual_seed(0)
    size = int(model.config.get_text_config().vocab_size)
    rows = [tuple(torch.randint(size, (1,), generator=draw).tolist())]
    while len(rows[0]) < 20:
        if len(rows[0]) == 6:
            rows *= 2
        at = [[len(row) - 1] for row in rows]
        logits = padded_logits(model, rows, at).float().cpu()
        shares = logits.nan_to_num(0.0).softmax(1)
        drawn = torch.multinomial(shares, 1, generator=draw)[:, 0].tolist()
        rows = [(*row, token) for row, token in zip(rows, drawn, strict=True)]
    return rows[0], rows[1]


def _last(model: PreTrainedModel, before: tuple[int, ...], ids: tuple[int, ...]) -> Tensor:
    """Logits [len(ids), vocabulary] at `ids` after `before`, computed plainly."""
    positions = range(len(before), len(before) + len(ids))
    return padded_logits(model, [(*before, *ids)], [positions]).float()
