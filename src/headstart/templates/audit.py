"""The audit of stops and masks: would this batch teach a model to answer, and to stop?

It looks at the ids and labels that are really fed (`domain.audit`), whoever made them: our own
batches or another trainer's. Pure: no tokenizer, no torch.

Each rule yields what it found. An error is what would waste the run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from headstart.domain.audit import AuditedBatch, TrainedSpan
from headstart.domain.template import Finding, Severity
from headstart.errors import AuditFailed

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_OWN_PATHS = ("training", "prompt")
_LEAST_TEXT = 8
"""Shorter texts of a prompt stand in answers by chance."""
_SHOWN = 60


@dataclass(frozen=True)
class Found:
    """What one rule found."""

    evidence: str
    """What the batch holds."""
    severity: Severity | None = None
    """Where the case is graver or milder than the rule."""
    fix: str | None = None
    """Where the rule's own advice does not fit."""


@dataclass(frozen=True)
class AuditRule:
    """One way in which a batch can waste a run."""

    id: str
    """In words joined by hyphens."""
    title: str
    """What is wrong, in one clause."""
    severity: Severity
    """How much it matters."""
    check: Callable[[AuditedBatch], Iterator[Found]]
    """Gives nothing where all is well; one finding is enough."""
    fix: str
    """What to do about it."""


def nothing_trained(batch: AuditedBatch) -> Iterator[Found]:
    """A row on which no loss is taken."""
    bare = [row.row for row in batch.rows if not row.targets]
    if bare:
        yield Found(f"{len(bare)} of {len(batch.rows)} rows have no label, the first is {bare[0]}")


def labels_lost(batch: AuditedBatch) -> Iterator[Found]:
    """The batch takes the loss on other tokens than the mask says."""
    for row in batch.rows:
        masked = tuple(number for span in row.spans for number in span.ids)
        if masked != row.targets:
            yield Found(
                f"{row.row}: the mask marks {len(masked)} tokens, the batch predicts "
                f"{len(row.targets)}"
            )
            return


def terminator_not_trained(batch: AuditedBatch) -> Iterator[Found]:
    """The token that closes an answer carries no label."""
    pad_fix = (
        "give padding a token of its own, or mask it by position: the collator took the end for "
        "padding"
    )
    for row in batch.rows:
        # in plain completion format an earlier answer just goes over into the next question
        closed = row.spans if batch.chat else row.spans[-1:]
        open_ = [at for at, span in enumerate(closed) if not set(span.ids[-1:]) & {*batch.ends}]
        if not open_:
            continue
        last = open_[-1] == len(closed) - 1
        shown = closed[open_[-1]].text[-_SHOWN:]
        yield Found(
            f"{row.row}: {len(open_)} of {len(row.spans)} answers are trained without an end "
            f"({_names(batch, batch.ends)}), such as {shown!r}",
            ERROR if last else WARNING,
            pad_fix if batch.pad in batch.ends else None,
        )
        if last:
            return


def prompt_trained(batch: AuditedBatch) -> Iterator[Found]:
    """The loss is taken on what the user says."""
    for row in batch.rows:
        for span in row.spans:
            said = _bare("".join(row.answers))
            texts = [one for one in row.asked if len(_bare(one)) >= _LEAST_TEXT]
            inside = [t for t in texts if _bare(t) in _bare(span.text) and _bare(t) not in said]
            if inside:
                yield Found(f"{row.row}: trained on {_shown(span)}, which holds {inside[0][:80]!r}")
                return


def answer_not_trained(batch: AuditedBatch) -> Iterator[Found]:
    """An answer is not in what is trained, or only in part."""
    for row in batch.rows:
        pairs = list(zip(reversed(row.answers), reversed(row.spans), strict=False))
        for answer, span in pairs:
            if _bare(answer) not in _bare(span.text):
                same = _bare(answer).casefold() in _bare(span.text).casefold()
                yield Found(
                    f"{row.row}: the answer {answer[:_SHOWN]!r} is trained as {_shown(span)}",
                    WARNING if same else ERROR,
                )
                return
        if len(row.spans) > len(row.answers):
            yield Found(
                f"{row.row}: {len(row.spans)} parts are trained for {len(row.answers)} answers"
            )
            return


