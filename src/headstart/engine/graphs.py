"""Training passes on a GPU, recorded once and replayed.

A small model on a GPU spends its time on starting work: some thousand kernels a step, each over
in microseconds. A CUDA graph starts them all at once. It wants the same shapes every time, so
packs are padded a little, and the same steps whatever the pack: one mask over the whole row.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.attention import reading
from headstart.engine.device import Device
from headstart.engine.groups import Whole
from headstart.engine.loss import token_loss
from headstart.engine.packs import Row
from headstart.engine.tree import logits_of
from headstart.errors import first_line

TOKENS = 128
"""Fewest tokens of a padded row."""
KEPT = 32
"""Fewest wanted logits of a padded row."""
OCTAVE = 4
"""Sizes between one power of two and the next: few recordings serve many packs."""
SPARE = 1.6
"""How much larger a recording may be than what is replayed in it: cheaper than a new one."""
WARM_UPS = 2
"""Passes before a recording: libraries make their workspaces when first called."""
ATTEMPTS = 3
"""Recordings that may fail: in a fresh process the first one can, while kernels are loaded."""


@dataclass
class _Inputs:
    """A padded row where the recording reads it."""

    tokens: Tensor
    """[3, tokens] ids, positions and owners."""
    wanted: Tensor
    """[2, rows] where logits are wanted, and the tokens that follow."""
    weights: Tensor
    """[rows] of each token's loss; 0 where it pads."""

    def fill(self, row: Row, targets: int) -> None:
        """Copy `row` in; the loss becomes a share of a batch of so many `targets`."""
        length, count = self.tokens.shape[1], self.wanted.shape[1]
        columns = ((row.ids, 0), (row.positions, 0), (row.owners(), -1))
        tokens = [_padded(values, length, filler) for values, filler in columns]
        self.tokens.copy_(torch.tensor(tokens))
        wanted = [_padded(values, count, 0) for values in (row.keep, row.targets)]
        self.wanted.copy_(torch.tensor(wanted))
        used = len(row.keep)
        self.weights.copy_(torch.tensor([1 / targets] * used + [0.0] * (count - used)))


def _padded(values: Sequence[int], length: int, filler: int) -> list[int]:
    return [*values, *[filler] * (length - len(values))]


@dataclass
class _Recording:
    graph: torch.cuda.CUDAGraph
    inputs: _Inputs
    loss: Tensor
    """Where a replay leaves the pack's share of the batch's loss."""


class Graphs:
    """The passes of one model while it is trained: its weights may change, but not which they are.

    Where a model cannot be recorded (its layers ask for values on the way), its passes are
    computed without.
    """

    def __init__(self, model: PreTrainedModel, device: Device, weights: Sequence[Tensor]) -> None:
        """`weights` are those that are trained; their gradients stay where they are made here."""
        self._model, self._device = model, device
        self._recordings: dict[tuple[int, int], _Recording] = {}
        self._seen: set[tuple[int, int]] = set()
        self._pool = torch.cuda.graph_pool_handle()
        self.failures: list[str] = []
        """Why recordings failed; after `ATTEMPTS` of them none is tried."""
        self._gradients = [torch.zeros_like(weight) for weight in weights]
        for weight, gradient in zip(weights, self._gradients, strict=True):
            weight.grad = gradient

    def clear(self) -> None:
        """Set all gradients to zero."""
        torch._foreach_zero_(self._gradients)

    def backward(self, row: Row, targets: int) -> Tensor:
        """Add a row's gradients; give its share of the mean loss over a batch's `targets`."""
        size = (rounded(len(row.ids), TOKENS), rounded(len(row.keep), KEPT))
        found = self._recordings.get(fitting(size, self._recordings) or size)
        if found is None and size in self._seen and len(self.failures) < ATTEMPTS:
            found = self._record(size, row, targets)
        self._seen.add(size)
        if found is None:
            inputs = self._inputs(size)
            inputs.fill(row, targets)
            return self._pass(inputs)
        found.inputs.fill(row, targets)
        found.graph.replay()
        return found.loss.clone()

    def _record(self, size: tuple[int, int], row: Row, targets: int) -> _Recording | None:
        inputs = self._inputs(size)
        inputs.fill(row, targets)
        kept = [gradient.clone() for gradient in self._gradients]
        try:
            with warnings.catch_warnings():
                # gradients are added up on another stream than they were made for
                warnings.filterwarnings("ignore", message=".*AccumulateGrad.*")
                made = self._recorded(inputs)
        except RuntimeError as error:
            self.failures.append(first_line(error))
            return None
        finally:
            torch._foreach_copy_(self._gradients, kept)
        self._recordings[size] = made
        return made

    def _recorded(self, inputs: _Inputs) -> _Recording:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self._pass(inputs)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # one pool for all: they are replayed one after another, and losses are copied out
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            loss = self._pass(inputs)
        return _Recording(graph, inputs, loss)

    def _inputs(self, size: tuple[int, int]) -> _Inputs:
        tokens, rows = size
        device = self._model.device
        return _Inputs(
            torch.zeros(3, tokens, dtype=torch.long, device=device),
            torch.zeros(2, rows, dtype=torch.long, device=device),
            torch.zeros(rows, device=device),
        )

    def _pass(self, inputs: _Inputs) -> Tensor:
        ids, positions, owners = inputs.tokens
        keep, following = inputs.wanted
        with (
            self._device.autocast(self._model.dtype),
            reading(self._model, Whole(owners, positions)),
        ):
            logits = logits_of(self._model, ids, positions, keep)
            loss = token_loss(logits, following, inputs.weights)
            loss.backward()
        return loss.detach()


def fitting(size: tuple[int, int], recorded: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    """The smallest recorded size that holds `size` with at most `SPARE` of waste in either."""
    fit = [
        r for r in recorded if all(s <= have <= SPARE * s for s, have in zip(size, r, strict=True))
    ]
    return min(fit, default=None)


def rounded(count: int, least: int) -> int:
    """The next size of those that are recorded: `OCTAVE` to a doubling, `least` the smallest."""
    step = max(least, (1 << (count - 1).bit_length()) // (2 * OCTAVE))
    return -(-count // step) * step
