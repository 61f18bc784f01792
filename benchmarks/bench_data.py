"""What both sides of the training benchmarks share: checkpoints, data as token ids, recipe.

Public data is read from where it lies, outside the repository; nothing is downloaded.
Both sides of a comparison get what `examples` returns: the same ids, the same loss mask.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerBase

from bench_choices import FILES
from headstart.checkpoints.resolve import resolve
from headstart.checkpoints.samples import sample_path
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.plan import Recipe
from headstart.domain.task import Example, Message
from headstart.engine.render import Rendered, Renderer
from headstart.errors import DataError

ORDER_SEED = 0
MAX_TOKENS = 1024
LEARNING_RATE = 2e-4
SEED = 0
"""Draws the adapters' first weights and shuffles the examples, on both sides alike."""

INSTRUCTIONS = {
    "banking77": "Classify the customer's message by what the customer wants from the bank. "
    "Answer with the name of the category, in lower case, with underscores between its words, "
    "and with nothing else.",
    "restaurant8k": "Write the booking details in the guest's message as JSON.",
    "gsm8k": "",
}


@dataclass(frozen=True)
class Run:
    """One training run of either side."""

    seconds: tuple[float, ...]
    """Wall time of each optimiser step, the first one's with what precedes it."""
    losses: tuple[float, ...]
    """Of each step before its update, nats per trained token; NaN where not finite."""


def recipe(batch_size: int = 16) -> Recipe:
    """LoRA on all linear layers: rank 16, alpha 32, no dropout, one pass."""
    return Recipe(
        method="lora",
        rank=16,
        alpha=32,
        epochs=1,
        batch_size=batch_size,
        max_tokens=MAX_TOKENS,
    )


def sample(model: str) -> Checkpoint:
    """The sample checkpoint called `model`; raises CheckpointMissing where not installed."""
    return resolve(f"{model}={sample_path(model)}")


def examples(
    tokenizer: PreTrainedTokenizerBase,
    checkpoint: Checkpoint,
    data: str,
    folder: Path,
    count: int,
    longest: int = MAX_TOKENS,
) -> list[Rendered]:
    """The first `count` training rows of `data` in one fixed random order, as token ids.

    Rows longer than `longest` tokens are passed over; a trial passes over those longer than
    `MAX_TOKENS`.

    Raises:
        DataError: the file is not there, cannot be read, or holds too few rows.
    """
    rows = read_rows(data, folder)
    template = checkpoint.chat_template if checkpoint.name == "smollm2" else None
    renderer = Renderer(tokenizer, template, INSTRUCTIONS[data])
    chosen: list[Rendered] = []
    for index in np.random.default_rng(ORDER_SEED).permutation(len(rows)).tolist():
        if len(chosen) == count:
            break
        prompt, completion = rows[index]
        rendered = renderer.training(
            Example(
                id=f"train:{index + 1}",
                prompt=(Message(role="user", content=prompt),),
                completion=completion,
                group="",
            )
        )
        if len(rendered.ids) <= longest:
            chosen.append(rendered)
    if len(chosen) < count:
        raise DataError(
            f"{FILES[data]} gives {len(chosen)} usable rows, and {count} are needed",
            hint="ask for fewer steps or repetitions",
        )
    return chosen


def read_rows(data: str, folder: Path) -> list[tuple[str, str]]:
    """Prompt and completion of each training row that has both."""
    path = folder / FILES[data]
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}",
            hint=f"pass --data-folder with the folder that holds {FILES[data]}",
        ) from error
    try:
        rows = _PARSERS[data](text)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is not the {data} training file: {error!r}",
            hint=f"pass --data-folder with the folder that holds {FILES[data]}",
        ) from error
    return [(p.strip(), c.strip()) for p, c in rows if p.strip() and c.strip()]


def describe(rendered: Sequence[Rendered]) -> str:
    """Lengths in one line."""
    lengths = sorted(len(r.ids) for r in rendered)
    trained = sum(sum(r.trained) for r in rendered) / len(rendered)
    return (
        f"{len(rendered)} examples of {lengths[0]} to {lengths[-1]} tokens, "
        f"{sum(lengths) / len(lengths):.0f} on average, {trained:.0f} of them trained"
    )


def _banking77(text: str) -> list[tuple[str, str]]:
    return [(row["text"], row["category"]) for row in csv.DictReader(io.StringIO(text, newline=""))]


def _restaurant8k(text: str) -> list[tuple[str, str]]:
    """Slot spans to JSON, as docs/guides/restaurant8k_rows.py writes them."""
    rows = []
    for turn in json.loads(text):
        said, slots = turn["userInput"]["text"], {}
        for label in turn.get("labels", []):
            span = label["valueSpan"]
            slots[label["slot"]] = said[span.get("startIndex", 0) : span["endIndex"]]
        rows.append((said, json.dumps(slots, ensure_ascii=False)))
    return rows


def _gsm8k(text: str) -> list[tuple[str, str]]:
    rows = map(json.loads, text.splitlines())
    return [(row["question"], row["answer"]) for row in rows]


_PARSERS = {"banking77": _banking77, "restaurant8k": _restaurant8k, "gsm8k": _gsm8k}
