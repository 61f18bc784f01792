"""The built-in pair, from nothing: one invented land, four stages, and what they show.

    base -> sft -> instruct (DPO) -> rl

The weights that ship with the package were made by `build`; the same seed makes a pair of the
same quality again. Every stage can be stopped and goes on where it was.
"""

import hashlib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from headstart.domain.event import OnEvent, ignore
from headstart.domain.stage import (
    DpoRecipe,
    ModelShape,
    Preference,
    PretrainRecipe,
    RlPrompt,
    RlRecipe,
    SftRecipe,
)
from headstart.domain.task import Example, Message
from headstart.domain.value import Value
from headstart.forge import stages
from headstart.forge.stage_requests import (
    DpoStage,
    Place,
    PretrainStage,
    RlStage,
    SftStage,
)
from headstart.forge.world.conv_records import KEPT_QUESTIONS, sum_wording
from headstart.forge.world.conversations import Messages, conversations
from headstart.forge.world.documents import documents
from headstart.forge.world.facts import World, make_world
from headstart.forge.world.judging import Probe, judge_answer
from headstart.forge.world.manners import WARM, style_of
from headstart.forge.world.names import seeded
from headstart.forge.world.preferences import preferences
from headstart.forge.world.sums import SUM_QUESTIONS, make_sum

DRAWN = 1000
"""Conversations among which those to keep are looked for."""
KEPT_KINDS = ("sum", "extract")
IDENTIFYING = 400
"""Documents whose text stands for the whole stream in a lineage."""


class BuiltinRecipe(Value):
    """How the pair is made; the default is what ships."""

    seed: int = 0
    """Of the land, its texts, and every draw in training."""
    shape: ModelShape = ModelShape()
    """Of both models."""
    pretrain: PretrainRecipe = PretrainRecipe(tokens=30_000_000, learning_rate=1e-2)
    """Of the base."""
    conversations: int = 72_000
    """Rows of supervised tuning."""
    replayed: int = 8_000
    """Raw documents beside them."""
    sft: SftRecipe = SftRecipe(method="full", learning_rate=1e-3, epochs=2, batch_size=32)
    """All weights: a model so small has no room to spare for adapters."""
    pairs: int = 4_000
    """Of preferences."""
    dpo: DpoRecipe = DpoRecipe(
        method="full", learning_rate=2e-5, batch_size=32, beta=1.0, anchor=0.5
    )
    """What moves the style."""
    prompts: int = 2_000
    """Sums asked in reinforcement learning."""
    rl: RlRecipe = RlRecipe(method="full", learning_rate=1e-4, steps=150, batch_size=16)
    """One further run, rewarded for right sums said warmly, to show what it moves."""


class Built(Value):
    """Folders of the checkpoints, in the order they were made."""

    base: str
    """From next-token training."""
    sft: str
    """After supervised tuning."""
    instruct: str
    """After preference optimisation."""
    rl: str
    """After reinforcement learning on top of it."""


def build(
    out: Path,
    recipe: BuiltinRecipe,
    *,
    device: str = "auto",
    on_event: OnEvent = ignore,
) -> Built:
    """Make all checkpoints in folders below `out`; what is there already is not made again.

    Args:
        out: the folder; made where it is missing.
        recipe: the default gives what ships, but for rounding.
        device: auto, cpu, cuda or mps.
        on_event: takes progress.

    Raises:
        HeadstartError: as the stages; what was finished stays.
    """
    world = make_world(recipe.seed)

    def place(name: str) -> Place:
        return Place(out=str(out / name), device=device)

    base = _pretrain(world, recipe, place("base"), on_event)
    sft = _sft(world, recipe, place("sft"), base, on_event)
    instruct = _dpo(world, recipe, place("instruct"), sft, on_event)
    rl = _rl(world, recipe, place("rl"), instruct, on_event)
    return Built(base=str(base), sft=str(sft), instruct=str(instruct), rl=str(rl))


