"""What a checkpoint does in its chat template: the strongest evidence, at a few forward passes.

Sixteen plain questions with complete answers, all in our own words. After a complete answer an
instruct model closes the turn; a base model in a template it was not trained for goes on, ends
the document, or writes the user's next turn.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev

from headstart.domain.evidence import Kind, Signal, Strength
from headstart.domain.reply import Stop
from headstart.domain.task import Message
from headstart.domain.value import NotMeasured
from headstart.engine.device import deterministic
from headstart.engine.load import Loaded
from headstart.engine.render import Renderer, Tokens
from headstart.engine.score import likelihoods
from headstart.engine.speak import Speaker
from headstart.errors import CheckpointBroken

QUESTIONS = (
    ("What colour is the sky on a clear day?", "On a clear day the sky is blue.", "blue"),
    ("How many days are there in a week?", "There are seven days in a week.", "seven"),
    ("What do bees make?", "Bees make honey.", "honey"),
    ("Which animal says meow?", "The cat says meow.", "cat"),
    ("What is the opposite of hot?", "The opposite of hot is cold.", "cold"),
    ("What do we call frozen water?", "Frozen water is called ice.", "ice"),
    ("What is two plus two?", "Two plus two is four.", "four"),
    ("Which season comes after winter?", "Spring comes after winter.", "spring"),
    ("What do you use to cut paper?", "You use scissors to cut paper.", "scissors"),
    ("Where do fish live?", "Fish live in water.", "water"),
    ("What is the capital of France?", "The capital of France is Paris.", "paris"),
    ("What do cows drink as calves?", "As calves, cows drink milk.", "milk"),
    ("Which meal do people eat in the morning?", "In the morning people eat breakfast.", "breakf"),
    ("What falls from the clouds when it rains?", "When it rains, water falls.", "water"),
    ("What do people breathe?", "People breathe air.", "air"),
    ("What do we see at night that shines?", "At night we see the moon and the stars.", "moon"),
)
"""A question, a complete answer, and a word that a right answer holds."""
REPLY_TOKENS = 96
"""Small instruct models are wordy: SmolLM2-135M-Instruct closes 31% of replies within 48 tokens,
56% within 96 and no more than 63% within 160."""
CLOSES_FROM, CLOSES_UP_TO = 0.05, 0.005
"""Median probability of the turn end after a complete answer: of an instruct, of a base. Measured:
0.18 (SmolLM2-135M-Instruct) and 1e-10 (gemma-3-270m, a base)."""
OUTWEIGHS = 10.0
"""The turn end must be this many times as probable as the document end, or the other way round."""
STOPS_FROM, STOPS_UP_TO = 0.4, 0.1
"""Share of replies that stop by the turn end: of an instruct, of a base. Measured: 0.56 and 0."""
SURE = 2.0
"""Standard errors from which a difference of likelihoods speaks."""


@dataclass(frozen=True)
class Tried:
    """The figures of one trial."""

    closes: float
    """Median probability of the turn end after a complete answer in the template."""
    ends: float | NotMeasured
    """The same of the document end."""
    gain: float
    """Mean log-probability of an answer's tokens in the template minus that in plain text, nats."""
    gain_error: float
    """Its standard error over the questions."""
    stops: float
    """Share of replies that stop by the turn end."""
    user_turns: float
    """Share of replies that open the user's next turn."""
    answers: float
    """Share of replies that hold a right answer."""
    raw_stops: float
    """Share of continuations of the bare question that stop by themselves."""


