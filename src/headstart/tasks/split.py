"""Which rows train, which pick learning rates (dev) and which score (test).

Every choice is an order by sha256, so that it is the same on every machine and
Python version; rows with equal prompts stay on one side.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from headstart.domain.task import Example, Message
from headstart.domain.value import Value
from headstart.errors import DataError

TEST_SHARE = 0.2
"""At most this share of the prompts becomes test where no test file is given."""
DEV_SHARE = 0.1
"""At most this share of the training prompts becomes dev."""
DEV_ROWS = 64
"""At most this many rows become dev."""


class Split(Value):
    """The rows by their use, and what was dropped on the way."""

    train: tuple[Example, ...]
    """In the one shuffled order; every prefix of it is a rung."""
    dev: tuple[Example, ...]
    """Shares no prompt with train or test; may be empty."""
    test: tuple[Example, ...]
    """In one fixed order, at most `max_test`; of a test file, a smaller one is a prefix."""
    empty: int
    """Rows dropped since prompt or completion is empty."""
    duplicate: int
    """Rows dropped since they repeat an earlier row of their side."""
    leaked: int
    """Training rows dropped since their prompt stands in the test file."""
    conflicting: int
    """Prompts that carry more than one completion, over both sides."""


def group_of(prompt: Sequence[Message], completion: str) -> str:
    """The key that rows with equal prompts share, whatever their case and spacing.

    Raw text has no prompt, so its text stands in. 16 hexadecimal digits.
    """
    texts = [[turn.role, _normalised(turn.content)] for turn in prompt]
    key = texts or [["", _normalised(completion)]]
    return _sha256(json.dumps(key))[:16]


def split_examples(
    train: Sequence[Example], test: Sequence[Example] | None, *, max_test: int, seed: int
) -> Split:
    """Drop what cannot be used and set test and dev rows apart.

    With a test file, training rows whose prompt stands in it are dropped. Without
    one, `max_test` rows are cut out of the training rows, from at most 20% of the
    prompts and at least one. Dev takes at most 64 rows from at most 10% of the
    remaining prompts. The order depends on the seed and on what the rows hold,
    not on where they stand in the file.

    Args:
        train: examples of the training file.
        test: examples of the test file, or None.
        max_test: at most this many test rows are kept, at least 1.
        seed: changes every choice.

    Raises:
        DataError: fewer than two distinct prompts to train on, or no test rows.
    """
    pool, kept_test = _usable(train), _usable(test or ())
    dropped = [*train, *(test or ())]
    empty = sum(is_empty(example) for example in dropped)
    duplicate = len(dropped) - empty - len(pool) - len(kept_test)
    conflicting = _conflicts([*pool, *kept_test])
    leaked = 0
    _require_prompts(pool, "the training data has")
    if test is None:
        pool, kept_test = _cut_test(pool, max_test, seed)
    elif not kept_test:
        raise DataError("the test data has no usable row", hint="give test rows with both texts")
    else:
        seen = {example.group for example in kept_test}
        leaked = sum(example.group in seen for example in pool)
        pool = [example for example in pool if example.group not in seen]
        _require_prompts(pool, f"{leaked} training rows also stand in the test data, leaving")
    pool, dev = _cut_dev(pool, seed)
    return Split(
        train=tuple(_ordered(pool, seed)),
        dev=tuple(_ordered(dev, seed)),
        test=tuple(_ordered(kept_test, seed)[:max_test]),
        empty=empty,
        duplicate=duplicate,
        leaked=leaked,
        conflicting=conflicting,
    )


def is_empty(example: Example) -> bool:
    """Whether the completion, or every turn of the prompt but its system message, is blank."""
    if not example.completion.strip():
        return True
    turns = [turn for turn in example.prompt if turn.role != "system"]
    return bool(example.prompt) and not any(turn.content.strip() for turn in turns)


def _usable(examples: Iterable[Example]) -> list[Example]:
    kept: dict[tuple[tuple[Message, ...], str], Example] = {}
    for example in examples:
        if not is_empty(example):
            kept.setdefault((example.prompt, example.completion), example)
    return list(kept.values())


def _require_prompts(pool: Sequence[Example], whose: str) -> None:
    prompts = len({example.group for example in pool})
    if prompts < 2:
        raise DataError(
            f"{whose} {len(pool)} usable rows with {prompts} distinct prompts",
            hint="at least 2 distinct prompts are needed; a few hundred rows tell starts apart",
        )


def _conflicts(examples: Iterable[Example]) -> int:
    completions: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples:
        completions[example.group].add(example.completion)
    return sum(len(found) > 1 for found in completions.values())


def _cut_test(
    pool: Sequence[Example], max_test: int, seed: int
) -> tuple[list[Example], list[Example]]:
    groups = _grouped(pool)
    chosen: list[Example] = []
    taken: set[str] = set()
    for group in _by_hash(groups, seed, "test")[: max(1, int(TEST_SHARE * len(groups)))]:
        if len(chosen) >= max_test:
            break
        chosen += groups[group]
        taken.add(group)
    return [example for example in pool if example.group not in taken], chosen


def _cut_dev(pool: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    groups = _grouped(pool)
    most = int(DEV_SHARE * len(groups))
    dev: list[Example] = []
    taken: set[str] = set()
    for group in _by_hash(groups, seed, "dev"):
        if len(taken) < most and len(dev) + len(groups[group]) <= DEV_ROWS:
            dev += groups[group]
            taken.add(group)
    return [example for example in pool if example.group not in taken], dev


def _grouped(pool: Iterable[Example]) -> dict[str, list[Example]]:
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in pool:
        groups[example.group].append(example)
    return groups


def _by_hash(groups: Iterable[str], seed: int, use: str) -> list[str]:
    return sorted(groups, key=lambda group: _sha256(f"{seed}\n{use}\n{group}"))


def _ordered(examples: Iterable[Example], seed: int) -> list[Example]:
    return sorted(
        examples,
        key=lambda example: (
            _sha256(f"{seed}\n{example.group}\n{example.completion}"),
            [turn.content for turn in example.prompt],
        ),
    )


def _normalised(text: str) -> str:
    return " ".join(text.casefold().split())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
