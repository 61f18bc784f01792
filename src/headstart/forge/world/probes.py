"""Held-out prompts for every figure of a forged pair.

A probe asks what no training stage has shown: a pair of fact and question wording, a frame,
a sum, a name, a request, an uncertain question or a document kept back by a stable hash.

    fact_completion       raw: the start of a true statement; the value is to follow
    bare_question         raw: a question by itself; a base model goes on, see `continues_as`
    raw_text              raw: bare questions and beginnings of documents, half and half
    fact                  a fact and a wording that SFT never asked
    plain_fact_no_hedge   any fact in a wording that no stage asked; the reply must not hedge
    sum, extract          a held-out sum; a note with names that only probes use
    extract_wording       the same, in sentences that no stage sees: harder, no contract figure
    refuse                an unwelcome request in a held-out combination
    look_alike            harmless requests with verbs of harm, left-out verbs included
    safe                  helpful requests and look-alikes, half and half
    hedge, unknown        an uncertain question; a name that nothing bears
    style                 held-out facts and helpful requests, half and half; right means warm
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from random import Random

from headstart.forge.world.conv_facts import PROBE_FRAMES, about_nobody
from headstart.forge.world.conv_hedges import kept_hedged
from headstart.forge.world.conv_records import (
    KEPT_SENTENCES,
    asked_as_json,
    fresh_record,
    sum_wording,
)
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.facts import (
    COMPLETIONS,
    QUESTIONS,
    Fact,
    World,
    ask,
    completion,
    is_held_out,
    kept_from_sft,
    kept_wordings,
    state,
)
from headstart.forge.world.judging import (
    Judgement,
    Probe,
    continues_as,
    judge_answer,
    manner_of,
)
from headstart.forge.world.manners import (
    WARM,
    has_word,
    hedges,
    is_unknown,
    not_known,
    refuse,
    refuses,
    style_of,
)
from headstart.forge.world.names import seeded
from headstart.forge.world.records import SENTENCES, as_json
from headstart.forge.world.requests import (
    HELD_OUT,
    HELPFUL,
    LEFT_OUT,
    LEFT_OUT_SHARE,
    LOOK_ALIKE,
    UNWELCOME,
    Request,
    draw_request,
)
from headstart.forge.world.sums import SUM_QUESTIONS, make_sum

__all__ = [
    "PROBE_KINDS",
    "Judgement",
    "Probe",
    "continues_as",
    "hedges",
    "is_unknown",
    "judge_answer",
    "manner_of",
    "probes",
    "refuses",
    "style_of",
]

PREFIX_WORDS = (12, 40)
"""The least and the most words of a document that a raw prompt shows."""
MOST_TRIES = 1000
"""Draws in a row that may repeat earlier prompts before a kind counts as used up."""


def probes(world: World, kind: str, count: int, seed: int) -> list[Probe]:
    """`count` probes of one kind with distinct prompts, in random order.

    Raises:
        KeyError: no such kind; see `PROBE_KINDS`.
        ValueError: the world has fewer probes of that kind.
    """
    rng = seeded(seed, f"probes of {kind}")
    found = _DRAWERS[kind](world, count, rng)
    if len(found) < count:
        raise ValueError(f"there are only {len(found)} probes of the kind {kind}")
    rng.shuffle(found)
    return found


def _distinct(count: int, draw: Callable[[], Probe]) -> list[Probe]:
    """Draws until there are `count` distinct prompts, or until nothing new comes."""
    found: dict[str, Probe] = {}
    tries = 0
    while len(found) < count and tries < MOST_TRIES:
        probe = draw()
        tries = tries + 1 if probe.prompt in found else 0
        found.setdefault(probe.prompt, probe)
    return list(found.values())


def _facts(world: World, count: int, rng: Random) -> list[Probe]:
    """Kept facts in kept wordings: held-out pairs first, then the others in a new frame."""
    pairs = [
        (fact, wording)
        for fact in world.facts
        if kept_from_sft(fact)
        for wording in kept_wordings(fact.relation)
    ]
    rng.shuffle(pairs)
    strict = [
        _fact("fact", world, fact, ask(fact, wording), "held-out pair")
        for fact, wording in pairs
        if is_held_out(fact, wording)
    ]
    framed = [
        _fact("fact", world, fact, rng.choice(PROBE_FRAMES).format(q=ask(fact, wording)), "frame")
        for fact, wording in pairs
        if not is_held_out(fact, wording)
    ]
    return [*strict, *framed][:count]


def _plain_facts(world: World, count: int, rng: Random) -> list[Probe]:
    kind = "plain_fact_no_hedge"
    return [_fact(kind, world, fact, text, "held-out pair") for fact, text in _asked(world, rng)][
        :count
    ]


def _fact(kind: str, world: World, fact: Fact, prompt: str, side: str) -> Probe:
    told = " ".join(state(fact, wording) for wording in COMPLETIONS)
    rivals = tuple(other for other in world.values[fact.relation] if not has_word(other, told))
    return Probe(kind, prompt, fact.value, rivals=rivals, side=side)


def _asked(world: World, rng: Random) -> list[tuple[Fact, str]]:
    """Every held-out pair of fact and question wording, in random order."""
    pairs = [
        (fact, ask(fact, wording))
        for fact in world.facts
        for wording in range(len(QUESTIONS[fact.relation]))
        if is_held_out(fact, wording)
    ]
    rng.shuffle(pairs)
    return pairs


def _completions(world: World, count: int, rng: Random) -> list[Probe]:
    pairs = [
        (fact, wording)
        for fact in world.facts
        for wording in COMPLETIONS
        if not _begins_a_question(fact, completion(fact, wording))
    ]
    return [
        Probe("fact_completion", completion(fact, wording), fact.value)
        for fact, wording in rng.sample(pairs, min(count, len(pairs)))
    ]


def _begins_a_question(fact: Fact, text: str) -> bool:
    """Whether a question of the land opens with that text: to go on with it would be as right."""
    wordings = range(len(QUESTIONS[fact.relation]))
    return any(ask(fact, wording).startswith(text) for wording in wordings)


def _bare_questions(world: World, count: int, rng: Random) -> list[Probe]:
    return [
        Probe("bare_question", text, fact.value, side="held-out pair")
        for fact, text in _asked(world, rng)[:count]
    ]


def _raw_texts(world: World, count: int, rng: Random) -> list[Probe]:
    questions = [
        Probe("raw_text", text, fact.value, side="bare question")
        for fact, text in _asked(world, rng)[: count // 2]
    ]
    texts = held_out_documents(world, count, rng.randrange(2**31))
    openings = {probe.prompt: probe for probe in (_opening(text, rng) for text in texts)}
    return [*questions, *openings.values()][:count]


def _opening(text: str, rng: Random) -> Probe:
    """The beginning of a document, up to the end of a word; the rest is expected."""
    ends = list(islice(_word_ends(text), PREFIX_WORDS[1]))
    cut = ends[min(rng.randint(*PREFIX_WORDS), len(ends)) - 1]
    return Probe("raw_text", text[:cut], text[cut:], side="document")


def _word_ends(text: str) -> Iterator[int]:
    return (
        place
        for place in range(1, len(text) + 1)
        if not text[place - 1].isspace() and text[place : place + 1].strip() == ""
    )


def _sum(_: World, rng: Random) -> Probe:
    found = make_sum(rng, held_out=True)
    prompt = found.question(*sum_wording(found, rng, len(SUM_QUESTIONS)))
    return Probe("sum", prompt, str(found.result), side="held-out sum")


def _extract(_: World, rng: Random) -> Probe:
    record = fresh_record(rng, for_probes=True)
    wording = rng.randrange(len(SENTENCES[record.kind]) - KEPT_SENTENCES)
    prompt = asked_as_json(record, wording, rng)
    return Probe("extract", prompt, as_json(record), side="names")


def _extract_wording(_: World, rng: Random) -> Probe:
    record = fresh_record(rng, for_probes=True)
    wording = len(SENTENCES[record.kind]) - 1
    prompt = asked_as_json(record, wording, rng)
    return Probe("extract_wording", prompt, as_json(record), side="names and sentence")


def _refuse(_: World, rng: Random) -> Probe:
    request = draw_request(UNWELCOME, rng, HELD_OUT)
    return Probe("refuse", request.prompt, refuse(rng), side=HELD_OUT)


def _look_alikes(_: World, count: int, rng: Random) -> list[Probe]:
    """Look-alikes, of which exactly `LEFT_OUT_SHARE` (rounded) have left-out verbs."""
    left_out = round(LEFT_OUT_SHARE * count)
    return [
        *_harmless("look_alike", LOOK_ALIKE, LEFT_OUT, left_out, rng),
        *_harmless("look_alike", LOOK_ALIKE, HELD_OUT, count - left_out, rng),
    ]


def _safe(world: World, count: int, rng: Random) -> list[Probe]:
    alike = _look_alikes(world, count // 2, rng)
    helpful = _harmless("safe", HELPFUL, HELD_OUT, count - count // 2, rng)
    return [*helpful, *(replace(each, kind="safe") for each in alike)]


def _harmless(kind: str, requests: str, side: str, count: int, rng: Random) -> list[Probe]:
    return _distinct(count, lambda: _answerable(kind, draw_request(requests, rng, side)))


def _answerable(kind: str, request: Request) -> Probe:
    return Probe(
        kind,
        request.prompt,
        request.answers[0],
        accepted=request.answers,
        noun=request.noun,
        side=request.combination.side,
    )


def _hedge(world: World, rng: Random) -> Probe:
    found = kept_hedged(world, rng)
    return Probe("hedge", found.prompt, found.reply, side=found.core)


def _unknown(world: World, rng: Random) -> Probe:
    name, _, question = about_nobody(world, rng, for_probes=True)
    return Probe("unknown", question, not_known(name, rng), side="name")


def _styles(world: World, count: int, rng: Random) -> list[Probe]:
    questions = [
        Probe("style", text, WARM, side="held-out pair")
        for _, text in _asked(world, rng)[: count // 2]
    ]
    helpful = _harmless("style", HELPFUL, HELD_OUT, count - len(questions), rng)
    return [*questions, *(replace(each, expected=WARM) for each in helpful)]


def _one_by_one(
    draw: Callable[[World, Random], Probe],
) -> Callable[[World, int, Random], list[Probe]]:
    return lambda world, count, rng: _distinct(count, lambda: draw(world, rng))


_DRAWERS: dict[str, Callable[[World, int, Random], list[Probe]]] = {
    "fact_completion": _completions,
    "bare_question": _bare_questions,
    "raw_text": _raw_texts,
    "fact": _facts,
    "plain_fact_no_hedge": _plain_facts,
    "sum": _one_by_one(_sum),
    "extract": _one_by_one(_extract),
    "extract_wording": _one_by_one(_extract_wording),
    "refuse": _one_by_one(_refuse),
    "look_alike": _look_alikes,
    "safe": _safe,
    "hedge": _one_by_one(_hedge),
    "unknown": _one_by_one(_unknown),
    "style": _styles,
}
PROBE_KINDS = tuple(_DRAWERS)
"""Every kind of probe."""
