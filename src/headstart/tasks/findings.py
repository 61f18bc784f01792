"""What the user should know about the data, one sentence each."""

from collections import Counter
from collections.abc import Iterable, Sequence

from headstart.domain.task import Example, Shape
from headstart.tasks.rows import listed
from headstart.tasks.split import Split

FEW_TEST_ROWS = 20
"""Below this many test rows hardly any difference can be told."""
MAJORITY_SHARE = 0.8
"""Above this share of one label, a constant answer scores high."""


def find(split: Split, shape: Shape, unused: Sequence[str], auto_instruction: str) -> list[str]:
    """Everything worth telling; an empty list where the data is plain.

    Args:
        split: the rows after the split.
        shape: the task's shape.
        unused: columns of the training file that nothing reads.
        auto_instruction: the instruction that headstart wrote, or "".
    """
    found = [*_dropped(split), *_sizes(split)]
    if split.conflicting and shape not in (Shape.FREE_TEXT, Shape.RAW_TEXT):
        found.append(
            f"Answers differ within {_counted(split.conflicting, 'prompt')}, so no model can"
            " get all of them right."
        )
    if shape is Shape.CLASSIFICATION:
        found += _labels(split)
    if unused:
        found.append(_unused(unused, shape))
    if auto_instruction:
        found.append(
            f"headstart wrote the instruction {auto_instruction!r}; --instruction replaces it."
        )
    return found


def _unused(unused: Sequence[str], shape: Shape) -> str:
    told = f"Columns that are not used: {listed(tuple(unused))}."
    if shape is not Shape.RAW_TEXT:
        return told
    # a label column under another name would otherwise be overlooked in silence
    return (
        f"{told} Each row is read as raw text; if {unused[0]!r} is the answer, say so:"
        f" --columns prompt=...,completion={unused[0]}."
    )


def _dropped(split: Split) -> Iterable[str]:
    if split.empty:
        yield f"Dropped {_counted(split.empty, 'row')} with an empty prompt or completion."
    if split.duplicate:
        yield f"Dropped {_counted(split.duplicate, 'row')} already given by an earlier row."
    if split.leaked:
        yield (
            f"Dropped {_counted(split.leaked, 'training row')} with a prompt that also stands"
            " in the test data."
        )


def _sizes(split: Split) -> Iterable[str]:
    if len(split.test) < FEW_TEST_ROWS:
        yield (
            f"Only {_counted(len(split.test), 'test row')}: below {FEW_TEST_ROWS}, hardly any"
            " difference between starts can be told."
        )
    if not split.dev:
        yield "No rows could be set aside to pick learning rates: there are too few prompts."


def _labels(split: Split) -> Iterable[str]:
    known = Counter(example.completion for example in _trained(split))
    label, rows = known.most_common(1)[0]
    share = rows / known.total()
    if share > MAJORITY_SHARE:
        yield f"{share:.0%} of the training rows have the label {label!r}: always saying it scores."
    unseen = Counter(e.completion for e in split.test if e.completion not in known)
    if unseen:
        yield (
            f"The training rows lack {_counted(len(unseen), 'test label')}"
            f" ({_counted(unseen.total(), 'test row')}): {listed(tuple(sorted(unseen)), most=5)}."
        )


def _trained(split: Split) -> tuple[Example, ...]:
    return split.train + split.dev


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
