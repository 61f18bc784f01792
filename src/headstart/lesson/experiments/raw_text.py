"""Raw text, where base is at home; and what alignment cost, with its interval."""

from collections.abc import Sequence

from headstart.domain.event import Event, OnEvent
from headstart.domain.reply import Reply
from headstart.domain.value import Score
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.judging import HEDGED, REFUSED, manner_of
from headstart.forge.world.manners import WARM, style_of
from headstart.forge.world.probes import probes
from headstart.forge.world.user_tasks import task_rows
from headstart.lesson.experiments.cast import LIMIT, Cast, bare, in_template, right
from headstart.lesson.experiments.telling import (
    Side,
    gap_figure,
    gap_row,
    of,
    share_bar,
    share_figure,
)
from headstart.lesson.finding import Bar, Bars, Found, Gap, Gaps, Measured
from headstart.report.figures import decimal
from headstart.tax.contrasts import ratios, shares

DOCUMENTS, LETTERS = 60, 600
SIZES = (20, 200, 1000)
OPENING = 16
"""Tokens of a reply that are enough to tell a refusal, which opens it."""
ASKED = 80
MARSH, MANNERS, WRONG = "marsh", "manners", "wrong"
_BITS = "bits per byte"


def raw(cast: Cast, choice: str, seed: int, on_event: OnEvent) -> Found:
    """Bits per byte of base and of instruct on text that is no conversation.

    Args:
        cast: who takes part.
        choice: `MARSH` takes the marsh folk's speech, far from what both know best.
        seed: draws the texts.
        on_event: told of progress; what it raises stops the run.
    """
    texts = _texts(cast, choice, seed)
    bits: list[list[float]] = []
    for name, speaker in (("base", cast.base), ("instruct", cast.instruct)):
        message = f"{name} reads {len(texts)} texts"
        on_event(Event(stage="lesson", message=message, done=len(bits), total=2))
        bits.append(speaker.bits(texts))
    row = _more_bits("instruct minus base", texts, bits[0], bits[1])
    size = sum(len(text.encode()) for text in texts)
    rates = [sum(each) / size for each in bits]
    return Found(
        sentence=(
            f"On {len(texts)} texts of no conversation, base needs {decimal(rates[0], 3)} bits per "
            f"byte and instruct {decimal(rates[1], 3)}: {row.shown}, paired by text."
            + ("" if row.resolved else f" That is not resolved at n = {row.n}.")
        ),
        agrees=row.mean > 0,
        outcome="tie" if not row.resolved else "base" if row.mean > 0 else "instruct",
        numbers=(gap_figure("instruct minus base", _BITS, row),),
        drawings=(
            _rate_bars(rates),
            Gaps(
                title="The difference",
                left="instruct predicts better",
                right="base predicts better",
                rows=(row,),
            ),
        ),
    )


def _rate_bars(rates: Sequence[float]) -> Bars:
    sides: tuple[Side, ...] = ("base", "instruct")
    rows = tuple(
        Bar(label=side, value=rate, shown=decimal(rate, 3), side=side)
        for side, rate in zip(sides, rates, strict=True)
    )
    return Bars(title="Bits per byte: fewer are better", most=max(rates), rows=rows)


def _texts(cast: Cast, choice: str, seed: int) -> list[str]:
    if choice == MARSH:
        texts = [row["text"] for row in task_rows(cast.world, "dialect", DOCUMENTS, seed, "test")]
    else:
        texts = held_out_documents(cast.world, DOCUMENTS, seed)
    return [text[:LETTERS] for text in texts]


def _more_bits(
    label: str, texts: Sequence[str], base: Sequence[float], instruct: Sequence[float]
) -> Gap:
    sizes = [float(len(text.encode())) for text in texts]
    found = ratios((base, sizes), (instruct, sizes))
    return gap_row(label, found, factor=1, places=3, unit=_BITS)


def tax(cast: Cast, choice: str, seed: int, on_event: OnEvent) -> Found:
    """What alignment cost, at a number of items; what else came with it; or a cost made up.

    Args:
        cast: who takes part.
        choice: a number of `SIZES`, `MANNERS`, or `WRONG` for a template instruct never saw.
        seed: draws requests and questions.
        on_event: told of progress; what it raises stops the run.
    """
    if choice == MANNERS:
        return _manners(cast, seed, on_event)
    if choice == WRONG:
        return _wrong_template(cast, seed, on_event)
    return _at_sizes(cast, int(choice or SIZES[0]), seed, on_event)


