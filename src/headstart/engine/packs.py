"""How the examples of a step lie together: packs of like length behind a shared beginning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from headstart.engine.groups import Reading, Whole
from headstart.engine.prefixes import shared_prefix
from headstart.engine.render import Rendered
from headstart.engine.tree import (
    NO_PATH,
    Segment,
    cut,
    make_groups,
    make_root,
    order_of,
)


def packs(
    examples: Sequence[Rendered], budget: int, *, shared: bool = True
) -> Iterator[list[Rendered]]:
    """Cut a batch into packs of about `budget` tokens, examples of like length together.

    Where beginnings are `shared`, what all examples begin with is computed once a pack, so it
    counts once.
    """
    common = _common(examples) if shared else 0
    ordered = sorted(examples, key=lambda e: len(e.ids))
    for part in cut([len(e.ids) - common for e in ordered], budget - common):
        yield [ordered[at] for at in part]


def _common(examples: Sequence[Rendered]) -> int:
    """Tokens that all examples begin with, up to where the first is trained."""
    return shared_prefix([e.ids for e in examples], min(_first_trained(e) for e in examples) - 1)


def _first_trained(example: Rendered) -> int:
    return example.trained.index(True, 1)


@dataclass
class Row:
    """A pack as one row of tokens: the prefix all examples share, then what follows it."""

    prefix: int
    ids: list[int]
    positions: list[int]
    segments: list[Segment]
    keep: list[int]
    """Rows whose next-token logits are wanted."""
    targets: list[int]
    """The tokens that follow them."""

    def how(self, model: PreTrainedModel) -> Reading | Whole:
        """What each segment attends to, in the form that suits the device."""
        if takes_whole_rows(model):
            owners, positions = (
                torch.tensor(x, device=model.device) for x in (self.owners(), self.positions)
            )
            return Whole(owners, positions)
        groups = make_groups(self.segments, 0, model.device)
        if self.prefix:
            groups.insert(0, make_root(self.prefix, model.device))
        return Reading(groups, order_of(groups, len(self.ids)), self.prefix)

    def owners(self) -> list[int]:
        """For each token the number of its example, from 1; 0 in the prefix."""
        lengths = enumerate((s.length for s in self.segments), start=1)
        return [0] * self.prefix + [number for number, n in lengths for _ in range(n)]


def takes_whole_rows(model: PreTrainedModel) -> bool:
    """Whether training attends under one mask over the row: on GPUs, unless scores are capped."""
    config = model.config.get_text_config()
    return model.device.type == "cuda" and not getattr(config, "attn_logit_softcapping", None)


def lay_out(pack: Sequence[Rendered], multiple: int = 1) -> Row:
    """Lay the pack's examples behind their common prefix; the loss never falls within it.

    The row's length is made a `multiple` by repeating the last tokens of the shortest examples,
    which nothing sees and nothing is predicted from.
    """
    prefix = _common(pack)
    row = Row(prefix, list(pack[0].ids[:prefix]), list(range(prefix)), [], [], [])
    # nothing is predicted from the last trained token or from what follows it
    ends = [max(i for i, trained in enumerate(e.trained) if trained) for e in pack]
    vain = _levelled([end - prefix for end in ends], multiple, prefix)
    for example, end, more in zip(pack, ends, vain, strict=True):
        first = len(row.ids)
        row.segments.append(Segment(first, end - prefix + more, prefix, NO_PATH))
        row.ids += [*example.ids[prefix:end], *[example.ids[end - 1]] * more]
        row.positions += [*range(prefix, end), *[end - 1] * more]
        for position in range(1, len(example.ids)):
            if example.trained[position]:
                row.keep.append(first - prefix + position - 1)
                row.targets.append(example.ids[position])
    return row


def _levelled(lengths: Sequence[int], multiple: int, prefix: int) -> list[int]:
    """Tokens to add to each length, the shortest first, until all with the prefix are a multiple.

    Segments that attend together are padded to one length, so the shortest cost nothing.
    """
    added = [0] * len(lengths)
    for _ in range(-(prefix + sum(lengths)) % multiple):
        added[min(range(len(lengths)), key=lambda i: lengths[i] + added[i])] += 1
    return added