def answers_left_out(batch: AuditedBatch) -> Iterator[Found]:
    """Only the last answers of conversations are trained."""
    fewer = [row for row in batch.rows if 0 < len(row.spans) < len(row.answers)]
    if fewer:
        row = fewer[0]
        yield Found(
            f"{len(fewer)} of {len(batch.rows)} rows, such as {row.row}: {len(row.spans)} of "
            f"{len(row.answers)} answers"
        )


def pad_is_end(batch: AuditedBatch) -> Iterator[Found]:
    """Padding and end are one token."""
    if batch.pad in batch.ends:
        yield Found(f"both are {_names(batch, (batch.pad,))}; the end is trained here all the same")


def double_bos(batch: AuditedBatch) -> Iterator[Found]:
    """A text begins with two begin tokens."""
    for path, ids in batch.paths.items():
        if _openings(batch, ids) > 1:
            own = path in _OWN_PATHS
            yield Found(
                f"{path}: begins {_names(batch, ids)}",
                ERROR if own else WARNING,
                None if own else "tokenise rendered text with add_special_tokens=False",
            )


def bos_differs(batch: AuditedBatch) -> Iterator[Found]:
    """What is trained begins otherwise than what is asked."""
    trained, asked = (_openings(batch, batch.paths.get(path, ())) for path in _OWN_PATHS)
    if trained != asked and all(path in batch.paths for path in _OWN_PATHS):
        shown = (f"{path}: {_names(batch, batch.paths[path])}" for path in _OWN_PATHS)
        yield Found("; ".join(shown))


def missing_bos(batch: AuditedBatch) -> Iterator[Found]:
    """The tokenizer begins texts with BOS, the batch does not."""
    ids = batch.paths.get("training", ())
    if batch.adds_bos and ids and _openings(batch, ids) == 0:
        yield Found(
            f"training: begins {_names(batch, ids)}; a plain text {_name(batch, batch.bos)}"
        )


def end_is_no_stop(batch: AuditedBatch) -> Iterator[Found]:
    """Generation does not stop at the end that is trained."""
    if batch.ends and batch.ends[0] not in batch.stops:
        yield Found(
            f"answers are trained to end with {_name(batch, batch.ends[0])}; generation stops at "
            f"{_names(batch, batch.stops)}"
        )


def sources_differ(batch: AuditedBatch) -> Iterator[Found]:
    """The places that name an end do not all name the one that is trained."""
    if not batch.ends:
        return
    others = {
        source: ids
        for source, ids in batch.sources.items()
        if ids and batch.ends[0] not in ids and source != "chat template"
    }
    if others:
        told = "; ".join(f"{source}: {_names(batch, ids)}" for source, ids in others.items())
        yield Found(f"trained: {_name(batch, batch.ends[0])}; {told}")


def marker_in_data(batch: AuditedBatch) -> Iterator[Found]:
    """A special token's text inside the data became the token."""
    for one in batch.quoted:
        if one.found > one.expected:
            yield Found(
                f"{one.where}: the data's own {one.marker!r} became the special token "
                f"{one.found - one.expected} times"
            )
            return