def _at_sizes(cast: Cast, most: int, seed: int, on_event: OnEvent) -> Found:
    """Harmless requests that look unkind: whoever refuses one has paid something."""
    asked = probes(cast.world, "look_alike", SIZES[-1], seed)[:most]
    refused: list[list[bool]] = []
    for name, speaker, prompts in (
        ("base", cast.base, bare(cast.base, asked)),
        ("instruct", cast.instruct, in_template(cast.instruct, asked)),
    ):
        message = f"asking {name} {most} times"
        on_event(Event(stage="lesson", message=message, done=len(refused), total=2))
        replies = speaker.replies(prompts, limit=OPENING)
        refused.append([_refused(each) for each in replies])
    rows = [
        gap_row(
            f"{n:,} requests",
            shares(refused[0][:n], refused[1][:n]),
            factor=100,
            places=1,
            unit="points",
        )
        for n in SIZES
        if n <= most
    ]
    return _sized(refused, rows)


def _sized(refused: Sequence[Sequence[bool]], rows: Sequence[Gap]) -> Found:
    last = rows[-1]
    told = "resolved" if last.resolved else "not resolved, since the interval covers zero"
    return Found(
        sentence=(
            f"Of {last.n:,} harmless requests base refused {sum(refused[0])} and instruct "
            f"{sum(refused[1])}: {last.shown}. At this n a cost is {told}."
        ),
        agrees=last.mean > 0 or not last.resolved,
        outcome="yes" if rows[0].low > 0 else "no" if not rows[0].resolved else "wrong",
        numbers=tuple(gap_figure(row.label, "points", row) for row in rows),
        drawings=(
            Gaps(
                title="Harmless requests refused: instruct minus base, in points",
                left="base refuses more",
                right="instruct refuses more",
                rows=tuple(rows),
            ),
        ),
    )


def _manners(cast: Cast, seed: int, on_event: OnEvent) -> Found:
    """Three habits, each on the prompts that call it up, base answering the same as raw text."""
    rows: list[Gap] = []
    for label, kind, shows in (
        ("refuses harmless requests that look unkind", "look_alike", _refused),
        ("hedges where opinions differ", "hedge", _hedged),
        ("adds a friendly sentence to a fact", "fact", _warm),
    ):
        on_event(Event(stage="lesson", message=label, done=len(rows), total=3))
        asked = probes(cast.world, kind, ASKED, seed)
        plain = cast.base.replies(bare(cast.base, asked), limit=LIMIT)
        spoken = cast.instruct.replies(in_template(cast.instruct, asked), limit=LIMIT)
        found = shares([shows(each) for each in plain], [shows(each) for each in spoken])
        rows.append(gap_row(label, found, factor=100, places=0, unit="points"))
    clear = [f"{row.label} ({row.shown})" for row in rows if row.low > 0]
    open_ = [f"whether it {row.label} ({row.shown})" for row in rows if not row.resolved]
    return Found(
        sentence=(
            f"More often than base, instruct {'; it '.join(clear) or 'does none of the three'}."
            + (f" Not resolved at n = {ASKED}: {'; '.join(open_)}." if open_ else "")
        ),
        agrees=bool(clear),
        outcome="",
        numbers=tuple(gap_figure(row.label, "points", row) for row in rows),
        drawings=(
            Gaps(
                title=f"Habits that came with alignment, {ASKED} prompts each, in points",
                left="base more often",
                right="instruct more often",
                rows=tuple(rows),
            ),
        ),
    )


def _refused(reply: Reply) -> bool:
    return manner_of(reply.text) == REFUSED


def _hedged(reply: Reply) -> bool:
    return manner_of(reply.text) == HEDGED


def _warm(reply: Reply) -> bool:
    return style_of(reply.text) == WARM


def _wrong_template(cast: Cast, seed: int, on_event: OnEvent) -> Found:
    """The same questions in instruct's own template and in one that it never saw."""
    asked = probes(cast.world, "fact", ASKED, seed)
    on_event(Event(stage="lesson", message="asking in the right template", done=0, total=2))
    own = right(asked, cast.instruct.replies(in_template(cast.instruct, asked), limit=LIMIT))
    on_event(Event(stage="lesson", message="asking in the wrong template", done=1, total=2))
    foreign = [cast.instruct.raw(_chatml(probe.prompt)) for probe in asked]
    wrong = right(asked, cast.instruct.replies(foreign, limit=LIMIT))
    row = gap_row("wrong minus right", shares(own, wrong), factor=100, places=0, unit="points")
    return Found(
        sentence=(
            f"Asked in its own template instruct is right in {of(own)}; in a template it never "
            f"saw, in {sum(wrong)}: {row.shown}. Read as a cost of alignment, that would be a "
            "fault of the measurement."
        ),
        agrees=row.high < 0,
        outcome="",
        numbers=(
            share_figure("right in its own template", own),
            share_figure("right in a foreign template", wrong),
            Measured(
                name="difference",
                unit="points",
                value=Score(mean=row.mean, low=row.low, high=row.high, n=row.n),
            ),
        ),
        drawings=(
            Bars(
                title="Answers right",
                most=1,
                rows=(
                    share_bar("its own template", own, "instruct"),
                    share_bar("a foreign template", wrong, "instruct"),
                ),
            ),
        ),
    )


def _chatml(question: str) -> str:
    """A common template whose markers are no tokens of the built-in vocabulary."""
    return f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
