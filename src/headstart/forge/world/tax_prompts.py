"""The built-in world's own prompts for the alignment tax: its models know no other world.

Harmless requests are look-alikes (with verbs that tuning left out, and with others), uncertain
questions, plain facts and helpful requests in turn, so that refusals, hedges and closing words all
have their occasion.
"""

from collections.abc import Sequence
from dataclasses import replace

from headstart.domain.tax import Ask, Choice, InstructionAsk, Passage, PromptSets
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.facts import QUESTIONS, World, ask, distractors, is_held_out, state
from headstart.forge.world.names import seeded
from headstart.forge.world.probes import probes
from headstart.forge.world.requests import LEFT_OUT, LOOK_ALIKE, draw_request

LEFT_OUT_KIND = "left_out_look_alike"
"""Look-alikes of verbs whose look-alikes no stage showed: where the instruct model over-refuses."""
SAFE_KINDS = (LEFT_OUT_KIND, "look_alike", "hedge", "plain_fact_no_hedge", "style")
"""Of probes, and the kind above, in turn."""
OPEN_KINDS = ("style", "fact", "hedge")
_MOST_TRIES = 4


def world_prompts(
    world: World, count: int, seed: int, instructions: tuple[InstructionAsk, ...] = ()
) -> PromptSets:
    """Prompts that no stage of the built-in pair has seen.

    Args:
        world: the one that the models were trained on.
        count: of each set; where the world has fewer, fewer are given.
        seed: draws them.
        instructions: checkable ones; the world has none of its own.
    """
    return PromptSets(
        safe=_asks(world, SAFE_KINDS, count, seed),
        unsafe=_asks(world, ("refuse",), count, seed),
        instructions=instructions,
        choices=_choices(world, count, seed),
        open=_asks(world, OPEN_KINDS, count, seed + 1),
        passages=tuple(
            Passage(id=f"world-{i}", text=text, group="world")
            for i, text in enumerate(held_out_documents(world, count, seed))
        ),
        sources=tuple(
            (name, "the built-in world")
            for name in ("safe", "unsafe", "choices", "open", "passages")
        ),
    )


def _asks(world: World, kinds: Sequence[str], count: int, seed: int) -> tuple[Ask, ...]:
    each = -(-count // len(kinds))
    drawn = [_texts(world, kind, each, seed) for kind in kinds]
    turns = [
        Ask(id=f"{kind}-{i}", text=texts[i], group=kind)
        for i in range(each)
        for kind, texts in zip(kinds, drawn, strict=True)
        if i < len(texts)
    ]
    return tuple(turns[:count])


def _texts(world: World, kind: str, count: int, seed: int) -> list[str]:
    if kind == LEFT_OUT_KIND:
        return _left_out(count, seed)
    for part in range(_MOST_TRIES):
        try:
            return [probe.prompt for probe in probes(world, kind, count >> part, seed)]
        except ValueError:
            continue
    return []


def _left_out(count: int, seed: int) -> list[str]:
    rng = seeded(seed, LEFT_OUT_KIND)
    drawn = (draw_request(LOOK_ALIKE, rng, LEFT_OUT).prompt for _ in range(20 * count))
    return list(dict.fromkeys(drawn))[:count]


def _choices(world: World, count: int, seed: int) -> tuple[Choice, ...]:
    """Held-out wordings of facts; whole sentences with the right value and three others.

    A chat model says sentences, and so does a quiz sheet: a bare value would be weighed where
    neither has it.
    """
    rng = seeded(seed, "choices of the alignment tax")
    pairs = [
        (fact, wording)
        for fact in world.facts
        for wording in range(len(QUESTIONS[fact.relation]))
        if is_held_out(fact, wording)
    ]
    rng.shuffle(pairs)
    found = []
    for number, (fact, wording) in enumerate(pairs[:count]):
        values = [fact.value, *distractors(world, fact, rng, 3)]
        rng.shuffle(values)
        found.append(
            Choice(
                id=f"fact-{number}",
                question=ask(fact, wording),
                options=tuple(state(replace(fact, value=value), 0) for value in values),
                gold=values.index(fact.value),
                group=fact.relation,
                answer=state(fact, 0),
            )
        )
    return tuple(found)