RULES: tuple[AuditRule, ...] = (
    AuditRule(
        "nothing-trained",
        "rows carry no label",
        ERROR,
        nothing_trained,
        "leave such rows out, or correct the mask: training on them does nothing",
    ),
    AuditRule(
        "labels-lost",
        "the batch predicts other tokens than the mask marks",
        ERROR,
        labels_lost,
        "this is a fault of the trainer: report it",
    ),
    AuditRule(
        "terminator-not-trained",
        "answers are trained without their end",
        ERROR,
        terminator_not_trained,
        "let the mask include the token that closes each answer, and cut no row before it",
    ),
    AuditRule(
        "prompt-trained",
        "what the user says is trained too",
        ERROR,
        prompt_trained,
        "mask everything but the assistant's turns and their ends",
    ),
    AuditRule(
        "answer-not-trained",
        "an answer is not what is trained",
        ERROR,
        answer_not_trained,
        "compare the template's generation prompt with how it writes a finished answer; "
        "`headstart template lint` shows both",
    ),
    AuditRule(
        "answers-left-out",
        "only the last answers of conversations are trained",
        INFO,
        answers_left_out,
        "give one row for each answer if all of them are to be trained",
    ),
    AuditRule(
        "pad-is-end",
        "padding and end are one token",
        INFO,
        pad_is_end,
        "give padding a token of its own before training with a collator that masks it by its id",
    ),
    AuditRule(
        "double-bos",
        "a text begins with two begin tokens",
        ERROR,
        double_bos,
        "write bos_token once; `headstart template fix` does it",
    ),
    AuditRule(
        "bos-differs",
        "training begins otherwise than asking",
        ERROR,
        bos_differs,
        "open both with the same tokens",
    ),
    AuditRule(
        "missing-bos",
        "the tokenizer begins texts with a begin token, the batch does not",
        WARNING,
        missing_bos,
        "begin the template with {{ bos_token }}, if the model was trained so",
    ),
    AuditRule(
        "end-is-no-stop",
        "generation does not stop at the end that is trained",
        ERROR,
        end_is_no_stop,
        "add it to generation_config's eos_token_id",
    ),
    AuditRule(
        "end-sources-differ",
        "not all places name the end that is trained",
        WARNING,
        sources_differ,
        "set eos_token and eos_token_id to it in tokenizer_config.json, config.json and "
        "generation_config.json before serving what was trained",
    ),
    AuditRule(
        "marker-in-data",
        "special tokens' texts in the data become special tokens",
        ERROR,
        marker_in_data,
        "tokenise the data's own text apart, or with split_special_tokens",
    ),
)
"""Every rule, in the order in which findings are told."""


def audit(batch: AuditedBatch) -> tuple[Finding, ...]:
    """Find what would waste a run, and what would spoil its result elsewhere.

    Limits: knows the rows it is given; what a trainer does between batch and loss is out of its
    sight, but for the labels.
    """
    return tuple(_finding(rule, found) for rule in RULES for found in rule.check(batch))


def require_sound(batch: AuditedBatch) -> tuple[Finding, ...]:
    """The findings that do not keep a run from being worth its compute.

    Raises:
        AuditFailed: at least one error; the first is told, with its fix.
    """
    found = audit(batch)
    grave = [one for one in found if one.severity is ERROR]
    if grave:
        more = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
        raise AuditFailed(
            f"{batch.start or 'training'} would waste its run: {grave[0].title}{more}: "
            f"{grave[0].evidence}",
            hint=grave[0].fix,
        )
    return found


def _finding(rule: AuditRule, found: Found) -> Finding:
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=found.severity or rule.severity,
        evidence=found.evidence,
        fix=rule.fix if found.fix is None else found.fix,
    )


def _openings(batch: AuditedBatch, ids: Sequence[int]) -> int:
    """Begin tokens at the start; documents of some models begin and end with one token."""
    count = 0
    while batch.bos is not None and count < len(ids) and ids[count] == batch.bos:
        count += 1
    return count


def _name(batch: AuditedBatch, number: int | None) -> str:
    return "none" if number is None else repr(batch.names.get(number, f"id {number}"))


def _names(batch: AuditedBatch, numbers: Sequence[int | None]) -> str:
    return ", ".join(_name(batch, number) for number in numbers) or "nothing"


def _bare(text: str) -> str:
    """A text without white space, which templates trim and tokenizers change."""
    return "".join(text.split())


def _shown(span: TrainedSpan) -> str:
    text = span.text
    return repr(text) if len(text) <= 2 * _SHOWN else f"{text[:_SHOWN]!r} ... {text[-_SHOWN:]!r}"