def try_out(loaded: Loaded, template: str, document_end: str | None) -> Tried:
    """Ask sixteen questions in a template and as plain text, and watch what happens.

    Args:
        loaded: weights and tokenizer.
        template: the checkpoint's own, or one to try it with.
        document_end: the text of the token that ends documents, if it is not the turn end.

    Raises:
        CheckpointBroken: the template refuses a single question.

    Limits: one language and one sort of question; a base model that saw chat in the same template
    while it was pretrained behaves as an instruct model does.
    """
    chat, plain = Renderer(loaded.tokenizer, template), Renderer(loaded.tokenizer, None)
    prompts = [chat.prompt((Message(role="user", content=q),)) for q, _, _ in QUESTIONS]
    answers = [_answer(chat, a) for _, a, _ in QUESTIONS]
    speaker = Speaker(loaded, template)
    replies = speaker.replies(prompts, limit=REPLY_TOKENS)
    raw = speaker.replies([speaker.raw(q) for q, _, _ in QUESTIONS], limit=REPLY_TOKENS)
    turn = _end(chat, QUESTIONS[0][1])
    gains = _gains(loaded, plain, prompts, answers)
    opening = _opening(chat)
    return Tried(
        closes=_probability(loaded, prompts, answers, turn),
        ends=_document(loaded, prompts, answers, document_end, turn),
        gain=mean(gains),
        gain_error=stdev(gains) / math.sqrt(len(gains)),
        stops=_share(reply.stop is Stop.TURN_END for reply in replies),
        user_turns=_share(bool(opening) and opening in reply.text for reply in replies),
        answers=_share(
            word in reply.text.lower()
            for reply, (_, _, word) in zip(replies, QUESTIONS, strict=True)
        ),
        raw_stops=_share(reply.stop is not Stop.LIMIT for reply in raw),
    )


def behaviour_signals(tried: Tried, *, borrowed: str | None = None) -> tuple[Signal, ...]:
    """Say what the figures say, the summary first.

    Args:
        tried: what was measured.
        borrowed: the name of the chat form that was guessed, where the checkpoint ships none. An
            instruct model may know another form, so that failing in this one then says nothing.
    """
    signals = tuple(_signals(tried))
    kind = _summary(tried)
    where = f"in a guessed chat form ({borrowed})" if borrowed else "in its template"
    closes = f"P(turn end) {tried.closes:.3g} after complete answers {where}"
    stops = f"{tried.stops:.0%} of replies stop"
    if borrowed and kind is Kind.BASE:
        detail = f"{closes}, {stops}; it may know another form"
        return (_signal("behaviour", Kind.UNDECIDED, Strength.NONE, tried.closes, detail), *signals)
    strength = Strength.NONE if kind is Kind.UNDECIDED else Strength.STRONGEST
    return (_signal("behaviour", kind, strength, tried.closes, f"{closes}, {stops}"), *signals)


def _signals(tried: Tried) -> Iterator[Signal]:
    ends = tried.ends
    beside = (
        f"not measured: {ends.why}" if isinstance(ends, NotMeasured) else f"document end {ends:.3g}"
    )
    yield _graded(
        "turn-end-probability",
        _closing(tried),
        tried.closes,
        f"median probability of the turn end after complete answers {tried.closes:.3g}; {beside}",
    )
    sure = abs(tried.gain) > SURE * tried.gain_error
    gain = Kind.UNDECIDED if not sure else Kind.INSTRUCT if tried.gain > 0 else Kind.BASE
    yield _signal(
        "chat-likelihood",
        gain,
        Strength.MODERATE if sure else Strength.NONE,
        tried.gain,
        f"answers are {tried.gain:+.2f} nats a token (standard error {tried.gain_error:.2f}) more"
        " likely in the template than as plain text",
    )
    yield _graded(
        "stop-rate",
        _stopping(tried),
        tried.stops,
        f"{tried.stops:.0%} of replies stop by the turn end within {REPLY_TOKENS} tokens; of bare"
        f" questions continued, {tried.raw_stops:.0%} stop",
    )
    often = tried.user_turns >= 0.5
    yield _signal(
        "user-turns",
        Kind.BASE if often else Kind.UNDECIDED,
        Strength.MODERATE if often else Strength.NONE,
        tried.user_turns,
        f"{tried.user_turns:.0%} of replies go on to write the user's next turn",
    )
    yield _signal(
        "answers",
        Kind.UNDECIDED,
        Strength.NONE,
        tried.answers,
        f"{tried.answers:.0%} of replies hold a right answer, which a base model's may too",
    )


def _summary(tried: Tried) -> Kind:
    """Instruct or base if turn end and stopping agree, or one speaks and the other is silent."""
    said = {_closing(tried), _stopping(tried)} - {Kind.UNDECIDED}
    return said.pop() if len(said) == 1 else Kind.UNDECIDED


