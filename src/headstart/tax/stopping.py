"""Whether a model ends what it says, and where it runs on."""

import re

from headstart.domain.reply import Reply, Stop

_NEXT_ASKED = re.compile(r"\n[^\n]*\n?(?:Answer|A):", re.IGNORECASE)
_NEW_TURN = re.compile(
    r"\n\s*(?:(?:Question|Q|User|Human|Customer|Instruction|### ?\w+)\s*\d*\s*:|<\|?\w+\|?>)",
    re.IGNORECASE,
)


def first_answer(text: str) -> str:
    """A continuation up to where it asks the next question itself, as base models do."""
    places = [m.start() for p in (_NEXT_ASKED, _NEW_TURN) if (m := p.search(text))]
    return text[: min(places)] if places else text


def runs_on(reply: Reply) -> bool:
    """Whether a reply goes on into the next question, or until it was cut off."""
    return reply.stop is Stop.LIMIT or first_answer(reply.text) != reply.text
