"""The conversations that a lint renders, and the texts that it looks for in the result.

Each text begins and ends with a number of its own, so that it is found even where a
template changes case, trims, or writes something before and after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from headstart.templates.sandbox import Call

Message = dict[str, Any]

QUESTION = "70311 is asked about here: what comes after 70311"
ANSWER = "70312 is told as the answer: nothing comes after 70312"
RULE = "70313 is the rule for you: be brief about 70313"
NEXT_QUESTION = "70314 is asked about next: what comes after 70314"
NEXT_ANSWER = "70315 is told as the answer: nothing comes after 70315"
THOUGHT = "70316 is thought about first: so the result is 70316"
NEXT_THOUGHT = "70317 is thought about now: so the result is 70317"
RESULT = "70318 is what the tool found: the entry of 70318"
SPACES = "  "
EARLY = datetime(2024, 1, 2, 3, 4, 5)
LATE = datetime(2031, 12, 30, 21, 22, 23)


def key(text: str) -> str:
    """The number that a probe's text begins and ends with."""
    return text[:5]


def says(role: str, content: object, **more: object) -> Message:
    """One message."""
    return {"role": role, "content": content, **more}


def user(content: object = QUESTION) -> Message:
    """A user's message."""
    return says("user", content)


def assistant(content: object = ANSWER, **more: object) -> Message:
    """An assistant's message."""
    return says("assistant", content, **more)


@dataclass(frozen=True)
class Probe:
    """One conversation to render, and how."""

    name: str
    """Its letters: S system, U user, A assistant, T tool; then what is special."""
    messages: tuple[Message, ...]
    """The conversation."""
    asked: bool = False
    """With a generation prompt."""
    now: datetime = EARLY
    """The clock."""
    tools: tuple[Mapping[str, Any], ...] | None = None
    """JSON schemas of tools."""
    keep_none: bool = False
    """Keys whose value is None stay in the messages."""


LOOK_UP: Mapping[str, Any] = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Finds the entry of a word.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string", "description": "The word."}},
            "required": ["word"],
        },
    },
}


def thinking(thought: str, answer: str) -> Message:
    """An answer with its reasoning inside the text, the way reasoning models write it."""
    return assistant(f"<think>\n{thought}\n</think>\n\n{answer}")


def _with_call(arguments: object, content: object = "") -> tuple[Message, ...]:
    call = {
        "id": "call70318",
        "type": "function",
        "function": {"name": "look_up", "arguments": arguments},
    }
    told = {"tool_call_id": "call70318", "name": "look_up"}
    return (
        user(),
        assistant(content, tool_calls=[call]),
        says("tool", RESULT, **told),
        assistant(),
    )


_AS_OBJECT = {"word": "tide"}
_AS_TEXT = '{"word": "tide"}'

PROBES: tuple[Probe, ...] = (
    Probe("U", (user(),)),
    Probe("U asked", (user(),), asked=True),
    Probe("U asked later", (user(),), asked=True, now=LATE),
    Probe("U spaced", (user(SPACES + QUESTION + SPACES),)),
    Probe("U in parts", (user([{"type": "text", "text": QUESTION}]),)),
    Probe("UU", (user(), user(NEXT_QUESTION))),
    Probe("A", (assistant(),)),
    Probe("UA", (user(), assistant())),
    Probe("UA spaced", (user(), assistant(SPACES + ANSWER + SPACES))),
    Probe("UA thinking", (user(), thinking(THOUGHT, ANSWER))),
    Probe("UA with reasoning", (user(), assistant(reasoning_content=THOUGHT))),
    Probe("SU", (says("system", RULE), user())),
    Probe("SU asked", (says("system", RULE), user()), asked=True),
    Probe("SUA", (says("system", RULE), user(), assistant())),
    Probe("UAU asked", (user(), assistant(), user(NEXT_QUESTION)), asked=True),
    Probe("UAUA", (user(), assistant(), user(NEXT_QUESTION), assistant(NEXT_ANSWER))),
    Probe(
        "UAUA thinking",
        (
            user(),
            thinking(THOUGHT, ANSWER),
            user(NEXT_QUESTION),
            thinking(NEXT_THOUGHT, NEXT_ANSWER),
        ),
    ),
    Probe("UATA", _with_call(_AS_OBJECT), tools=(LOOK_UP,)),
    Probe("UATA as text", _with_call(_AS_TEXT), tools=(LOOK_UP,)),
    Probe("UAT plain", (user(), assistant(), says("tool", RESULT)), tools=(LOOK_UP,)),
    Probe("UATA none", _with_call(_AS_OBJECT, None), tools=(LOOK_UP,), keep_none=True),
    Probe("UATA none as text", _with_call(_AS_TEXT, None), tools=(LOOK_UP,), keep_none=True),
    Probe("UATA absent", _with_call(_AS_OBJECT, None), tools=(LOOK_UP,)),
    Probe("UATA absent as text", _with_call(_AS_TEXT, None), tools=(LOOK_UP,)),
)
"""Everything that is rendered of every template."""


def calls(probes: Sequence[Probe], bos: str, eos: str) -> list[Call]:
    """The probes as renders to be done, with the special tokens as text."""
    return [
        Call(
            messages=probe.messages,
            add_generation_prompt=probe.asked,
            tools=probe.tools,
            keep_none=probe.keep_none,
            now=probe.now,
            variables={"bos_token": bos, "eos_token": eos},
        )
        for probe in probes
    ]


def in_parts(probe: Probe) -> Probe:
    """The probe with every text as a list of one part, as multimodal templates want it."""
    return replace(probe, messages=tuple(_parted(message) for message in probe.messages))


def _parted(message: Message) -> Message:
    content = message["content"]
    if not isinstance(content, str):
        return message
    return message | {"content": [{"type": "text", "text": content}]}
