"""Both models before each token of one reply: what each would have written there."""

from collections.abc import Iterator

import torch
from torch import Tensor

from headstart.domain.pane import Candidate, Position, drift_of
from headstart.engine.device import deterministic
from headstart.engine.pieces import pieces
from headstart.engine.score import Tokens
from headstart.engine.shift import compare_logits, replay
from headstart.engine.speak import Speaker


def positions(
    instruct: Speaker, base: Speaker, context: Tokens, written: Tokens, top: int
) -> tuple[Position, ...]:
    """Every token of a reply with the `top` most probable tokens of both models before it.

    Args:
        instruct: wrote it.
        base: of the same vocabulary.
        context: ids that both read before it.
        written: the reply's ids, at least one.
        top: candidates to name for each model.

    Raises:
        ValueError: the vocabularies differ in size.
    """
    models = (instruct.loaded.model, base.loaded.model)
    with deterministic(), instruct.loaded.device.autocast(models[0].dtype):
        ours, theirs = (replay(model, [(context, written)]) for model in models)
        if ours.shape != theirs.shape:
            raise ValueError("the vocabularies differ in size")
        tokens = torch.tensor(written, device=ours.device)
        shifts = list(compare_logits(ours, theirs, tokens))
    said = pieces(instruct.loaded.tokenizer, written)
    own, other = (_seen(instruct, logits, written, top) for logits in (ours, theirs))
    return tuple(
        Position(
            text=piece.text,
            special=piece.special,
            rank=shift.rank,
            probability=seen[1],
            own_rank=mine[0],
            own_probability=mine[1],
            bits=shift.kl_bits,
            drift=drift_of(shift.rank),
            base=seen[2],
            instruct=mine[2],
        )
        for piece, shift, mine, seen in zip(said, shifts, own, other, strict=True)
    )


def _seen(
    speaker: Speaker, logits: Tensor, written: Tokens, top: int
) -> Iterator[tuple[int, float, tuple[Candidate, ...]]]:
    """Row by row: rank and probability of what was written, and the most probable tokens."""
    decode = speaker.loaded.tokenizer.decode
    for row, token in zip(logits, written, strict=True):
        shares = torch.softmax(row.float(), 0)
        best = torch.topk(shares, min(top, len(shares)))
        candidates = tuple(
            Candidate(text=str(decode([i])), rank=place, probability=min(1.0, float(share)))
            for place, (i, share) in enumerate(
                zip(best.indices.tolist(), best.values.tolist(), strict=True), start=1
            )
        )
        rank = int((row > row[token]).sum()) + 1
        yield rank, min(1.0, float(shares[token])), candidates
