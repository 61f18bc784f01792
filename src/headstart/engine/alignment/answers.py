"""What a model answers before and after a stage: the gate on its behaviour.

A loss and the pairs it was taken on say nothing about what else a model could do. So the model
is asked before and after, greedily: whether it still ends its answers, and whether it still
gives those that the user wants kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from headstart.domain.reply import Stop
from headstart.domain.task import Example
from headstart.domain.value import Score
from headstart.engine.alignment.measure import share
from headstart.engine.load import Loaded
from headstart.engine.speak import Speaker
from headstart.errors import StageStopped

T = TypeVar("T")
Tokens = tuple[int, ...]
LIMIT = 96
"""Most tokens of an answer."""
ASKED = 64
"""Most prompts of the stage's own data that are asked."""
KEPT = 256
"""Most answers to keep that are asked for."""


@dataclass(frozen=True)
class Questions:
    """What a stage asks before and after."""

    prompts: Sequence[Tokens]
    """Of the stage's own data, as ids: do the answers to them end?"""
    keep: Sequence[Example] = ()
    """Prompts with answers that must survive; does the answer hold them, and end?"""


@dataclass(frozen=True)
class Answers:
    """What was seen of the answers; equal questions stand at equal places."""

    ended: tuple[bool, ...]
    """Whether each came to its turn end."""
    right: tuple[bool, ...]
    """Whether each answer to keep was given."""


def spread(rows: Sequence[T], most: int) -> Sequence[T]:
    """At most `most` of `rows`, from all over them."""
    return rows[:: max(1, -(-len(rows) // most))]


def ask(loaded: Loaded, questions: Questions) -> Answers:
    """Answer each question greedily, in the tokenizer's own chat template.

    Questions that leave too little room for an answer are left out.
    """
    speaker = Speaker(loaded, str(loaded.tokenizer.chat_template))
    limit = min(LIMIT, loaded.context // 2)

    own = spread(list(dict.fromkeys(questions.prompts)), ASKED)
    kept = [(speaker.chat(e.prompt), e.completion) for e in spread(questions.keep, KEPT)]
    asked = [(prompt, None) for prompt in own] + kept
    fitting = [(p, wanted) for p, wanted in asked if len(p) + limit <= loaded.context]
    replies = speaker.replies([prompt for prompt, _ in fitting], limit=limit)
    given = [(reply.text, w) for reply, (_, w) in zip(replies, fitting, strict=True)]
    return Answers(
        ended=tuple(reply.stop is Stop.TURN_END for reply in replies),
        right=tuple(says(text, wanted) for text, wanted in given if wanted is not None),
    )


def says(answer: str, wanted: str) -> bool:
    """Whether the words of `wanted` stand in `answer` in a row, in any case; a stop may lack."""
    words, parts = _words(answer), _words(wanted)
    return any(words[i : i + len(parts)] == parts for i in range(len(words) - len(parts) + 1))


def answer_figures(before: Answers, after: Answers) -> dict[str, Score]:
    """Shares of answers that ended, and of kept ones that were given, before and after."""
    figures: dict[str, Score] = {}
    if before.ended:
        figures |= {"ended_before": share(before.ended), "ended_after": share(after.ended)}
    if before.right:
        figures |= {"kept_before": share(before.right), "kept_after": share(after.right)}
    return figures


def require_kept(figures: Mapping[str, Score], most_lost: float, hint: str) -> None:
    """Hold a model back that lost too many of its answers.

    Args:
        figures: of `answer_figures`.
        most_lost: share of the answers that may be lost; one answer always may.
        hint: what the user can do.

    Raises:
        StageStopped: more were lost.
    """
    told = {"ended": "of its answers came to an end", "kept": "of the answers to keep were given"}
    for name, what in told.items():
        if f"{name}_before" not in figures:
            continue
        before, after = figures[f"{name}_before"], figures[f"{name}_after"]
        if before.mean - after.mean > max(most_lost, 1.0 / before.n) + 1e-9:
            raise StageStopped(
                f"the gate holds it back: {before.mean:.0%} {what} before, and "
                f"{after.mean:.0%} after (n={before.n})",
                hint=hint,
            )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.casefold().rstrip(" .!"))
