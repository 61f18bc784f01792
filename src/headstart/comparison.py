"""The story of `headstart compare`: two checkpoints asked one thing, side by side."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from headstart.checkpoints import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.comparison import (
    CompareMode,
    Comparison,
    NextToken,
    ShiftedToken,
    Spoken,
)
from headstart.domain.reply import Reply
from headstart.domain.task import Message
from headstart.domain.tax import Mode
from headstart.domain.value import NotMeasured
from headstart.engine.device import pick_device
from headstart.engine.load import load
from headstart.engine.shift import token_shifts
from headstart.engine.speak import Speaker
from headstart.errors import RequestError, TemplateMissing
from headstart.forge.world.judging import ANSWER, PROSE, continues_as
from headstart.templates.harmless import require_harmless

ESSAY = "essay"
"""Prose that is longer than an answer."""
ANSWER_UP_TO = 25
"""Words."""

Tokens = tuple[int, ...]


def compare(
    base: str,
    instruct: str,
    prompt: str,
    *,
    mode: CompareMode = CompareMode.AS_INTENDED,
    limit: int = 96,
    samples: int = 0,
    top_k: int = 0,
    shift: bool = False,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    on_text: Callable[[int, str], None] | None = None,
) -> Comparison:
    """Ask both the same and see what each makes of it.

    Args:
        base: the base checkpoint, as `[name=]source`.
        instruct: the other one; it must ship a chat template unless both are given plain text.
        prompt: what to say.
        mode: in which format each is asked.
        limit: most tokens of each reply.
        samples: continuations drawn at temperature 1 and told apart; 0 draws none.
        top_k: how many next tokens to show of each; 0 shows none.
        shift: whether to show the second's words as the first sees them.
        seed: draws continuations.
        device: auto, cpu, cuda or mps.
        precision: auto, bfloat16 or float32.
        on_text: told what 0 (base) or 1 (instruct) has written so far.

    Raises:
        RequestError: the prompt is empty.
        TemplateMissing: the mode needs a template and the second ships none.
        TemplateUnsafe: its template means harm.
        CheckpointError: one of them cannot be found or read.
    """
    if not prompt.strip():
        raise RequestError("the prompt is empty", hint='pass --prompt "..."')
    checkpoints = resolve_all([base, instruct])
    template = _template(checkpoints[1], mode)
    if template is not None:
        require_harmless(template, checkpoints[1].source, hint="repair it: headstart template fix")
    found = pick_device(device, precision)
    formats = _formats(mode)
    # raw text that an instruct checkpoint closes with its turn end has stopped, too
    templates = (template if formats[0] is Mode.TEMPLATE else None, template)
    speakers = [Speaker(load(c, found), t) for c, t in zip(checkpoints, templates, strict=True)]
    prompts = [_ids(speaker, how, prompt) for speaker, how in zip(speakers, formats, strict=True)]
    wish = _Wish(limit, samples, top_k, seed)
    spoken, written = [], []
    for place, speaker in enumerate(speakers):
        told = None if on_text is None else _placed(on_text, place)
        said, reply = _say(
            speaker, checkpoints[place].name, formats[place], prompts[place], wish, told
        )
        spoken.append(said)
        written.append(reply)
    return Comparison(
        prompt=prompt,
        mode=mode,
        base=spoken[0],
        instruct=spoken[1],
        shift=_shift(checkpoints, speakers, prompts[1], written[1])
        if shift
        else NotMeasured(why="not asked for (--shift)"),
    )


@dataclass(frozen=True)
class _Wish:
    """What is asked of each besides the prompt."""

    limit: int
    samples: int
    top_k: int
    seed: int


def _say(
    speaker: Speaker,
    name: str,
    mode: Mode,
    prompt: Tokens,
    wish: _Wish,
    on_text: Callable[[str], None] | None,
) -> tuple[Spoken, Reply]:
    (reply,) = speaker.replies([prompt], limit=wish.limit, on_text=on_text)
    likely = speaker.next_tokens(prompt, wish.top_k) if wish.top_k else ()
    spoken = Spoken(
        name=name,
        mode=mode,
        input=speaker.text(prompt),
        text=reply.text,
        stop=reply.stop,
        tokens=len(reply.ids),
        next_tokens=tuple(NextToken(text=text, probability=share) for text, share in likely),
        continuations=_drawn(speaker, prompt, wish),
    )
    return spoken, reply


def _template(instruct: Checkpoint, mode: CompareMode) -> str | None:
    if mode is not CompareMode.SAME_RAW and instruct.chat_template is None:
        raise TemplateMissing(
            f"{instruct.source} has no chat template", hint="pass --mode same-raw"
        )
    return instruct.chat_template


def _formats(mode: CompareMode) -> tuple[Mode, Mode]:
    match mode:
        case CompareMode.AS_INTENDED:
            return Mode.RAW, Mode.TEMPLATE
        case CompareMode.SAME_RAW:
            return Mode.RAW, Mode.RAW
    return Mode.TEMPLATE, Mode.TEMPLATE


def _ids(speaker: Speaker, mode: Mode, prompt: str) -> Tokens:
    if mode is Mode.RAW:
        return speaker.raw(prompt)
    return speaker.chat((Message(role="user", content=prompt),))


def _placed(on_text: Callable[[int, str], None], place: int) -> Callable[[str], None]:
    return lambda text: on_text(place, text)


def _drawn(speaker: Speaker, prompt: Tokens, wish: _Wish) -> dict[str, int]:
    if not wish.samples:
        return {}
    replies = speaker.replies(
        [prompt] * wish.samples, limit=wish.limit, temperature=1.0, seed=wish.seed
    )
    return dict(Counter(_kind(reply.text) for reply in replies).most_common())


def _kind(text: str) -> str:
    """An answer of two short sentences is no essay, whatever a judge of raw text calls it."""
    kind = continues_as(text)
    if kind == PROSE:
        return ESSAY if len(text.split()) > ANSWER_UP_TO else ANSWER
    return kind


def _shift(
    checkpoints: tuple[Checkpoint, ...],
    speakers: list[Speaker],
    prompt: Tokens,
    reply: Reply,
) -> tuple[ShiftedToken, ...] | NotMeasured:
    if checkpoints[0].tokenizer_fingerprint != checkpoints[1].tokenizer_fingerprint:
        return NotMeasured(why="the vocabularies differ, so ranks cannot be compared")
    base, instruct = (speaker.loaded.model for speaker in speakers)
    (found,) = token_shifts(instruct, base, [(prompt, reply.ids)])
    return tuple(
        ShiftedToken(text=speakers[1].text([i]), rank=one.rank, bits=one.kl_bits)
        for i, one in zip(reply.ids, found, strict=True)
    )
