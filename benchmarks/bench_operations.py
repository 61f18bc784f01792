"""How many floating-point operations one LoRA training step must do, part by part.

A multiplication with its addition counts as two. Only matrix products count: no elementwise
work, no normalisation, no softmax, no optimiser. Nothing counts that could be left out without
changing the update, whether or not an implementation leaves it out:

- A sequence's last token predicts nothing and nobody sees it: of `length` tokens, `length - 1`
  are computed.
- Frozen linear layers take two operations per weight and token forward, and two for the
  gradient of their input. The gradient of their weights is not needed. Nor is the gradient of
  the input of the first layer's query, key and value: below it lies no adapter.
- Of the last layer only keys and values are needed at every token. Queries, attention's output
  and the feed-forward block are needed at the positions that predict a trained token.
- An adapter of rank r costs r * (in + out) multiplications per token forward; backward, the
  gradients of its two factors take as many again, and those of its input and its inner
  activation as many once more: three times two operations in all.
- Attention: a query and a key that it may see are multiplied in two products forward (scores,
  and their mixture of values) and in four backward. Masked pairs do not count, nor does
  computing the scores again.
- The head is applied forward, and backward to its input, at the positions that predict a
  trained token, and nowhere else.
"""

import re
from dataclasses import dataclass

from torch import nn
from transformers import PreTrainedModel

FIRST_INPUT = ("q_proj", "k_proj", "v_proj")
EVERYWHERE = ("k_proj", "v_proj")
"""The last layer's linear layers that are needed at every token."""


@dataclass(frozen=True)
class Batch:
    """Sequences of equal length without anything in common, trained at their ends."""

    sequences: int
    length: int
    """Tokens of each sequence."""
    trained: int
    """How many of them, at the end, the loss is taken on."""

    @property
    def inputs(self) -> int:
        """Tokens of a sequence that must be computed."""
        return self.length - 1


@dataclass(frozen=True)
class Linear:
    """One frozen linear layer under an adapter."""

    name: str
    layer: int
    inputs: int
    outputs: int


def operations(model: PreTrainedModel, rank: int, batch: Batch) -> dict[str, float]:
    """Operations of one step by part: `linear layers`, `adapters`, `attention`, `head`.

    Raises:
        ValueError: a sliding window is shorter than the sequences, which is not counted here.
    """
    config = model.config.get_text_config()
    layers = config.num_hidden_layers
    linear = adapters = 0
    for each in linears(model):
        last = each.layer == layers - 1 and each.name not in EVERYWHERE
        first = each.layer == 0 and each.name in FIRST_INPUT
        tokens = batch.trained if last else batch.inputs
        linear += tokens * (2 if first else 4) * each.inputs * each.outputs
        adapters += tokens * 6 * rank * (each.inputs + each.outputs)
        adapters -= tokens * 2 * rank * each.inputs if first else 0
    head = model.get_output_embeddings().weight.numel() * 4 * batch.trained
    found = {
        "linear layers": linear,
        "adapters": adapters,
        "attention": _attention(config, batch),
        "head": head,
    }
    return {part: float(count * batch.sequences) for part, count in found.items()}


def _attention(config: object, batch: Batch) -> int:
    """Of one sequence, forward and backward."""
    window = getattr(config, "sliding_window", None)
    if window is not None and window < batch.length:
        raise ValueError(f"a sliding window of {window} is shorter than {batch.length} tokens")
    layers, heads = config.num_hidden_layers, config.num_attention_heads  # type: ignore[attr-defined]
    width = getattr(config, "head_dim", None) or config.hidden_size // heads  # type: ignore[attr-defined]
    every = batch.inputs * (batch.inputs + 1) // 2
    before = batch.inputs - batch.trained
    trained = every - before * (before + 1) // 2
    products = 2 + 4
    return 2 * products * width * heads * ((layers - 1) * every + trained)


def linears(model: PreTrainedModel) -> list[Linear]:
    """Every linear layer that gets an adapter, in order."""
    found = []
    for name, module in model.named_modules():
        place = re.search(r"layers\.(\d+)\.", name)
        if place and isinstance(module, nn.Linear):
            shape = module.in_features, module.out_features
            found.append(Linear(name.rpartition(".")[2], int(place[1]), *shape))
    return found
