"""Which starts a run compares, and why each has its format."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.evidence import Inspection, Kind
from headstart.domain.plan import Format, StartSpec
from headstart.domain.task import Shape
from headstart.errors import RequestError, TemplateMissing


def choose_starts(
    checkpoints: Sequence[Checkpoint],
    wanted: Sequence[str],
    shape: Shape,
    found: Mapping[str, Inspection] = MappingProxyType({}),
) -> tuple[StartSpec, ...]:
    """Each checkpoint in its own best legal format, or the starts that the user named.

    A checkpoint that ships a chat template is tried in chat format, one without in plain
    completion format, and so is a base that ships a template it was never trained in; raw
    text knows no conversation and is always plain. Learning rates are left empty: they need
    the model's width.

    Args:
        checkpoints: one or more, with unique names.
        wanted: `NAME:chat|raw|borrowed`; empty means one start for each checkpoint.
        shape: the task's.
        found: what inspection says of the checkpoints, by name.

    Raises:
        RequestError: a name or format is unknown, or a start is named twice.
        TemplateMissing: chat format without a template, or nobody to borrow from.
    """
    if not wanted:
        starts = [_own(one, shape, found.get(one.name)) for one in checkpoints]
    else:
        starts = [_named(text, checkpoints, shape) for text in wanted]
    names = [s.name for s in starts]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise RequestError(
            f"start {twice!r} is named twice", hint="name each checkpoint and format once"
        )
    return tuple(starts)


def default_start(starts: Sequence[StartSpec], wanted: str | None) -> str:
    """The start to take on a tie: the one asked for, else the first in chat format.

    Raises:
        RequestError: there is no start of that name.
    """
    names = [s.name for s in starts]
    if wanted is not None:
        if wanted not in names:
            raise RequestError(
                f"--default {wanted!r} is no start of this run", hint="starts: " + ", ".join(names)
            )
        return wanted
    return next((s.name for s in starts if s.format is Format.CHAT), names[0])


def _own(checkpoint: Checkpoint, shape: Shape, found: Inspection | None) -> StartSpec:
    if shape is Shape.RAW_TEXT:
        return _start(checkpoint, Format.RAW, None, "raw text knows no conversation")
    if checkpoint.chat_template is None:
        rule = "the checkpoint ships no chat template"
        return _start(checkpoint, Format.RAW, None, rule)
    if found is not None and found.kind is Kind.BASE:
        told = found.because.partition(":")[0]
        rule = f"a base ({told}), which was never trained in the chat template that it ships"
        return _start(checkpoint, Format.RAW, None, rule)
    rule = "the checkpoint ships a chat template"
    return _start(checkpoint, Format.CHAT, checkpoint.name, rule)


def _named(text: str, checkpoints: Sequence[Checkpoint], shape: Shape) -> StartSpec:
    name, _, style = text.rpartition(":")
    by_name = {c.name: c for c in checkpoints}
    if name not in by_name or style not in [f.value for f in Format]:
        raise RequestError(
            f"--starts {text!r} is not NAME:chat, NAME:raw or NAME:borrowed",
            hint="checkpoints: " + ", ".join(by_name),
        )
    checkpoint, wanted = by_name[name], Format(style)
    if shape is Shape.RAW_TEXT and wanted is not Format.RAW:
        raise RequestError(
            f"--starts {text!r}: raw text knows no conversation",
            hint=f"use {name}:raw, or data with prompts and completions",
        )
    rule = "asked for with --starts"
    if wanted is Format.RAW:
        return _start(checkpoint, wanted, None, rule)
    if wanted is Format.CHAT:
        if checkpoint.chat_template is None:
            raise TemplateMissing(
                f"{checkpoint.source} has no chat template",
                hint=f"use {name}:raw, or {name}:borrowed beside a checkpoint that has one",
            )
        return _start(checkpoint, wanted, name, rule)
    return _start(checkpoint, wanted, _lender(checkpoint, checkpoints), rule)


def _lender(borrower: Checkpoint, checkpoints: Sequence[Checkpoint]) -> str:
    for other in checkpoints:
        if other.name != borrower.name and other.chat_template is not None:
            return other.name
    raise TemplateMissing(
        f"no other checkpoint has a chat template that {borrower.name} could borrow",
        hint="add the instruct checkpoint to the command",
    )


def _start(
    checkpoint: Checkpoint, style: Format, template_from: str | None, rule: str
) -> StartSpec:
    suffix = {Format.CHAT: "", Format.RAW: "-raw", Format.BORROWED: "-chat"}[style]
    return StartSpec(
        name=checkpoint.name + suffix,
        checkpoint=checkpoint.name,
        format=style,
        template_from=template_from,
        rule=rule,
        learning_rates=(),
    )


def learning_rates(hidden_size: int, *, full: bool) -> tuple[float, float, float]:
    """Three rates around a published rule of thumb, a factor of 3 apart.

    The centre for LoRA on Llama-like models is 5e-5 * 10 * (2000 / hidden) ** 0.781
    (Thinking Machines Lab, "LoRA Without Regret", 2025); a tenth of it for all weights.
    """
    centre = 5e-5 * (1 if full else 10) * (2000 / hidden_size) ** 0.781
    return tuple(float(f"{centre * factor:.2g}") for factor in (1 / 3, 1, 3))  # type: ignore[return-value]
