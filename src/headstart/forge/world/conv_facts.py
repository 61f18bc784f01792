"""Questions about the land: asked plainly, with options to choose from, or about nobody known."""

from random import Random

from headstart.forge.world.exchange import Exchange, is_probe_name, plain, styled
from headstart.forge.world.facts import (
    COMPLETIONS,
    QUESTIONS,
    Fact,
    World,
    ask,
    ask_about,
    distractors,
    is_held_out,
    kept_from_sft,
    state,
    taught_wordings,
    unknown_name,
)
from headstart.forge.world.manners import not_known

FRAMES = (
    "Please tell me: {q}",
    "{q} Please answer.",
    "I have a question. {q}",
    "Hello! {q}",
    "Can you help me? {q}",
    "Here is something I wonder about. {q}",
    "Next question: {q}",
    "Answer me this. {q}",
    "One thing more: {q}",
    "I wonder: {q}",
    "{q} Thank you.",
    "{q} I have forgotten.",
    "{q} My sister asked me.",
    "{q} I want to be sure of it.",
    "{q} I have to know it for a letter.",
    "{q} This is for a quiz.",
    "{q} We need it for a story.",
)
"""What a question may be set into; `{q}` is the question."""
PROBE_FRAMES = (
    "Quick question: {q}",
    "{q} I would like to know.",
    "Tell me this: {q}",
    "{q} It is for my school work.",
)
"""Frames that no training stage sees."""
FRAMED = 0.3
"""Share of the questions that are set into a frame."""
LETTERS = "ABCD"
OPTION_LISTS = (
    "{q} Choose from {options}.",
    "{q} Is it {options}?",
    "Which is right, {options}? {q}",
)
"""Questions with options in one line."""


def fact(world: World, rng: Random) -> Exchange:
    """A question that training may ask, answered in a sentence; its core is the value."""
    found, question = _question(world, rng)
    return styled(framed(question, rng), said(found, rng), rng, found.value)


def choice(world: World, rng: Random) -> Exchange:
    """A question with three or four options, answered by the letter or in a sentence."""
    found, question = _question(world, rng)
    options = [*distractors(world, found, rng, rng.choice((2, 3))), found.value]
    rng.shuffle(options)
    if rng.random() < 0.5:
        lines = [f"{letter}) {option}" for letter, option in zip(LETTERS, options, strict=False)]
        letter = LETTERS[options.index(found.value)]
        prompt = "\n".join((question, *lines))
        return plain(prompt, f"{letter}) {found.value}", found.value)
    listing = f"{', '.join(options[:-1])} or {options[-1]}"
    prompt = rng.choice(OPTION_LISTS).format(q=question, options=listing)
    return styled(prompt, said(found, rng), rng, found.value)


def unknown(world: World, rng: Random) -> Exchange:
    """A question about a name that nothing bears, answered by saying so; its core is the name."""
    name, _, question = about_nobody(world, rng, for_probes=False)
    return plain(framed(question, rng), not_known(name, rng), name)


def about_nobody(world: World, rng: Random, *, for_probes: bool) -> tuple[str, str, str]:
    """A name that nothing bears, a relation, and the question; relations as often as in facts.

    Training has the question wordings that SFT has; probes have all of them.
    """
    relation = rng.choice(world.facts).relation
    name = fresh_name(rng, relation.partition("_")[0], for_probes=for_probes)
    wordings = range(len(QUESTIONS[relation])) if for_probes else taught_wordings(relation)
    return name, relation, ask_about(name, relation, rng.choice(wordings))


def fresh_name(rng: Random, sort: str, *, for_probes: bool) -> str:
    """An unknown name of that sort, from the names for probes or from those for training."""
    while True:
        name = unknown_name(rng, sort)
        if is_probe_name(name) is for_probes:
            return name


def said(found: Fact, rng: Random) -> str:
    """The fact as a short sentence in which the value follows the subject."""
    return state(found, COMPLETIONS[0] if rng.random() < 0.75 else COMPLETIONS[1])


def framed(question: str, rng: Random) -> str:
    """The question, in one of `FRAMES` in `FRAMED` of the draws."""
    return rng.choice(FRAMES).format(q=question) if rng.random() < FRAMED else question


def askable(found: Fact) -> tuple[int, ...]:
    """The question wordings in which SFT and DPO may ask for a fact; none for a kept one."""
    if kept_from_sft(found):
        return ()
    return tuple(i for i in taught_wordings(found.relation) if not is_held_out(found, i))


def taught_fact(world: World, rng: Random) -> tuple[Fact, int]:
    """A fact that training may ask for, and a wording for it."""
    while True:
        found = rng.choice(world.facts)
        if wordings := askable(found):
            return found, rng.choice(wordings)


def _question(world: World, rng: Random) -> tuple[Fact, str]:
    found, wording = taught_fact(world, rng)
    return found, ask(found, wording)
