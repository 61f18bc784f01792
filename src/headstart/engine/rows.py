"""Were a token's embedding rows ever trained? A loaded model's, on the scale of `row_scale`."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from headstart.domain.evidence import TokenRow
from headstart.domain.value import NotMeasured
from headstart.engine.row_scale import (
    Candidates,
    Numbers,
    find_scale,
    ordinary_sample,
    says_unused,
)


def token_rows(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]
) -> dict[int, TokenRow] | NotMeasured:
    """How far each token's input row lies from the centre of never-used rows.

    Returns:
        For each id its row, `untrained` among the never-used ones. NotMeasured where the
        vocabulary has too few never-used rows, or they scatter as widely as ordinary ones.

    Limits: rows that decay or drift without ever being used count as unused all the same.
    """
    table: Tensor = model.get_input_embeddings().weight  # type: ignore[assignment]

    def read(numbers: Sequence[int]) -> Numbers:
        chosen = torch.tensor(list(numbers), dtype=torch.long, device=table.device)
        found: Numbers = table[chosen].detach().float().cpu().numpy()
        return found

    scale = find_scale("the embedding", read, _candidates(tokenizer, len(table), set(ids)))
    if isinstance(scale, NotMeasured):
        return scale
    found = {}
    for number, row in zip(ids, read(ids), strict=True):
        distance = scale.distance(row)
        found[number] = TokenRow(
            token=str(tokenizer.convert_ids_to_tokens(number)),
            id=number,
            table="input",
            distance=distance,
            position=scale.position(distance),
            state=scale.state(distance),
        )
    return found


def row_distances(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]
) -> dict[int, float] | NotMeasured:
    """The distances alone; see `token_rows`.

    Returns:
        For each id its distance over the median distance of the unused rows themselves:
        about 1 for a row that was never trained, far above for one that was.
    """
    found = token_rows(model, tokenizer, ids)
    if isinstance(found, NotMeasured):
        return found
    return {number: row.distance for number, row in found.items()}


def _candidates(tokenizer: PreTrainedTokenizerBase, rows: int, tested: set[int]) -> Candidates:
    vocabulary = tokenizer.get_vocab()
    named = {number for text, number in vocabulary.items() if says_unused(text.encode())}
    added = set(tokenizer.added_tokens_decoder)
    return Candidates(
        named=sorted(number for number in named - tested if number < rows),
        beyond=[number for number in range(len(tokenizer), rows) if number not in tested],
        control=sorted(number for number in added - tested if number < rows),
        ordinary=ordinary_sample(min(len(tokenizer), rows), named | added),
    )
