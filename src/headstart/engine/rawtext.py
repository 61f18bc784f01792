"""Raw text: cut into windows of the context, and how many bits a model needs for it."""

import math
from collections.abc import Iterator, Sequence

from transformers import PreTrainedModel

from headstart.engine.render import Rendered, Renderer
from headstart.engine.score import Tokens, likelihoods


def windows(whole: Rendered, size: int) -> Iterator[Rendered]:
    """Raw text in windows of at most `size` tokens; each but the first is given one token."""
    step = max(1, size - 1)
    for start in range(0, max(1, len(whole.ids) - 1), step):
        ids = whole.ids[start : start + size]
        trained = (False,) + (True,) * (len(ids) - 1) if start else whole.trained[:size]
        if len(ids) > 1:
            yield Rendered(ids, trained)


def text_bits(
    model: PreTrainedModel, renderer: Renderer, texts: Sequence[Rendered], size: int
) -> list[float]:
    """Bits of every token of each text, its end left out.

    Without a begin id the first token follows a document end.

    Args:
        model: in evaluation mode.
        renderer: rendered the texts.
        texts: whole documents.
        size: most tokens of a window.
    """
    owners: list[int] = []
    items: list[tuple[Tokens, Tokens]] = []
    for owner, whole in enumerate(texts):
        head = whole.trained.index(True)
        ids = whole.ids[: -renderer.end_length()]
        if head == 0:
            ids, head = (renderer.end_id(), *ids), 1
        for part in windows(Rendered(ids, tuple(i >= head for i in range(len(ids)))), size):
            given = part.trained.index(True)
            items.append((part.ids[:given], part.ids[given:]))
            owners.append(owner)
    bits = [0.0] * len(texts)
    for owner, values in zip(owners, likelihoods(model, items), strict=True):
        bits[owner] -= sum(values) / math.log(2)
    return bits
