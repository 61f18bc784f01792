"""Preferences as pairs of ids, some of them held out to measure on."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.stage import DpoRecipe, Preference, RewardRecipe, Tuning
from headstart.domain.value import Score
from headstart.engine.alignment.chat_format import equip
from headstart.engine.alignment.measure import Pair
from headstart.engine.alignment.training import last_mean
from headstart.engine.alignment.weights import Parent, load_parent
from headstart.engine.device import Device
from headstart.engine.render import Renderer
from headstart.errors import DataError, TemplateMissing


@dataclass(frozen=True)
class PairData:
    """A parent and the pairs it learns from."""

    parent: Parent
    """Loaded, its turn end named as the eos."""
    trained: list[Pair]
    """What it is trained on."""
    held: list[Pair]
    """Of other prompts, to measure on."""
    notes: tuple[str, ...]
    """What had to be worked around."""


def pair_data(
    checkpoint: Checkpoint,
    preferences: Sequence[Preference],
    recipe: DpoRecipe | RewardRecipe,
    device: Device,
) -> PairData:
    """Load a parent, and turn preferences into pairs of its ids.

    Raises:
        TemplateMissing: the checkpoint has no chat template.
        DataError: fewer than two pairs fit, or all have one prompt.
    """
    parent = load_parent(checkpoint, recipe, device)
    renderer, worked_around = speaking(parent)
    pairs, notes = to_pairs(renderer, preferences, recipe, parent.loaded.context)
    trained, held = split_pairs(pairs, recipe.held_out, recipe.seed)
    return PairData(parent, trained, held, (*worked_around, *notes))


def pair_figures(
    history: Sequence[dict[str, float]], trained: Sequence[Pair]
) -> dict[str, float | Score]:
    """What every training on pairs says of itself: its last loss, its steps and its pairs."""
    return {
        "loss": last_mean(history, "loss"),
        "steps": float(len(history)),
        "pairs": float(len(trained)),
    }


def speaking(parent: Parent) -> tuple[Renderer, list[str]]:
    """The parent's own chat template, ready to render, and what had to be worked around.

    Its turn end becomes the eos of tokenizer and model, as a chat checkpoint of others may name
    the document end there, and would be trained to go on after its answers.

    Raises:
        TemplateMissing: it has none.
    """
    if parent.tokenizer.chat_template is None:
        raise TemplateMissing(
            f"{parent.folder.name} has no chat template, and this stage goes on from a chat model",
            hint="make one first: headstart forge sft",
        )
    attached = equip(parent.model, parent.tokenizer)
    return Renderer(parent.tokenizer, str(parent.tokenizer.chat_template)), attached.notes


def to_pairs(
    renderer: Renderer, preferences: Sequence[Preference], recipe: Tuning, context: int
) -> tuple[list[Pair], list[str]]:
    """Preferences as ids, and what rendering worked around.

    Raises:
        DataError: no pair fits `recipe.max_tokens` or the context.
    """
    most = min(recipe.max_tokens, context)
    pairs = [
        Pair(
            renderer.prompt(each.prompt),
            renderer.completion(each.chosen),
            renderer.completion(each.rejected),
        )
        for each in preferences
    ]
    fitting = [p for p in pairs if len(p.prompt) + max(len(p.chosen), len(p.rejected)) <= most]
    if len(fitting) < 2:
        raise DataError(
            f"{len(fitting)} of {len(pairs)} pairs fit {most} tokens, and 2 are needed: one to "
            "train on, one to measure",
            hint="give more pairs or shorter ones, or raise --max-tokens",
        )
    notes = sorted(renderer.findings)
    if len(fitting) < len(pairs):
        notes.append(f"{len(pairs) - len(fitting)} pairs are longer than {most} tokens: left out")
    return fitting, notes


def split_pairs(pairs: Sequence[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Training pairs and held-out ones, at least one of each; one prompt is never in both.

    Which prompts are held out depends on their ids and `seed` alone.
    """

    def rank(pair: Pair) -> str:
        return hashlib.sha256(json.dumps([seed, pair.prompt]).encode()).hexdigest()

    prompts = sorted({rank(pair) for pair in pairs})
    if len(prompts) < 2:
        raise DataError("every pair has the same prompt", hint="give pairs of at least 2 prompts")
    held = set(prompts[: max(1, round(share * len(prompts)))])
    trained = [pair for pair in pairs if rank(pair) not in held]
    return trained, [pair for pair in pairs if rank(pair) in held]
