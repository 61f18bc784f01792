"""Base, instruct or undecided: the verdict over all signals.

The rules, in order:

1. What the model does decides, where it was tried and is clear.
2. Untrained turn tokens make a base, unless a chat template comes with a generation_config that
   ends at the turn end: adapters trained beside frozen rows look like that.
3. Trained turn tokens make an instruct if a file names the turn end as an end and none speaks
   against it; base models that saw chat while they were pretrained have trained rows too.
4. A generation_config that adds the turn end to another end, or sets a chat format, makes an
   instruct, and so does a tokenizer that pads with the turn end, if nothing moderate or better
   speaks against it.
5. Else undecided. A template, its absence, the tokenizer's eos, names and cards never decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headstart.domain.evidence import Kind, Signal, Strength, TurnRows
from headstart.domain.value import NotMeasured

BEHAVIOUR = "behaviour"
ROWS = "turn-rows"
FLAGS = {
    "base-ships-template": "a base checkpoint that ships a chat template it was not trained for",
    "instruct-without-template": "an instruct checkpoint that ships no chat template",
    "untrained-turn-tokens": "the rows of the turn tokens were never trained",
    "conflicting-evidence": "something moderate or stronger speaks against the verdict",
    "eos-disagree": "the files name different end tokens",
    "turn-end-not-eos": "generation does not stop at the template's turn end",
    "turn-end-no-token": "the template's turn end is no token of the vocabulary",
    "templates-disagree": "two places hold different default chat templates",
    "pad-is-eos": "padding and end are one token",
    "no-weights": "there are no weights here, or none that can be read",
    "pickle-weights": "the weights are pickle, which is never opened",
    "adapter": "an adapter: its rows and size are its parent's",
}
"""Every flag an inspection may carry, and what it means."""
_DEEP = "try what it does: headstart inspect --deep"
_PAIR = "compare it with its other half: headstart inspect BASE INSTRUCT"


@dataclass(frozen=True)
class Verdict:
    """What the signals come to."""

    kind: Kind
    """base, instruct or undecided."""
    because: str
    """What decided, or why nothing did."""
    leaning: Kind
    """Where weaker signals point, for an undecided one."""
    would_decide: str
    """What would decide it; empty where it is decided."""


def decide(signals: Sequence[Signal]) -> Verdict:
    """Apply the rules above."""
    found = {signal.signal: signal for signal in signals}
    behaviour, rows, model = found.get(BEHAVIOUR), found.get(ROWS), found.get("model-eos")
    if behaviour is not None and behaviour.says is not Kind.UNDECIDED:
        return _decided(behaviour, signals)
    if rows is not None and rows.says is Kind.BASE:
        if _speaks(found.get("template"), Kind.INSTRUCT) and _speaks(model, Kind.INSTRUCT):
            return _undecided("its turn tokens are untrained, but it was set to stop there", found)
        return _decided(rows, signals)
    if rows is not None and rows.says is Kind.INSTRUCT:
        named = [found.get("tokenizer-eos"), model]
        if any(_speaks(one, Kind.INSTRUCT) for one in named) and not _against(found, Kind.INSTRUCT):
            return _decided(rows, signals)
        why = "its turn tokens are trained, which pretraining on chat does too"
        return _undecided(f"{why}, and no file that generation goes by ends text there", found)
    for one in (model, found.get("chat-format"), found.get("turn-end-pads")):
        if one is not None and one.strength is Strength.GOOD and not _against(found, one.says):
            return _decided(one, signals)
    return _undecided("nothing here that could decide", found)


def conflicts(kind: Kind, signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Signals of moderate strength or more that speak against a decided kind."""
    if kind is Kind.UNDECIDED:
        return ()
    return tuple(
        signal
        for signal in signals
        if signal.says not in (kind, Kind.UNDECIDED)
        and signal.strength.weight >= Strength.MODERATE.weight
    )


def rows_signal(rows: TurnRows | NotMeasured) -> Signal:
    """What the rows of the turn tokens say."""
    if isinstance(rows, NotMeasured):
        return Signal(
            signal=ROWS,
            says=Kind.UNDECIDED,
            strength=Strength.NONE,
            value=rows,
            detail=f"not measured: {rows.why}",
        )
    says = {"trained": Kind.INSTRUCT, "untrained": Kind.BASE}.get(rows.state, Kind.UNDECIDED)
    first = rows.tokens[0]
    figures = ", ".join(f"{one.token} {_figure(one.distance)}" for one in rows.tokens[:6])
    return Signal(
        signal=ROWS,
        says=says,
        strength=Strength.NONE if says is Kind.UNDECIDED else Strength.STRONG,
        value=first.distance,
        detail=f"turn tokens {rows.state}: distance from rows that were never used, over those"
        f" rows' own: {figures}; ordinary tokens {_figure(rows.tables[0].ordinary)}",
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _decided(by: Signal, signals: Sequence[Signal]) -> Verdict:
    against = conflicts(by.says, signals)
    but = f"; against it: {', '.join(one.signal for one in against)}" if against else ""
    return Verdict(by.says, f"by {by.signal}: {by.detail}{but}", by.says, "")


def _undecided(why: str, found: dict[str, Signal]) -> Verdict:
    tried = BEHAVIOUR in found and not isinstance(found[BEHAVIOUR].value, NotMeasured)
    if tried:
        why = f"{why}; what it does is not clear either"
    return Verdict(Kind.UNDECIDED, why, _leaning(found.values()), _PAIR if tried else _DEEP)


def _leaning(signals: Iterable[Signal]) -> Kind:
    total = 0
    for signal in signals:
        sign = {Kind.INSTRUCT: 1, Kind.BASE: -1}.get(signal.says, 0)
        total += sign * signal.strength.weight
    if total == 0:
        return Kind.UNDECIDED
    return Kind.INSTRUCT if total > 0 else Kind.BASE


def _speaks(signal: Signal | None, kind: Kind) -> bool:
    return signal is not None and signal.says is kind


def _against(found: dict[str, Signal], kind: Kind) -> bool:
    """Whether an end that some file names speaks against it; a lost template does not count."""
    named = {name: one for name, one in found.items() if name != "template"}
    return bool(conflicts(kind, named.values()))