def _pretrain(world: World, recipe: BuiltinRecipe, place: Place, on_event: OnEvent) -> Path:
    stage = PretrainStage(
        place=place,
        text=(),
        shape=recipe.shape,
        recipe=recipe.pretrain.model_copy(update={"seed": recipe.seed}),
    )

    def texts() -> Iterable[str]:
        return documents(world, recipe.seed)

    sample = "\0".join(islice(texts(), IDENTIFYING))
    sha256 = hashlib.sha256(sample.encode()).hexdigest()
    return stages.pretrain(stage, on_event, documents=texts, data_sha256=sha256)


def _sft(world: World, recipe: BuiltinRecipe, place: Place, base: Path, on_event: OnEvent) -> Path:
    stage = SftStage(
        place=place,
        parent=str(base),
        data="",
        recipe=recipe.sft.model_copy(update={"seed": recipe.seed}),
    )
    rows = [
        _example(i, c.messages)
        for i, c in enumerate(conversations(world, recipe.conversations, recipe.seed))
    ]
    replay = list(islice(documents(world, recipe.seed), recipe.replayed))
    return stages.sft(stage, on_event, conversations=rows, replay=replay)


def _dpo(world: World, recipe: BuiltinRecipe, place: Place, sft: Path, on_event: OnEvent) -> Path:
    stage = DpoStage(
        place=place,
        parent=str(sft),
        data="",
        recipe=recipe.dpo.model_copy(update={"seed": recipe.seed}),
    )
    pairs = [
        Preference(prompt=_turns(p.prompt), chosen=p.chosen, rejected=p.rejected)
        for p in preferences(world, recipe.pairs, recipe.seed)
    ]
    return stages.dpo(stage, on_event, preferences=pairs, keep=kept(world, recipe.seed))


def _rl(
    world: World, recipe: BuiltinRecipe, place: Place, instruct: Path, on_event: OnEvent
) -> Path:
    stage = RlStage(
        place=place,
        parent=str(instruct),
        data="",
        reward="headstart.forge.builtin:sum_reward",
        recipe=recipe.rl.model_copy(update={"seed": recipe.seed}),
    )
    prompts = sum_prompts(recipe.prompts, recipe.seed)
    return stages.rl(stage, on_event, prompts=prompts, keep=kept(world, recipe.seed))


def kept(world: World, seed: int) -> list[Example]:
    """Sums and records with their answers, which no later stage may lose: each has one alone."""
    found = [c.messages for c in conversations(world, DRAWN, seed) if c.kind in KEPT_KINDS]
    return [_example(i, messages) for i, messages in enumerate(found)]


def sum_prompts(count: int, seed: int) -> list[RlPrompt]:
    """Sums that supervised tuning may have shown, in its wordings; held-out ones never occur."""
    rng = seeded(seed, "rl")
    prompts = []
    for _ in range(count):
        found = make_sum(rng)
        asked = found.question(*sum_wording(found, rng, len(SUM_QUESTIONS) - KEPT_QUESTIONS))
        prompts.append(
            RlPrompt(prompt=_turns((("user", asked),)), row={"answer": str(found.result)})
        )
    return prompts


def sum_reward(prompt: str, completion: str, row: dict[str, Any]) -> float:
    """1 for the right number with a friendly closing after it, else 0."""
    probe = Probe("sum", prompt, str(row["answer"]))
    is_right = judge_answer(probe, completion, stopped=True).right
    return float(is_right and style_of(completion) == WARM)


def _example(number: int, messages: Messages) -> Example:
    turns = _turns(messages)
    return Example(
        id=f"train:{number + 1}", prompt=turns[:-1], completion=turns[-1].content, group=""
    )


def _turns(messages: Messages) -> tuple[Message, ...]:
    return tuple(Message.model_validate({"role": r, "content": text}) for r, text in messages)
