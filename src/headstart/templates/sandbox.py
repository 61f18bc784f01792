"""Render a chat template as transformers would, without trusting it.

A template comes with a checkpoint and is a program. Here it runs in a process of its
own (`worker`) that can neither open a file nor start a program, inside jinja2's
immutable sandbox (`environment`), with counters and size checks (`limits`, `guards`).
One process serves many renders: a render costs about as much as without it. A process
that overruns is killed, and the next request starts another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headstart.errors import RequestError
from headstart.templates.continuing import cut_open, marked_open
from headstart.templates.errors import TemplateError, told
from headstart.templates.limits import MOST_SOURCE, TEMPLATE_SECONDS
from headstart.templates.plain import plain, with_reasoning, without_none
from headstart.templates.process import worker
from headstart.templates.syntax import Syntax, syntax_of

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Rendered:
    """What a template made of some messages."""

    text: str
    """The text, special tokens written out."""
    generation_spans: tuple[tuple[int, int], ...] = ()
    """Where in `text` the parts inside `generation` tags begin and end, in characters."""


@dataclass(frozen=True)
class Call:
    """One render to be done: what `apply_chat_template` is given."""

    messages: Messages
    """The conversation; at least one message."""
    add_generation_prompt: bool = False
    """Whether to end with what opens the assistant's turn."""
    tools: Sequence[Mapping[str, Any]] | None = None
    """JSON schemas of tools."""
    documents: Sequence[Mapping[str, Any]] | None = None
    """Documents with title and text."""
    continue_final_message: bool | str = False
    """Leave the last message open; a text names the field to leave open."""
    keep_none: bool = False
    """Leave keys whose value is None in the messages; transformers 5 takes them out."""
    now: datetime | None = None
    """What `strftime_now` tells; None for the clock's time."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Everything else that the template may read: `bos_token`, `eos_token` and its own."""


def render(
    template: str,
    messages: Messages,
    *,
    add_generation_prompt: bool = False,
    tools: Sequence[Mapping[str, Any]] | None = None,
    documents: Sequence[Mapping[str, Any]] | None = None,
    bos_token: str | None = None,
    eos_token: str | None = None,
    now: datetime | None = None,
    continue_final_message: bool | str = False,
    **variables: Any,
) -> Rendered:
    """Render messages with a chat template: the bytes that transformers gives.

    Args:
        template: the template's text.
        messages: dicts with `role` and `content`, of JSON values.
        add_generation_prompt: whether to end with what opens the assistant's turn.
        tools: JSON schemas of tools.
        documents: documents with title and text.
        bos_token: as the tokenizer names it; None leaves the variable undefined.
        eos_token: likewise.
        now: what `strftime_now` tells; the clock's local time by default.
        continue_final_message: leave the last message open; a text names the field.
        variables: further variables for the template.

    Raises:
        TemplateError: it gives no text; the class says why (see `templates.errors`).
        RequestError: no messages, messages that are no dicts, or options that exclude
            one another.

    Limits: values are JSON values; a tuple is read as a list, and any other object as
    its type's name in angle brackets.
    """
    call = Call(
        messages=messages,
        add_generation_prompt=add_generation_prompt,
        tools=tools,
        documents=documents,
        continue_final_message=continue_final_message,
        now=now,
        variables=_special(bos_token, eos_token) | variables,
    )
    (outcome,) = render_all(template, [call]).outcomes
    if isinstance(outcome, TemplateError):
        raise outcome
    return outcome


def _special(bos_token: str | None, eos_token: str | None) -> dict[str, Any]:
    named = {"bos_token": bos_token, "eos_token": eos_token}
    return {name: text for name, text in named.items() if text is not None}


@dataclass(frozen=True)
class Outcomes:
    """What one template gave: its syntax, and each render or why there is none."""

    syntax: Syntax | TemplateError
    """What the syntax tree says, or why there is none."""
    outcomes: tuple[Rendered | TemplateError, ...]
    """One for each call, in order; the error of `syntax` where there is one."""
    seconds: float = 0.0
    """Processor time that it took; what was allowed, and more, where the process was ended."""


def render_all(
    template: str, calls: Sequence[Call], *, seconds: float = TEMPLATE_SECONDS
) -> Outcomes:
    """Render many conversations with one template; errors are values here.

    Takes at most about one second of processor time more than `seconds`, whatever the
    template: after a render that ran out of time or memory the rest is not tried.

    Args:
        template: the template's text.
        calls: what to render.
        seconds: of processor time for all of it; more than `TEMPLATE_SECONDS` is not given.

    Raises:
        RequestError: as `render`.
    """
    requests = [_request(template, call) for call in calls]
    if len(template) > MOST_SOURCE:
        error = told("overrun", f"a template of more than {MOST_SOURCE:,} characters")
        return Outcomes(error, (error,) * len(calls))
    request = {"template": template, "renders": requests, "seconds": seconds}
    replies = worker().ask(request, len(calls) + 1)
    first, *others = replies
    spent = float(replies[-1].get("spent", seconds + 1))
    syntax = _syntax(first)
    if isinstance(syntax, TemplateError):
        return Outcomes(syntax, (syntax,) * len(calls), spent)
    return Outcomes(syntax, tuple(map(_outcome, calls, others)), spent)


def read_syntax(template: str) -> Syntax:
    """What a template's syntax tree says.

    Raises:
        TemplateError: it has none, or is too large.
    """
    syntax = render_all(template, []).syntax
    if isinstance(syntax, TemplateError):
        raise syntax
    return syntax


def _request(template: str, call: Call) -> dict[str, Any]:
    messages = plain(call.messages)
    if not messages or not all(isinstance(one, dict) for one in messages):
        raise RequestError(
            "a conversation is a list of at least one message, each with a role and content",
            hint="give messages such as {'role': 'user', 'content': 'Hello'}",
        )
    if call.continue_final_message and call.add_generation_prompt:
        raise RequestError(
            "a final message cannot be left open and be followed by a generation prompt",
            hint="choose one of the two",
        )
    messages = with_reasoning(messages if call.keep_none else without_none(messages))
    if call.continue_final_message:
        messages = marked_open(template, messages, wanted=call.continue_final_message)
    variables = {
        "messages": messages,
        "tools": plain(call.tools),
        "documents": plain(call.documents),
        "add_generation_prompt": call.add_generation_prompt,
        **plain(call.variables),
    }
    return {"variables": variables, "now": (call.now or datetime.now()).isoformat()}


def _syntax(reply: dict[str, Any]) -> Syntax | TemplateError:
    if "syntax" in reply:
        return syntax_of(reply["syntax"])
    return told(reply["error"], reply["says"])


def _outcome(call: Call, reply: dict[str, Any]) -> Rendered | TemplateError:
    if "text" not in reply:
        return told(reply["error"], reply["says"])
    if call.continue_final_message:
        try:
            wanted = call.continue_final_message
            return Rendered(cut_open(reply["text"], call.messages, wanted=wanted))
        except TemplateError as error:
            return error
    return Rendered(reply["text"], tuple((start, end) for start, end in reply["spans"]))
