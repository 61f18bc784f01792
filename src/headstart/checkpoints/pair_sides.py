"""Which of two checkpoints is the base and which the instruct, from how they differ."""

from collections.abc import Collection, Sequence

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.stops import all_ends
from headstart.checkpoints.token_forms import ends_documents, marks_turns
from headstart.checkpoints.turns import turn_end
from headstart.domain.evidence import Inspection, Kind, Signal, Strength
from headstart.domain.kinship import Kinship
from headstart.domain.value import NotMeasured

_OTHER = {Kind.BASE: Kind.INSTRUCT, Kind.INSTRUCT: Kind.BASE, Kind.UNDECIDED: Kind.UNDECIDED}


def differences(first: Declared, second: Declared) -> tuple[Signal, ...]:
    """What the difference between the two says; each signal speaks of the second."""
    return (_templates(first, second), _ends(first, second))


def sides(
    found: tuple[Inspection, Inspection], first: Declared, second: Declared, kinship: Kinship
) -> tuple[str | NotMeasured, str | NotMeasured]:
    """The refs of base and instruct, or why they are not known.

    Two opposite verdicts settle it. One verdict names both if how the two differ says the same;
    and so do end tokens that differ, if neither was decided.
    """
    if kinship is Kinship.REFUSED:
        why = NotMeasured(why="they are no pair")
        return why, why
    kinds = (found[0].kind, found[1].kind)
    if kinds[0] is kinds[1] is not Kind.UNDECIDED:
        why = NotMeasured(why=f"both are {kinds[0].value}")
        return why, why
    second_is = kinds[1] if kinds[1] is not Kind.UNDECIDED else _OTHER[kinds[0]]
    told = _together(differences(first, second))
    alone = Kind.UNDECIDED in kinds
    if (alone and second_is is not Kind.UNDECIDED and told is not second_is) or (
        second_is is Kind.UNDECIDED and told is Kind.UNDECIDED
    ):
        why = NotMeasured(why="how they differ does not say which is which; try --deep")
        return why, why
    second_is = second_is if second_is is not Kind.UNDECIDED else told
    refs = (found[0].ref, found[1].ref)
    return refs if second_is is Kind.INSTRUCT else refs[::-1]


def _templates(first: Declared, second: Declared) -> Signal:
    one, two = first.template, second.template
    if (one is None) is (two is None):
        same = (one and one.text) == (two and two.text)
        shown = "the same" if same else "different"
        detail = "both ship a template" if one else "neither ships a template"
        return _nothing("template-difference", shown, f"{detail}, {shown}")
    return Signal(
        signal="template-difference",
        says=Kind.BASE if two is None else Kind.INSTRUCT,
        strength=Strength.MODERATE,
        value="only one",
        detail=f"only the {'first' if two is None else 'second'} ships a template",
    )


def _ends(first: Declared, second: Declared) -> Signal:
    one, two = all_ends(first), all_ends(second)
    if not one or not two:
        return _nothing("eos-difference", NotMeasured(why="not both name end tokens"), "unknown")
    if one == two:
        return _nothing("eos-difference", "the same", f"both end at {', '.join(sorted(one))}")
    shown = f"{', '.join(sorted(one))} and {', '.join(sorted(two))}"
    in_first, in_second = _closes(one, first), _closes(two, second)
    if in_first is in_second:
        return _nothing("eos-difference", shown, f"they end at {shown}")
    return Signal(
        signal="eos-difference",
        says=Kind.INSTRUCT if in_second else Kind.BASE,
        strength=Strength.GOOD,
        value=shown,
        detail=f"only the {'second' if in_second else 'first'} ends at a turn end: {shown}",
    )


def _closes(tokens: Collection[str], declared: Declared) -> bool:
    """Whether one of these end tokens closes turns rather than documents."""
    end = turn_end(declared)
    return any((marks_turns(t) or t == end) and not ends_documents(t) for t in tokens)


def _together(signals: Sequence[Signal]) -> Kind:
    """What they say if none contradicts another and one is good."""
    said = {signal.says for signal in signals} - {Kind.UNDECIDED}
    good = any(signal.strength is Strength.GOOD for signal in signals)
    return said.pop() if len(said) == 1 and good else Kind.UNDECIDED


def _nothing(signal: str, value: str | NotMeasured, detail: str) -> Signal:
    return Signal(
        signal=signal, says=Kind.UNDECIDED, strength=Strength.NONE, value=value, detail=detail
    )
