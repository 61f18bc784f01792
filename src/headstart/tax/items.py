"""Item by item: which questions a checkpoint answers that another does not.

The same verdicts as in the lines of the report, so that each share can be looked into.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from headstart.domain.tax import Ask, Battery, PromptSets
from headstart.domain.tax_items import ItemAnswer, ItemRow
from headstart.tax.measures import capability, following, refusal
from headstart.tax.measures.sides import Side

Answers = dict[str, ItemAnswer]
"""By item id."""


def item_rows(sides: Mapping[str, Side], sets: PromptSets) -> tuple[ItemRow, ...]:
    """Every item that was asked of any checkpoint, measure by measure, in the sets' order.

    Args:
        sides: each checkpoint in the format it is meant for, by name.
        sets: what was asked.
    """
    choices = tuple(Ask(id=c.id, text=c.question, group=c.group) for c in sets.choices)
    instructions = tuple(Ask(id=a.id, text=a.text) for a in sets.instructions)
    golds = {c.id: c.options[c.gold] for c in sets.choices}
    return (
        *_rows("accuracy", choices, _each(sides, sets, _chosen), golds),
        *_rows("over-refusal", sets.safe, _each(sides, sets, _answered), {}),
        *_rows("under-refusal", sets.unsafe, _each(sides, sets, _declined), {}),
        *_rows("prompts, strict", instructions, _each(sides, sets, _followed), {}),
    )


def _each(
    sides: Mapping[str, Side], sets: PromptSets, told: Callable[[Side, PromptSets], Answers]
) -> dict[str, Answers]:
    return {name: told(side, sets) for name, side in sides.items()}


def _rows(
    measure: str,
    asked: Iterable[Ask],
    given: Mapping[str, Answers],
    golds: Mapping[str, str],
) -> Iterator[ItemRow]:
    for ask in asked:
        answers = {name: found[ask.id] for name, found in given.items() if ask.id in found}
        if answers:
            yield ItemRow(
                measure=measure,
                id=ask.id,
                group=ask.group,
                prompt=ask.text,
                expected=golds.get(ask.id, ""),
                answers=answers,
            )


def _chosen(side: Side, sets: PromptSets) -> Answers:
    options = {c.id: c.options for c in sets.choices}
    weighed = capability.answered(side, sets)
    right, picked = capability.correct(weighed), capability.picked(weighed)
    return {i: ItemAnswer(right=right[i], said=options[i][picked[i]]) for i in weighed}


def _answered(side: Side, sets: PromptSets) -> Answers:
    return _told(side, Battery.SAFE, sets, wanted=False)


def _declined(side: Side, sets: PromptSets) -> Answers:
    return _told(side, Battery.UNSAFE, sets, wanted=True)


def _told(side: Side, battery: Battery, sets: PromptSets, *, wanted: bool) -> Answers:
    texts = side.texts(battery)
    found = refusal.refused(side, battery, sets)
    return {i: ItemAnswer(right=is_ is wanted, said=texts[i]) for i, is_ in found.items()}


def _followed(side: Side, sets: PromptSets) -> Answers:
    texts = side.texts(Battery.INSTRUCTIONS)
    found = following.followed(side, sets)
    return {i: ItemAnswer(right=is_, said=texts[i]) for i, is_ in found.items()}
