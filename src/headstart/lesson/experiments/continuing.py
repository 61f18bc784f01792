"""What a base model does: it continues text, and it knows what the text knew."""

from collections import Counter
from collections.abc import Sequence

from headstart.domain.event import Event, OnEvent
from headstart.forge.world.facts import QUESTIONS as FACT_QUESTIONS
from headstart.forge.world.facts import Fact, ask, completion, state
from headstart.forge.world.judging import (
    ANSWER,
    CHOICES,
    PROSE,
    QUESTIONS,
    Probe,
    continues_as,
    judge_answer,
)
from headstart.forge.world.manners import has_word
from headstart.forge.world.names import seeded
from headstart.lesson.experiments.cast import LIMIT, Cast, pane
from headstart.lesson.experiments.telling import (
    of,
    score_of,
    share_bars,
    share_figure,
    token_bars,
)
from headstart.lesson.finding import Found, Panes

DRAWS = 8
FACTS = 60
SHOWN = "shown"
"""The choice that puts two answered questions before the one that is asked."""
_TOP = 4
_KINDS = {
    QUESTIONS: "another question",
    CHOICES: "a list of choices",
    PROSE: "a stretch of text",
    ANSWER: "an answer",
}
_NAMED = {"": "bare", SHOWN: "after two examples"}
_OUTCOMES = {QUESTIONS: "questions", CHOICES: "essay", PROSE: "essay", ANSWER: "answer"}


def continues(cast: Cast, choice: str, seed: int, on_event: OnEvent) -> Found:
    """Draw eight continuations of a question and tell them apart by how they begin.

    Args:
        cast: who takes part.
        choice: `SHOWN` puts two answered questions before it.
        seed: draws the question and the continuations.
        on_event: told of progress; what it raises stops the run.
    """
    *examples, asked = _facts(cast, 3, seed)
    question = ask(asked, 0)
    answered = [f"Question: {ask(one, 0)}\nAnswer: {state(one, 0)}\n\n" for one in examples]
    prompts = {"": question, SHOWN: f"{''.join(answered)}Question: {question}"}
    on_event(Event(stage="lesson", message="drawing continuations", done=0, total=DRAWS))
    used = SHOWN if choice == SHOWN else ""
    ids = cast.base.raw(prompts[used])
    replies = cast.base.replies([ids] * DRAWS, limit=LIMIT, temperature=1.0, seed=seed)
    begins = [begins_as(reply.text) for reply in replies]
    stopped = [reply.has_stopped for reply in replies]
    is_answer = [kind == ANSWER for kind in begins]
    return Found(
        sentence=_sentence(question, begins, stopped, shown=used == SHOWN),
        agrees=sum(is_answer) > DRAWS / 2 if used == SHOWN else sum(is_answer) < DRAWS / 2,
        outcome=_OUTCOMES[Counter(begins).most_common(1)[0][0]],
        numbers=(
            share_figure("continuations that begin with an answer", is_answer),
            share_figure("continuations that stop by themselves", stopped),
        ),
        drawings=(
            share_bars(f"How {DRAWS} continuations begin", _shares(begins), "base"),
            token_bars(
                "Most probable tokens on the line after the question",
                cast.base,
                {_NAMED[used]: cast.base.raw(f"{text}\n") for used, text in prompts.items()},
                _TOP,
                "base",
            ),
            Panes(
                title="Two of them",
                panes=tuple(
                    pane("Base, raw text", "base", cast.base, ids, each) for each in replies[:2]
                ),
            ),
        ),
    )


def begins_as(text: str) -> str:
    """What the first line of a continuation is: QUESTIONS, CHOICES, PROSE or ANSWER."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return continues_as(first.removeprefix("Answer:"))


def _sentence(question: str, begins: Sequence[str], stopped: Sequence[bool], *, shown: bool) -> str:
    counts = Counter(begins).most_common()
    told = ", ".join(f"{_KINDS[kind]} in {count}" for kind, count in counts)
    before = "After two answered questions, the question" if shown else "The question"
    return (
        f"{before} “{question}” was continued by base with {told} of {len(begins)} draws. "
        f"It stopped by itself in {of(stopped)}."
    )


def _shares(begins: Sequence[str]) -> dict[str, list[bool]]:
    return {told: [one == kind for one in begins] for kind, told in _KINDS.items()}


def knows(cast: Cast, _choice: str, seed: int, on_event: OnEvent) -> Found:
    """Ask base for facts as questions, then as sentences to finish.

    Args:
        cast: who takes part.
        seed: draws the facts.
        on_event: told of progress; what it raises stops the run.
    """
    facts = _facts(cast, FACTS, seed)
    asked = [cast.base.raw(ask(fact, 0)) for fact in facts]
    begun = [cast.base.raw(completion(fact, 0)) for fact in facts]
    on_event(Event(stage="lesson", message="asking", done=0, total=2))
    answers = cast.base.replies(asked, limit=16)
    on_event(Event(stage="lesson", message="beginning sentences", done=1, total=2))
    endings = cast.base.replies(begun, limit=16)
    told = [_answers(fact, each.text) for fact, each in zip(facts, answers, strict=True)]
    ended = [_completes(fact, each.text) for fact, each in zip(facts, endings, strict=True)]
    first = score_of(ended).mean
    flags = {"asked as a question": told, "as an unfinished sentence": ended}
    return Found(
        sentence=(
            f"Of {FACTS} facts, base gave {sum(told)} when they were asked as questions, and "
            f"{sum(ended)} when a sentence was begun for it to finish."
        ),
        agrees=sum(ended) > max(sum(told), FACTS / 2),
        outcome="few" if first < 0.25 else "half" if first < 0.75 else "most",
        numbers=tuple(share_figure(f"facts given, {how}", each) for how, each in flags.items()),
        drawings=(
            share_bars("Facts that base gives", flags, "base"),
            Panes(
                title="One fact, both ways",
                panes=(
                    pane("Base, asked", "base", cast.base, asked[0], answers[0]),
                    pane("Base, begun", "base", cast.base, begun[0], endings[0]),
                ),
            ),
        ),
    )


def _facts(cast: Cast, count: int, seed: int) -> list[Fact]:
    """Facts whose first statement cannot be taken for the beginning of a question."""
    fit = [fact for fact in cast.world.facts if not _opens_a_question(fact)]
    return seeded(seed, "lesson: facts").sample(fit, count)


def _opens_a_question(fact: Fact) -> bool:
    begun, wordings = completion(fact, 0), range(len(FACT_QUESTIONS[fact.relation]))
    return any(ask(fact, wording).startswith(begun) for wording in wordings)


def _answers(fact: Fact, text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return has_word(fact.value, first) and "?" not in first


def _completes(fact: Fact, text: str) -> bool:
    probe = Probe("fact_completion", completion(fact, 0), fact.value)
    return judge_answer(probe, text, stopped=True).right
