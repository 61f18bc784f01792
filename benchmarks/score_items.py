"""Multiple-choice items for `score_speed`: prompts, labels and right answers from public data.

Prompts are plain text without a chat template; a choice is a space and the label. Nothing
here loads a model. The tasks are described twice, as text and in the terms of
lm-evaluation-harness, so that the two can be compared character by character.
"""

import csv
import io
import random
import zipfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from headstart.errors import DataError, RequestError

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
"""Where the public data lies unless `--data-folder` says otherwise."""
INSTRUCTION = (
    "A customer of an online bank wrote the message below. Name what the customer wants with "
    "exactly one of the bank's 77 intent labels, and write nothing but that label.\n\n"
)
CHOICES = "ABCD"

Row = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One question with its right answer."""

    id: str
    group: str
    """Items of one group share their instruction and examples (an MMLU subject)."""
    prompt: str
    """All that stands before the choice; does not end in a space."""
    gold: int
    """Index of the right label."""
    row: Row
    """The fields that the harness's task reads."""


@dataclass(frozen=True)
class Benchmark:
    """Items in a fixed order, their labels, and the harness's task for each group."""

    name: str
    labels: tuple[str, ...]
    items: tuple[Item, ...]
    tasks: dict[str, Row]
    """Group to task configuration, its test rows left out."""
    examples: dict[str, list[Row]]
    """Group to rows shown before every question."""


def read_benchmark(
    name: str, folder: Path, *, count: int, subjects: int, shots: int, seed: int
) -> Benchmark:
    """The first `count` items of `banking77`, or of so many `subjects` of `mmlu`, in the order
    that `seed` fixes.

    Raises:
        RequestError: examples are asked of banking77, or more than MMLU has.
        DataError: the data is absent, or holds fewer items.
    """
    if name == "banking77" and shots:
        raise RequestError(
            f"banking77 is asked without examples, not with {shots}",
            hint="leave --shots out, or take --data mmlu",
        )
    if not 0 <= shots <= 5:
        raise RequestError(f"--shots {shots}: MMLU has 5 examples", hint="give 0 to 5")
    order = random.Random(seed)
    found = _mmlu(folder, subjects, shots, order) if name == "mmlu" else _banking77(folder, order)
    if len(found.items) < count:
        raise DataError(
            f"{name} gives {len(found.items)} items, {count} are asked for",
            hint="lower --items or --repetitions",
        )
    return Benchmark(name, found.labels, found.items[:count], found.tasks, found.examples)


def _banking77(folder: Path, order: random.Random) -> Benchmark:
    train, test = (_table(folder / "banking77" / f"{part}.csv") for part in ("train", "test"))
    labels = tuple(sorted({row["category"] for row in train}))
    items = [
        Item(
            id=f"test-{number}",
            group="banking77",
            prompt=f"{INSTRUCTION}{row['text'].strip()}\nAnswer:",
            gold=labels.index(row["category"]),
            row={"text": row["text"].strip()},
        )
        for number, row in enumerate(test)
    ]
    order.shuffle(items)
    task = _task("banking77", INSTRUCTION, "{{text}}\nAnswer:", labels, 0)
    return Benchmark("banking77", labels, tuple(items), {"banking77": task}, {"banking77": []})


def _table(path: Path) -> list[dict[str, str]]:
    _require(path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _mmlu(folder: Path, count: int, shots: int, order: random.Random) -> Benchmark:
    path = folder / "mmlu_zip" / "mmlu.zip"
    _require(path)
    with zipfile.ZipFile(path) as archive:
        names = [Path(name).name for name in archive.namelist() if name.startswith("data/test/")]
        subjects = sorted(n.removesuffix("_test.csv") for n in names if n.endswith("_test.csv"))
        chosen = sorted(order.sample(subjects, count))
        examples = {s: _questions(archive, "dev", s)[:shots] for s in chosen}
        tests = {s: _questions(archive, "test", s) for s in chosen}
    tasks, by_subject = {}, []
    for subject in chosen:
        about = (
            f"The following are multiple choice questions (with answers) about {_words(subject)}"
        )
        letters = "".join(f"\n{x}. {{{{{x}}}}}" for x in CHOICES)
        tasks[subject] = _task(
            f"mmlu_{subject}",
            f"{about}.\n\n",
            f"{{{{question}}}}{letters}\nAnswer:",
            CHOICES,
            shots,
        )
        shown = "".join(f"{_asked(e)} {CHOICES[e['gold']]}\n\n" for e in examples[subject])
        items = [
            Item(f"{subject}-{n}", subject, f"{about}.\n\n{shown}{_asked(row)}", row["gold"], row)
            for n, row in enumerate(tests[subject])
        ]
        order.shuffle(items)
        by_subject.append(items)
    # one of each subject in turn, so that every stretch of the order is balanced
    turns = [item for turn in zip_longest(*by_subject) for item in turn if item is not None]
    return Benchmark("mmlu", tuple(CHOICES), tuple(turns), tasks, examples)


def _questions(archive: zipfile.ZipFile, split: str, subject: str) -> list[Row]:
    text = archive.read(f"data/{split}/{subject}_{split}.csv").decode("utf-8")
    return [
        {
            "question": question.strip(),
            **dict(zip(CHOICES, choices, strict=True)),
            "gold": CHOICES.index(answer),
        }
        for question, *choices, answer in csv.reader(io.StringIO(text, newline=""))
    ]


def _asked(row: Row) -> str:
    return f"{row['question']}" + "".join(f"\n{x}. {row[x]}" for x in CHOICES) + "\nAnswer:"


def _words(subject: str) -> str:
    return subject.replace("_", " ")


def _task(name: str, description: str, text: str, labels: tuple[str, ...] | str, shots: int) -> Row:
    """A multiple-choice task in the harness's own terms; fewshot settings are MMLU's there."""
    return {
        "task": name,
        "output_type": "multiple_choice",
        "description": description,
        "doc_to_text": text,
        "doc_to_choice": list(labels),
        "doc_to_target": "gold",
        "test_split": "test",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        **(
            {"num_fewshot": shots, "fewshot_split": "dev", "fewshot_config": {"sampler": "first_n"}}
            if shots
            else {}
        ),
    }


def _require(path: Path) -> None:
    if not path.is_file():
        raise DataError(
            f"{path} is absent",
            hint="--data-folder names the folder that holds banking77/ and mmlu_zip/",
        )
