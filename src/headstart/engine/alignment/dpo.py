"""Direct preference optimisation, anchored on the chosen answers, with a gate of its own.

Pair accuracy alone says nothing about a ruined model: it can reach 100% while everything else
falls. So the likelihood of chosen answers is part of the loss, and its fall on pairs that were
never trained stops the stage.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from headstart.domain.audit import AuditedBatch
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin
from headstart.domain.stage import DpoRecipe, Preference
from headstart.domain.task import Example
from headstart.domain.value import Score
from headstart.engine.alignment.answers import Questions, answer_figures, ask, require_kept
from headstart.engine.alignment.chat_format import fit_rows
from headstart.engine.alignment.finish import Result, publish, reload, require_alike
from headstart.engine.alignment.measure import (
    Pair,
    PairScores,
    mean_score,
    score_pairs,
    share,
)
from headstart.engine.alignment.pairs import pair_data, pair_figures
from headstart.engine.alignment.training import (
    Steady,
    arguments,
    kept_in,
    run,
    training_order,
)
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.weights import (
    Parent,
    give_heads_a_bias,
    load_parent,
    lora_config,
    merged,
    wrapping,
)
from headstart.engine.alignment.work import WorkFolder, claimed
from headstart.engine.audit import audited, telling
from headstart.engine.device import Device
from headstart.engine.render import Rendered, Renderer
from headstart.errors import StageStopped

LOWER = "use a lower --learning-rate or a larger --anchor, with another --out"


def dpo(
    checkpoint: Checkpoint,
    preferences: Sequence[Preference],
    recipe: DpoRecipe,
    out: Path,
    origin: Origin,
    device: Device,
    *,
    keep: Sequence[Example] = (),
    check: Callable[[AuditedBatch], object] = lambda _batch: None,
    on_event: OnEvent = ignore,
) -> Lineage:
    """Move `checkpoint` towards preferred answers.

    The parent is the reference. A share of the prompts is held out, and measured from the
    exported checkpoint: the chosen answers' fall in log-probability, the share of pairs that
    moved the right way, and whether greedy answers still end. These and the answers to keep
    gate it. Killed at any moment, the same call goes on where it was.

    Args:
        checkpoint: an instruct checkpoint with a chat template.
        preferences: pairs of at least two prompts.
        recipe: see `DpoRecipe`.
        out: where the checkpoint will lie; free.
        origin: goes into its lineage.
        device: where to compute.
        keep: prompts with answers that must survive, as the parent gives them.
        check: sees the chosen answers as they are fed before the first step, and may raise.
        on_event: takes progress.

    Raises:
        TemplateMissing: the checkpoint has no chat template.
        DataError: fewer than two pairs fit.
        StageStopped: the loss is no number or rises, or the gate does not let it pass.
        StoreError: another process is at work there, or the disk cannot be written.
    """
    with claimed(out, origin) as work:
        data = pair_data(checkpoint, preferences, recipe, device)
        parent, held = data.parent, data.held
        questions = Questions([pair.prompt for pair in held], keep)
        scored, answered = score_pairs(parent.loaded, held), ask(parent.loaded, questions)
        trainer = _trainer(checkpoint, parent, data.trained, recipe, work, device)
        renderer = Renderer(parent.tokenizer, str(parent.tokenizer.chat_template))
        check(_audited(parent, renderer, preferences, trainer))
        watch = Watch(kept_in(work))
        history = run(trainer, "dpo", work, watch, on_event)
        figures = pair_figures(history, data.trained)
        result = Result(parent, merged(trainer.model), origin, data.notes)
        del trainer

        def measured(folder: Path) -> dict[str, float | Score]:
            loaded = reload(folder, device)
            require_alike(parent, loaded, _chosen(preferences))
            found = preference_figures(held, scored, score_pairs(loaded, held))
            _gate(found, recipe)
            answers = answer_figures(answered, ask(loaded, questions))
            require_kept(answers, recipe.most_lost, LOWER)
            return figures | found | answers

        return publish(result, out, work, device, measured, on_event)


def preference_figures(
    pairs: Sequence[Pair], before: PairScores, after: PairScores
) -> dict[str, float | Score]:
    """What a tuning did to pairs it did not see.

    Returns:
        `chosen_fall` and `rejected_fall`, in nats a token, positive where answers became less
        likely; `pair_accuracy`, the share of pairs whose chosen answer gained on the rejected
        one; `preferred_before` and `preferred_after`, the share whose chosen answer is the more
        likely one, a token.
    """
    rows = list(
        zip(pairs, before.chosen, after.chosen, before.rejected, after.rejected, strict=True)
    )
    return {
        "chosen_fall": mean_score([(b - a) / len(p.chosen) for p, b, a, _, _ in rows]),
        "rejected_fall": mean_score([(b - a) / len(p.rejected) for p, _, _, b, a in rows]),
        "pair_accuracy": share([ac - bc > ar - br for _, bc, ac, br, ar in rows]),
        "preferred_before": share([_likelier(p, bc, br) for p, bc, _, br, _ in rows]),
        "preferred_after": share([_likelier(p, ac, ar) for p, _, ac, _, ar in rows]),
    }


def _likelier(pair: Pair, chosen: float, rejected: float) -> bool:
    return chosen / len(pair.chosen) > rejected / len(pair.rejected)


def _gate(figures: dict[str, float | Score], recipe: DpoRecipe) -> None:
    fall, accuracy = figures["chosen_fall"], figures["pair_accuracy"]
    assert isinstance(fall, Score)
    assert isinstance(accuracy, Score)
    if not math.isfinite(fall.mean) or fall.mean > recipe.most_fall:
        raise StageStopped(
            f"the gate holds it back: held-out chosen answers lost {fall.mean:.3f} nats a token "
            f"(n={fall.n}), and {recipe.most_fall:g} are allowed",
            hint=LOWER,
        )
    if accuracy.high < recipe.least_accuracy:
        raise StageStopped(
            f"the gate holds it back: {accuracy.mean:.0%} of {accuracy.n} held-out pairs moved "
            f"towards the chosen answer, and {recipe.least_accuracy:.0%} are wanted",
            hint=LOWER,
        )


def _trainer(
    checkpoint: Checkpoint,
    parent: Parent,
    pairs: Sequence[Pair],
    recipe: DpoRecipe,
    work: WorkFolder,
    device: Device,
) -> "_DpoTrainer":
    lengths = [2 * len(p.prompt) + len(p.chosen) + len(p.rejected) for p in pairs]
    order = training_order(lengths, recipe.batch_size, recipe.epochs, recipe.seed)
    data = Dataset.from_dict(
        {
            "prompt_ids": [list(p.prompt) for p in pairs],
            "chosen_ids": [list(p.chosen) for p in pairs],
            "rejected_ids": [list(p.rejected) for p in pairs],
        }
    )
    settings = arguments(
        DPOConfig,
        recipe,
        work,
        device,
        math.ceil(len(order) / recipe.batch_size),
        max_length=None,
        beta=recipe.beta,
        loss_type=["sigmoid", "sft"] if recipe.anchor else ["sigmoid"],
        loss_weights=[1.0, recipe.anchor] if recipe.anchor else [1.0],
    )
    with wrapping(parent.model, recipe):
        trainer = _DpoTrainer(
            model=parent.model,
            ref_model=_reference(checkpoint, parent.tokenizer, recipe, device),
            args=settings,
            train_dataset=data.select(order),
            processing_class=parent.tokenizer,
            peft_config=lora_config(parent.model, recipe, ()),
        )
    give_heads_a_bias(trainer.model)
    return trainer


def _audited(
    parent: Parent, renderer: Renderer, preferences: Sequence[Preference], trainer: "_DpoTrainer"
) -> AuditedBatch:
    """Telling chosen answers as the trainer's own collator gives them back."""
    told = telling(_chosen(preferences), renderer)
    answers = [list(renderer.completion(each.completion)) for each in told]
    prompts = [list(renderer.prompt(each.prompt)) for each in told]
    batch = trainer.data_collator(
        [
            {"prompt_ids": prompt, "chosen_ids": answer, "rejected_ids": answer}
            for prompt, answer in zip(prompts, answers, strict=True)
        ]
    )
    rows = [
        Rendered(tuple(ids[:length]), tuple(map(bool, mask[:length])))
        for ids, mask, length in zip(
            batch["input_ids"].tolist(),
            batch["completion_mask"].tolist(),
            batch["attention_mask"].sum(1).tolist(),
            strict=True,
        )
    ]
    return audited(parent.loaded, renderer, told, rows=rows[: len(told)], start="dpo")


def _chosen(preferences: Sequence[Preference]) -> list[Example]:
    return [
        Example(id=f"pair {n}", prompt=each.prompt, completion=each.chosen, group="")
        for n, each in enumerate(preferences, start=1)
    ]


def _reference(
    checkpoint: Checkpoint,
    tokenizer: PreTrainedTokenizerBase,
    recipe: DpoRecipe,
    device: Device,
) -> PreTrainedModel | None:
    """The parent once more, where training all weights changes the first copy; else None."""
    if recipe.method == "lora":
        return None
    reference = load_parent(checkpoint, recipe, device).model
    fit_rows(reference, tokenizer)
    return reference


class _DpoTrainer(Steady, DPOTrainer):
    """TRL's trainer on pairs that are ids already."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset
