"""The chat template: what instruct hears in it, and what base does not."""

from collections.abc import Mapping, Sequence
from typing import Literal

from headstart.checkpoints.inspection import inspect
from headstart.domain.event import Event, OnEvent
from headstart.domain.evidence import Inspection, TurnRows
from headstart.domain.reply import Reply
from headstart.engine.score import Tokens
from headstart.forge.world.probes import probes
from headstart.lesson.experiments.cast import (
    LIMIT,
    NAMES,
    Cast,
    bare,
    in_template,
    pane,
    right,
    turn_ends,
)
from headstart.lesson.experiments.telling import (
    of,
    share_bar,
    share_bars,
    share_figure,
    token_bars,
)
from headstart.lesson.finding import Bars, Found, Panes, Table
from headstart.report.figures import decimal
from headstart.report.inert import visible

Flags = Mapping[str, Sequence[bool]]
ASKED = 40
WHOLE, UNMARKED, UNENDED, NEITHER, RAW = (
    "the whole template",
    "no assistant marker",
    "no turn end",
    "neither of the two",
    "no template at all",
)
_TOP = 3
_SIDES: tuple[Literal["base", "instruct"], ...] = ("base", "instruct")


def template(cast: Cast, _choice: str, seed: int, on_event: OnEvent) -> Found:
    """Ask instruct with the template whole, with parts cut out of it, and without it.

    Args:
        cast: who takes part.
        seed: draws the questions.
        on_event: told of progress; what it raises stops the run.
    """
    asked = probes(cast.world, "fact", ASKED, seed)
    inputs = _edited(in_template(cast.instruct, asked)) | {RAW: bare(cast.instruct, asked)}
    replies: dict[str, list[Reply]] = {}
    for name, prompts in inputs.items():
        on_event(Event(stage="lesson", message=f"asking with {name}", done=len(replies), total=5))
        replies[name] = cast.instruct.replies(prompts, limit=LIMIT)
    proper = {name: right(asked, each) for name, each in replies.items()}
    ended = {name: turn_ends(each) for name, each in replies.items()}
    return Found(
        sentence=_edits_told(ended, proper),
        agrees=sum(ended[WHOLE]) > sum(ended[RAW]) and sum(proper[WHOLE]) > sum(proper[RAW]),
        outcome="same" if sum(ended[RAW]) > ASKED / 2 else "on",
        numbers=(
            *(share_figure(f"ends its turn, {name}", flags) for name, flags in ended.items()),
            *(share_figure(f"right, {name}", flags) for name, flags in proper.items()),
        ),
        drawings=(
            share_bars("Ends its turn", ended, "instruct"),
            share_bars("Answers right", proper, "instruct"),
            token_bars(
                "Most probable next tokens for the same question",
                cast.instruct,
                {name: inputs[name][0] for name in (WHOLE, RAW)},
                _TOP,
                "instruct",
            ),
            Panes(
                title="One question, three inputs",
                panes=tuple(
                    pane(name, "instruct", cast.instruct, inputs[name][0], replies[name][0])
                    for name in (WHOLE, NEITHER, RAW)
                ),
            ),
        ),
    )


def _edits_told(ended: Flags, proper: Flags) -> str:
    return (
        f"In its whole template instruct ended its turn in {of(ended[WHOLE])} replies and was "
        f"right in {sum(proper[WHOLE])}; with no template at all it ended {sum(ended[RAW])} "
        f"and was right in {sum(proper[RAW])}. Without the assistant marker alone it ended "
        f"{sum(ended[UNMARKED])}, without the turn end alone {sum(ended[UNENDED])}, without "
        f"both {sum(ended[NEITHER])}."
    )


def _edited(prompts: list[Tokens]) -> dict[str, list[Tokens]]:
    """The built-in template ends a prompt with the turn end and the assistant marker."""
    return {
        WHOLE: prompts,
        UNMARKED: [prompt[:-1] for prompt in prompts],
        UNENDED: [(*prompt[:-2], prompt[-1]) for prompt in prompts],
        NEITHER: [prompt[:-2] for prompt in prompts],
    }


def no_turn(cast: Cast, _choice: str, seed: int, on_event: OnEvent) -> Found:
    """Ask base in instruct's template, and look at the rows of the role tokens in both.

    Args:
        cast: who takes part.
        seed: draws the questions.
        on_event: told of progress; what it raises stops the run.
    """
    asked = probes(cast.world, "fact", ASKED, seed)
    sides = {"base": cast.base, "instruct": cast.instruct}
    prompts = {name: in_template(speaker, asked) for name, speaker in sides.items()}
    replies: dict[str, list[Reply]] = {}
    for name, speaker in sides.items():
        on_event(Event(stage="lesson", message=f"asking {name}", done=len(replies), total=3))
        replies[name] = speaker.replies(prompts[name], limit=LIMIT)
    on_event(Event(stage="lesson", message="reading the rows of role tokens", done=2, total=3))
    looked = {"base": inspect(NAMES[0]), "instruct": inspect(NAMES[-1])}
    proper = {name: right(asked, each) for name, each in replies.items()}
    ended = {name: turn_ends(each) for name, each in replies.items()}
    states = {name: _state(each) for name, each in looked.items()}
    return Found(
        sentence=_sides_told(ended, proper, states),
        agrees=sum(ended["base"]) <= ASKED / 10 and states["base"] == "untrained",
        outcome=_outcome(ended["base"], proper["base"]),
        numbers=tuple(
            share_figure(f"{name}: {what}", flags[name])
            for what, flags in (("ends its turn", ended), ("right", proper))
            for name in sides
        ),
        drawings=(
            Bars(
                title="Ends its turn in the template",
                most=1,
                rows=tuple(share_bar(side, ended[side], side) for side in _SIDES),
            ),
            _rows_table(looked["base"], looked["instruct"]),
            Panes(
                title="One question in the template",
                panes=tuple(
                    pane(side, side, sides[side], prompts[side][0], replies[side][0])
                    for side in _SIDES
                ),
            ),
        ),
    )


def _sides_told(ended: Flags, proper: Flags, states: Mapping[str, str]) -> str:
    return (
        f"In the template, base ended its turn in {of(ended['base'])} replies and was right in "
        f"{sum(proper['base'])}; instruct ended {sum(ended['instruct'])} and was right in "
        f"{sum(proper['instruct'])}. Base's rows for the role tokens are {states['base']}, "
        f"instruct's are {states['instruct']}."
    )


def _outcome(ended: Sequence[bool], proper: Sequence[bool]) -> str:
    knows = sum(proper) > ASKED / 4
    return "both" if knows and sum(ended) > ASKED / 2 else "answers" if knows else "neither"


def _state(looked: Inspection) -> str:
    return looked.rows.state if isinstance(looked.rows, TurnRows) else "not measured"


def _rows_table(base: Inspection, instruct: Inspection) -> Table:
    """Distance of each role token's row from the never-used rows, over their own distance."""
    found: dict[str, list[str]] = {}
    for side in (base, instruct):
        rows = side.rows.tokens if isinstance(side.rows, TurnRows) else ()
        for row in rows:
            if row.table == "input":
                found.setdefault(visible(row.token), []).append(decimal(row.distance, 1))
    return Table(
        title="Rows of the role tokens: distance from never-used rows, of which theirs is 1",
        header=("token", "base", "instruct"),
        rows=tuple((token, *cells) for token, cells in found.items() if len(cells) == 2),
    )
