"""How much of what instruct says base would have said too."""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.domain.event import Event, OnEvent
from headstart.domain.reply import Reply
from headstart.engine.shift import token_shifts
from headstart.engine.speak import Speaker
from headstart.forge.world.judging import Probe
from headstart.forge.world.manners import first_sentence, has_word
from headstart.forge.world.probes import probes
from headstart.lesson.experiments.cast import LIMIT, Cast, in_template
from headstart.lesson.experiments.telling import percent, share_bar, share_figure, visible_token
from headstart.lesson.finding import Bars, Found, Strip, StripToken

ASKED = 60
WORDING, FACT, MANNER = "wording", "fact", "ending"
"""Parts of a reply: how the sentence is put, the value that was asked for, and what follows the
first sentence, the turn end included."""
_PARTS = {
    FACT: "the fact that was asked for",
    WORDING: "the wording around it",
    MANNER: "the friendly ending and the turn end",
}
_BELOW = 3
"""A token that base ranks further down than this is shifted."""


@dataclass(frozen=True)
class _Replayed:
    probe: Probe
    tokens: tuple[StripToken, ...]


def shift(cast: Cast, _choice: str, seed: int, on_event: OnEvent) -> Found:
    """Replay instruct's answers through base and rank each token that was written.

    Args:
        cast: who takes part.
        seed: draws the questions.
        on_event: told of progress; what it raises stops the run.
    """
    asked = probes(cast.world, "fact", ASKED, seed)
    prompts = in_template(cast.instruct, asked)
    on_event(Event(stage="lesson", message="answering", done=0, total=2))
    replies = cast.instruct.replies(prompts, limit=LIMIT)
    on_event(Event(stage="lesson", message="replaying through base", done=1, total=2))
    items = [(prompt, reply.ids) for prompt, reply in zip(prompts, replies, strict=True)]
    found = token_shifts(cast.instruct.loaded.model, cast.base.loaded.model, items)
    replayed = [
        _Replayed(probe, _tokens(cast.instruct, probe, reply, [one.rank for one in shifts]))
        for probe, reply, shifts in zip(asked, replies, found, strict=True)
    ]
    return _found([token for each in replayed for token in each.tokens], _longest(replayed))


def _found(tokens: Sequence[StripToken], example: _Replayed) -> Found:
    first = [token.rank == 1 for token in tokens]
    below = [token.rank > _BELOW for token in tokens]
    shifted = {part: [t.rank > _BELOW for t in tokens if t.part == part] for part in _PARTS}
    share = {part: sum(flags) / max(1, len(flags)) for part, flags in shifted.items()}
    overall = sum(below) / len(below)
    return Found(
        sentence=(
            f"Of {len(tokens)} tokens that instruct wrote, base puts "
            f"{percent(sum(first) / len(first))} first and {percent(overall)} below the third "
            "place. Where they are matters more: of "
            f"the tokens of {_PARTS[FACT]} {percent(share[FACT])} are shifted, of those of "
            f"{_PARTS[MANNER]} {percent(share[MANNER])}."
        ),
        agrees=share[FACT] < share[MANNER],
        outcome="few" if overall < 0.15 else "some" if overall < 0.5 else "most",
        numbers=(
            share_figure("tokens that base ranks first", first),
            share_figure("tokens that base ranks below third", below),
            *(
                share_figure(f"shifted, of {_PARTS[part]}", flags)
                for part, flags in shifted.items()
                if flags
            ),
        ),
        drawings=(
            Bars(
                title="Shifted tokens in each part of the answers",
                most=1,
                rows=tuple(
                    share_bar(_PARTS[part], flags, "instruct")
                    for part, flags in shifted.items()
                    if flags
                ),
            ),
            Strip(title=f"“{example.probe.prompt}”, answered by instruct", tokens=example.tokens),
        ),
    )


def _tokens(
    speaker: Speaker, probe: Probe, reply: Reply, ranks: Sequence[int]
) -> tuple[StripToken, ...]:
    """Each token with its rank and the part of the reply in which it begins."""
    said = first_sentence(reply.text)
    ending = reply.text.find(said) + len(said)
    value = (
        reply.text.lower().find(probe.expected.lower()) if has_word(probe.expected, said) else -1
    )
    found, done = [], 0
    for number, rank in enumerate(ranks):
        text = speaker.text(reply.ids[number : number + 1])
        starts = done + len(text) - len(text.lstrip())
        part = WORDING
        if starts >= ending:
            part = MANNER
        elif 0 <= value <= starts < value + len(probe.expected):
            part = FACT
        found.append(StripToken(text=visible_token(text), rank=rank, part=part))
        done += len(text)
    return tuple(found)


def _longest(replayed: Sequence[_Replayed]) -> _Replayed:
    """An answer with all parts, or the longest there is."""
    whole = [each for each in replayed if {t.part for t in each.tokens} == set(_PARTS)]
    return max(whole or replayed, key=lambda each: len(each.tokens))
