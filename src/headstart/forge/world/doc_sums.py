"""Pages of sums: sheets, tables, word problems and sums worked out in steps."""

from collections.abc import Iterator
from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.source import Source
from headstart.forge.world.sums import (
    LARGEST,
    LARGEST_FACTOR,
    SUM_QUESTIONS,
    Sum,
    is_held_out_sum,
    make_sum,
)

TITLES = (
    "Sums", "Sums for today", "Slate work", "Practice", "From the sum book", "Mental sums",
    "Sums before breakfast", "Exercise", "What the pupils wrote", "Figures",
)  # fmt: skip

PROBLEMS: dict[str, tuple[str, ...]] = {
    "+": (
        "{name} has {a} {things} and buys {b} more. How many {things} does {name} have now?",
        "There are {a} {things} in one chest and {b} in another. How many are there in all?",
        "{name} sold {a} {things} on Monday and {b} on Tuesday. How many were sold on both days?",
        "A cart carries {a} {things}. Then {b} more are put on it. How many does it carry now?",
        "{name} counted {a} {things}, and {other} counted {b}. How many did they count together?",
        "In the barn there are {a} {things}, and in the yard there are {b}. How many is that?",
    ),
    "-": (
        "{name} had {a} {things} and gave {b} of them to {other}. How many are left?",
        "A shop has {a} {things} and sells {b}. How many {things} does it still have?",
        "Of {a} {things} {b} were broken. How many were whole?",
        "{name} needs {a} {things} and has {b}. How many are missing?",
        "There were {a} {things} on the shelf. {name} took {b} away. How many stayed there?",
        "{name} has {a} coins and spends {b} of them. How many coins does {name} keep?",
    ),
    "x": (
        "{name} fills {a} boxes with {b} {things} each. How many {things} is that?",
        "There are {a} rows of {b} {things}. How many {things} are there?",
        "One of the {things} costs {b} coins. How much do {a} of them cost?",
        "{name} carries {b} {things} at a time and walks {a} times. How many are carried?",
        "Each of {a} pupils brings {b} {things}. How many {things} do they bring?",
    ),
}
"""Word problems by operation; `{a}` and `{b}` are the numbers of the sum."""


def sums(source: Source) -> str:
    """One page of sums; no sum that is held out stands on it."""
    rng = source.rng
    pages = (_sheet, _row, _ladder, _asked, _problems, _steps, _classroom, _table)
    page = rng.choices(pages, (26, 8, 12, 20, 14, 8, 6, 6))[0]
    body = page(rng)
    return f"{rng.choice(TITLES)}\n\n{body}" if rng.random() < 0.4 else body


def _some(rng: Random, low: int, high: int) -> list[Sum]:
    operation = rng.choice((None, None, None, "+", "-", "x"))
    return [make_sum(rng, operation=operation) for _ in range(rng.randint(low, high))]


def _sheet(rng: Random) -> str:
    return "\n".join(each.equation for each in _some(rng, 28, 42))


def _row(rng: Random) -> str:
    end = rng.choice((", ", "; ", ". "))
    return end.join(each.equation for each in _some(rng, 28, 40)) + "."


def _ladder(rng: Random) -> str:
    """Sums that go up in steps with one number kept, so that the carry shows."""
    lines: list[str] = []
    while len(lines) < 30:
        operation = rng.choice("+-")
        kept, first = rng.randint(1, 60), rng.randint(0, 30)
        step = rng.choice((1, 1, 2, 5, 10))
        for other in range(first, min(first + 10 * step, LARGEST), step):
            total = Sum(other, "+", kept) if operation == "+" else Sum(other + kept, "-", kept)
            if total.left <= LARGEST and not _is_kept_out(total):
                lines.append(total.equation)
        lines.append("")
    return "\n".join(lines).strip()


def _table(rng: Random) -> str:
    """The times tables of four numbers."""
    blocks = []
    for factor in rng.sample(range(2, LARGEST_FACTOR + 1), 4):
        rows = [Sum(times, "x", factor) for times in range(1, LARGEST_FACTOR + 1)]
        blocks.append("\n".join(row.equation for row in rows if not _is_kept_out(row)))
    return "\n\n".join(blocks)


def _asked(rng: Random) -> str:
    asking, wording = rng.randrange(len(SUM_QUESTIONS)), rng.randrange(6)
    is_mixed = rng.random() < 0.5
    answer = rng.choice(("{q} {r}", "{q} {r}.", "{q} It is {r}.", "{q}\n{r}", "{q} {e} = {r}"))
    lines = []
    for each in _some(rng, 18, 26):
        if is_mixed:
            asking, wording = rng.randrange(len(SUM_QUESTIONS)), rng.randrange(6)
        question = each.question(asking, wording)
        lines.append(answer.format(q=question, r=each.result, e=each.spoken(0)))
    return "\n".join(lines)


def problem(rng: Random) -> tuple[str, Sum]:
    """A word problem with one-off names, and the sum it asks for."""
    kind = rng.choice(("+", "-", "x"))
    found = make_sum(rng, operation=kind)
    while min(found.left, found.right) < 2:
        found = make_sum(rng, operation=kind)
    text = rng.choice(PROBLEMS[kind]).format(
        name=names.one_off_person(rng).split()[0],
        other=names.one_off_person(rng).split()[0],
        things=lexicon.goods(rng),
        a=found.left,
        b=found.right,
    )
    return text, found


def _problems(rng: Random) -> str:
    style = rng.choice(
        ("{p} {r}", "{p}\n{e}", "{p} Answer: {r}.", "{p} {e}, so the answer is {r}.")
    )
    found = [problem(rng) for _ in range(rng.randint(9, 12))]
    lines = [style.format(p=text, r=each.result, e=each.equation) for text, each in found]
    return rng.choice(("\n", "\n\n")).join(lines)


def _steps(rng: Random) -> str:
    lines: list[str] = []
    while len(lines) < 14:
        lines.extend(_worked(make_sum(rng, operation="+")))
    return "\n".join(lines)


def _worked(whole: Sum) -> Iterator[str]:
    """Tens first, then ones, if no step of it is held out."""
    tens = Sum(whole.left // 10 * 10, "+", whole.right // 10 * 10)
    ones = Sum(whole.left % 10, "+", whole.right % 10)
    last = Sum(tens.result, "+", ones.result)
    if min(tens.left, tens.right) > 0 and not any(map(_is_kept_out, (tens, ones, last))):
        steps = f"{tens.equation}, {ones.equation}, {last.equation}"
        yield f"{whole.spoken(0)}: {steps}. So {whole.equation}."


def _classroom(rng: Random) -> str:
    teacher = names.one_off_person(rng)
    pupils = [names.one_off_person(rng).split()[0] for _ in range(4)]
    lines = [f"{teacher} wrote sums on the slate, and the pupils took turns."]
    for each in _some(rng, 13, 17):
        pupil = rng.choice(pupils)
        asked = each.question(rng.choice((0, 1, 2, 4, 6)), rng.randrange(6))
        answer = rng.choice(
            (
                '"{r}," said {p}.',
                '"That is {r}," answered {p}.',
                "{p} thought for a moment and said that it was {r}.",
                '{p} called out, "{r}!"',
            )
        )
        lines.append(f'"{asked}" ' + answer.format(r=each.result, p=pupil))
    return " ".join(lines)


def _is_kept_out(each: Sum) -> bool:
    return is_held_out_sum(each.left, each.operation, each.right)
