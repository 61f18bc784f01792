"""IFEval: which checkable instructions a response follows, strictly and loosely.

Source: Zhou et al. 2023, arXiv 2311.07911.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from headstart.domain.ifeval import (
    IfevalScores,
    InstructionVerdict,
    KindFigures,
    ReferenceAgreement,
    ScoredResponse,
)
from headstart.domain.value import NotMeasured
from headstart.errors import DataError
from headstart.judge.shares import share
from headstart.tasks.rows import Row, Rows
from headstart.tax.cells import listed_cell
from headstart.tax.clusters import clustered_share
from headstart.tax.ifeval_checks import Unanswerable, follows
from headstart.tax.instruction_rows import ARGUMENTS, KINDS, Instruction, instructions_of
from headstart.tax.stored import column, needed, text_in

PROMPTS = ("prompt", "question", "input")
RESPONSES = ("response", "completion", "output", "reply", "generation", "answer")
REFERENCE = {"strict": ("strict", "strict_reference"), "loose": ("loose", "loose_reference")}


def verdicts(response: str, instructions: Iterable[Instruction]) -> tuple[InstructionVerdict, ...]:
    """Strict and loose verdict on each instruction; what cannot be checked says why."""
    return tuple(_verdict(response, each) for each in instructions)


def variants(response: str) -> tuple[str, ...]:
    """What loose scoring looks at: without first line, last line or both, with and without `*`."""
    lines = response.split("\n")
    cut = [response, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return tuple(dict.fromkeys([*cut, *(text.replace("*", "") for text in cut)]))


def score_ifeval(
    rows: Rows, notes: Sequence[str] = (), published: Rows | None = None
) -> IfevalScores:
    """Score every response of a file.

    Args:
        rows: with prompt, response, instruction ids and arguments as published; verdicts in
            `strict` and `loose` are compared with ours.
        notes: carried into the result.
        published: prompts with their instructions, for rows that bring none; matched by prompt.

    Raises:
        DataError: columns are missing, or a cell holds something else than it should.
    """
    responses = needed(rows, RESPONSES, "responses")
    source = Instructions(rows, published)
    key = column(rows, ("key", "id"))
    scored, known, unknown = [], [], 0
    for row in rows.rows:
        found = source.of(row)
        if found is None:
            unknown += 1
            continue
        given = verdicts(text_in(row.cells.get(responses)), found)
        name = text_in(row.cells[key]) if key and row.cells.get(key) is not None else None
        scored.append(ScoredResponse(row=row.number, key=name, verdicts=given))
        known.append(row)
    left = (f"{unknown} rows have no instructions and are left out",) if unknown else ()
    return _scores(rows, scored, (*notes, *left), _agreement(rows, known, scored))


class Instructions:
    """Where the instructions of a row are found."""

    def __init__(self, rows: Rows, published: Rows | None) -> None:
        """Find the columns; `published` is looked up by prompt."""
        self._rows = rows
        self._prompt = column(rows, PROMPTS)
        self._by_prompt: dict[str, tuple[Instruction, ...]] = {}
        if published is not None:
            prompt = needed(published, PROMPTS, "prompts")
            for row in published.rows:
                found = instructions_of(published, row)
                if found is not None:
                    self._by_prompt[text_in(row.cells.get(prompt)).strip()] = found
        elif column(rows, KINDS) is None or column(rows, ARGUMENTS) is None:
            needed(rows, KINDS, "instruction ids")
            raise DataError(
                f"{rows.file} has no column for the instructions' arguments",
                hint="name it kwargs, or give the published prompts with --prompts FILE",
            )

    def of(self, row: Row) -> tuple[Instruction, ...] | None:
        """The row's own instructions, else the published ones of its prompt, else None."""
        own = instructions_of(self._rows, row)
        if own is not None or self._prompt is None:
            return own
        return self._by_prompt.get(text_in(row.cells.get(self._prompt)).strip())


def _verdict(response: str, instruction: Instruction) -> InstructionVerdict:
    kind, arguments = instruction.kind, instruction.arguments
    try:
        strict = follows(kind, response, arguments)
        loose = strict or any(follows(kind, text, arguments) for text in variants(response))
    except Unanswerable as error:
        why = NotMeasured(why=str(error))
        return InstructionVerdict(kind=kind, strict=why, loose=why)
    return InstructionVerdict(kind=kind, strict=strict, loose=loose)


def _scores(
    rows: Rows,
    scored: Sequence[ScoredResponse],
    notes: Sequence[str],
    agreement: tuple[ReferenceAgreement, ...],
) -> IfevalScores:
    odd = Counter(
        v.strict.why for each in scored for v in each.verdicts if isinstance(v.strict, NotMeasured)
    )
    strict = [[v.strict for v in each.verdicts] for each in scored]
    loose = [[v.loose for v in each.verdicts] for each in scored]
    return IfevalScores(
        file=rows.file,
        n=len(scored),
        prompt_strict=share([all(told) for told in _told(strict)]),
        prompt_loose=share([all(told) for told in _told(loose)]),
        instruction_strict=clustered_share(_told(strict)),
        instruction_loose=clustered_share(_told(loose)),
        kinds=_kinds(scored),
        agreement=agreement,
        notes=(*notes, *(f"{n} instructions not checked: {why}" for why, n in odd.items())),
        rows=tuple(scored),
    )


def _told(verdicts: Sequence[Sequence[bool | NotMeasured]]) -> list[list[bool]]:
    """Those of each prompt that could be checked; prompts without any are left out."""
    told = [[v for v in row if not isinstance(v, NotMeasured)] for row in verdicts]
    return [row for row in told if row]


def _kinds(scored: Sequence[ScoredResponse]) -> tuple[KindFigures, ...]:
    found: dict[str, list[tuple[bool, bool]]] = {}
    for verdict in (v for each in scored for v in each.verdicts):
        pairs = found.setdefault(verdict.kind, [])
        if isinstance(verdict.strict, bool) and isinstance(verdict.loose, bool):
            pairs.append((verdict.strict, verdict.loose))
    return tuple(
        KindFigures(
            kind=kind,
            n=len(pairs),
            strict=share([strict for strict, _ in pairs]),
            loose=share([loose for _, loose in pairs]),
        )
        for kind, pairs in sorted(found.items())
    )


def _agreement(
    rows: Rows, known: Sequence[Row], scored: Sequence[ScoredResponse]
) -> tuple[ReferenceAgreement, ...]:
    columns = {name: column(rows, names) for name, names in REFERENCE.items()}
    if not all(columns.values()):
        return ()
    n: Counter[str] = Counter()
    equal: dict[str, Counter[str]] = {"strict": Counter(), "loose": Counter()}
    for row, each in zip(known, scored, strict=True):
        theirs = {name: listed_cell(rows, row, str(found)) for name, found in columns.items()}
        for i, verdict in enumerate(each.verdicts):
            if isinstance(verdict.strict, NotMeasured) or i >= len(theirs["strict"]):
                continue
            n.update(["all", verdict.kind])
            for name, ours in (("strict", verdict.strict), ("loose", verdict.loose)):
                if ours == theirs[name][i]:
                    equal[name].update(["all", verdict.kind])
    return tuple(
        ReferenceAgreement(
            kind=kind, n=n[kind], strict=equal["strict"][kind], loose=equal["loose"][kind]
        )
        for kind in ["all", *sorted(set(n) - {"all"})]
    )
