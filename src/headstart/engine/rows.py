"""Were a token's embedding rows ever trained? Compare them with rows nobody ever used."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from headstart.domain.value import NotMeasured

UNTRAINED_BELOW = 2.0
"""Distances up to this many times the unused rows' own are called untrained."""
_UNUSED = re.compile(r"(?i)unused|reserved|\bpad\d|extra_id|dummy")


def row_distances(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]
) -> dict[int, float] | NotMeasured:
    """How far each token's input row lies from the centre of never-used rows.

    Returns:
        For each id its distance over the median distance of the unused rows themselves:
        about 1 for a row that was never trained, far above for one that was.
        NotMeasured where the vocabulary has fewer than 8 rows known to be unused.

    Limits: rows that decay or drift without ever being used count as unused all the same.
    """
    table: Tensor = model.get_input_embeddings().weight  # type: ignore[assignment]
    named = [i for t, i in tokenizer.get_vocab().items() if _UNUSED.search(t)]
    beyond = range(len(tokenizer), table.shape[0])
    unused = sorted({i for i in (*named, *beyond) if i < table.shape[0]} - set(ids))[:512]
    if len(unused) < 8:
        return NotMeasured(why=f"only {len(unused)} rows are known to be unused")
    rows = table[torch.tensor(unused, device=table.device)].float()
    centre = rows.mean(0)
    own = (rows - centre).norm(dim=1).median().clamp_min(1e-12)
    return {i: float((table[i].float() - centre).norm() / own) for i in ids}