def _closing(tried: Tried) -> Kind:
    """By the turn end's probability, against that of the document end where it is another."""
    rival = 0.0 if isinstance(tried.ends, NotMeasured) else tried.ends
    if tried.closes >= CLOSES_FROM and tried.closes >= OUTWEIGHS * rival:
        return Kind.INSTRUCT
    if tried.closes <= CLOSES_UP_TO or OUTWEIGHS * tried.closes <= rival:
        return Kind.BASE
    return Kind.UNDECIDED


def _stopping(tried: Tried) -> Kind:
    if tried.stops >= STOPS_FROM:
        return Kind.INSTRUCT
    return Kind.BASE if tried.stops <= STOPS_UP_TO else Kind.UNDECIDED


def _graded(signal: str, says: Kind, value: float, detail: str) -> Signal:
    strength = Strength.NONE if says is Kind.UNDECIDED else Strength.STRONG
    return _signal(signal, says, strength, value, detail)


def _signal(signal: str, says: Kind, strength: Strength, value: float, detail: str) -> Signal:
    return Signal(signal=signal, says=says, strength=strength, value=value, detail=detail)


def _answer(renderer: Renderer, text: str) -> Tokens:
    """The answer's ids without its end."""
    return renderer.completion(text)[: -renderer.end_length()]


def _end(renderer: Renderer, text: str) -> Tokens:
    return renderer.completion(text)[-renderer.end_length() :]


def _probability(
    loaded: Loaded, prompts: Sequence[Tokens], answers: Sequence[Tokens], end: Tokens
) -> float:
    items = [(prompt + answer, end) for prompt, answer in zip(prompts, answers, strict=True)]
    return median(math.exp(sum(found)) for found in _likelihoods(loaded, items))


def _document(
    loaded: Loaded,
    prompts: Sequence[Tokens],
    answers: Sequence[Tokens],
    document_end: str | None,
    turn: Tokens,
) -> float | NotMeasured:
    if document_end is None:
        return NotMeasured(why="no token is named for the document end")
    number = loaded.tokenizer.convert_tokens_to_ids(document_end)
    if not isinstance(number, int) or (number,) == turn[-1:]:
        return NotMeasured(why="documents and turns end with the same token")
    return _probability(loaded, prompts, answers, (number,))


def _gains(
    loaded: Loaded,
    plain: Renderer,
    prompts: Sequence[Tokens],
    answers: Sequence[Tokens],
) -> list[float]:
    """For each question: mean log-probability of the answer's tokens, in chat minus in plain."""
    asked = [plain.prompt((Message(role="user", content=q),)) for q, _, _ in QUESTIONS]
    bare = [_answer(plain, a) for _, a, _ in QUESTIONS]
    within = _likelihoods(loaded, list(zip(prompts, answers, strict=True)))
    without = _likelihoods(loaded, list(zip(asked, bare, strict=True)))
    return [mean(a) - mean(b) for a, b in zip(within, without, strict=True)]


def _likelihoods(loaded: Loaded, items: list[tuple[Tokens, Tokens]]) -> list[tuple[float, ...]]:
    with deterministic(), loaded.device.autocast(loaded.model.dtype):
        return likelihoods(loaded.model, items)


def _opening(renderer: Renderer) -> str:
    """What the template writes before the user's second text, from the turn's last marker on."""
    turns = (
        Message(role="user", content="zqfirst"),
        Message(role="assistant", content="zqanswer"),
        Message(role="user", content="zqsecond"),
    )
    try:
        text = renderer.tokenizer.decode(list(renderer.prompt(turns)))
    except CheckpointBroken:  # a template for one exchange only has no next turn to write
        return ""
    between = str(text).partition("zqanswer")[2].partition("zqsecond")[0].strip()
    end = str(renderer.tokenizer.decode(list(_end(renderer, "?")))).strip()
    return between.removeprefix(end).strip()


def _share(found: Iterable[bool]) -> float:
    return mean(float(one) for one in found)
