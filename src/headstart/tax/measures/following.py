"""Measure 7, instruction following: IFEval, strict and loose, by instruction and by prompt."""

from headstart.domain.tax import Battery, InstructionAsk, PromptSets
from headstart.domain.value import NotMeasured
from headstart.tax.clusters import clustered_share
from headstart.tax.contrasts import Contrast, means
from headstart.tax.ifeval import verdicts
from headstart.tax.instruction_rows import Instruction
from headstart.tax.measures.sides import Draft, Kind, Side, draft, paired, share_line

_GROUP = "instructions"
_PROMPTS = {
    "strict": Kind("prompts, strict", _GROUP, "all instructions followed", "share", "higher"),
    "loose": Kind("prompts, loose", _GROUP, "all followed, loosely", "share", "higher"),
}
_SINGLE = {
    "strict": Kind("instructions, strict", _GROUP, "instructions followed", "share", "higher"),
    "loose": Kind("instructions, loose", _GROUP, "followed, loosely", "share", "higher"),
}
Told = dict[str, dict[str, list[bool]]]


def lines(first: Side, second: Side, sets: PromptSets) -> list[Draft]:
    """Empty where checkable instructions were not asked of both."""
    asked = {each.id: each for each in sets.instructions}
    ours, theirs = _told(first, asked), _told(second, asked)
    if not ours["strict"] or not theirs["strict"]:
        return []
    return [
        line
        for how in ("strict", "loose")
        for line in (_prompts(how, ours, theirs), _single(how, ours, theirs))
    ]


def followed(side: Side, sets: PromptSets) -> dict[str, bool]:
    """Whether all instructions of a request were followed, strictly, by request."""
    return _all(_told(side, {each.id: each for each in sets.instructions})["strict"])


def _all(found: dict[str, list[bool]]) -> dict[str, bool]:
    return {i: all(flags) for i, flags in found.items()}


def _told(side: Side, asked: dict[str, InstructionAsk]) -> Told:
    """strict and loose -> request -> a verdict on each instruction that could be checked."""
    found: Told = {"strict": {}, "loose": {}}
    for id_, text in side.texts(Battery.INSTRUCTIONS).items():
        if id_ not in asked:
            continue
        pairs = zip(asked[id_].kinds, asked[id_].arguments, strict=True)
        given = verdicts(text, (Instruction(kind, arguments) for kind, arguments in pairs))
        for how in found:
            told = [v.strict if how == "strict" else v.loose for v in given]
            checked = [v for v in told if not isinstance(v, NotMeasured)]
            if checked:
                found[how][id_] = checked
    return found


def _prompts(how: str, ours: Told, theirs: Told) -> Draft:
    return share_line(_PROMPTS[how], _all(ours[how]), _all(theirs[how]))


def _single(how: str, ours: Told, theirs: Told) -> Draft:
    """Instructions of one prompt belong together."""
    common = paired(ours[how], theirs[how])
    contrast: Contrast | NotMeasured = NotMeasured(why=f"{len(common)} prompts are too few")
    if len(common) > 1:
        flat = [[float(flag) for i in common for flag in side[how][i]] for side in (ours, theirs)]
        groups = [i for i in common for _ in ours[how][i]]
        contrast = means(flat[0], flat[1], groups)
    shares_of = [clustered_share(list(side[how].values())) for side in (ours, theirs)]
    return draft(_SINGLE[how], shares_of[0], shares_of[1], contrast)
