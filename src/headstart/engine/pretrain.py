"""A base checkpoint from nothing but text, or one that goes on reading text of another kind."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from transformers import (
    AutoTokenizer,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin
from headstart.domain.plan import Recipe
from headstart.domain.stage import AdaptRecipe, ModelShape, PretrainRecipe, Tuning
from headstart.engine.adapt import trainable
from headstart.engine.alignment.finish import Result, publish, reload
from headstart.engine.alignment.saving import flush
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.weights import Parent, load_parent
from headstart.engine.alignment.work import WorkFolder, claimed
from headstart.engine.device import Device
from headstart.engine.fitting import Fitted, fit, state_step
from headstart.engine.heap import keep_freed_memory
from headstart.engine.load import Loaded
from headstart.engine.schedule import Schedule
from headstart.engine.token_file import TokenFile, collect_tokens
from headstart.engine.tokenizer_training import train_tokenizer
from headstart.errors import RequestError

Documents = Callable[[], Iterable[str]]
"""Gives the documents from the first on, the same ones every time; may be endless."""

TOKENIZER_CHARACTERS = 12_000_000
"""Of the documents, as many as this teach the tokenizer."""
LONGEST_WINDOW = 1024


def pretrain(
    shape: ModelShape,
    documents: Documents,
    recipe: PretrainRecipe,
    out: Path,
    origin: Origin,
    device: Device,
    *,
    on_event: OnEvent = ignore,
) -> Lineage:
    """Train a tokenizer and a Llama-architecture model on `documents`.

    Documents are packed into windows, each closed by the document end; special tokens never
    come from text, so that role tokens stay untrained. The checkpoint's eos is the document
    end, its pad a token of its own; it has no chat template and is stored in bfloat16. Killed
    at any moment, the same call goes on where it was, over the same batches.

    Args:
        shape: of the model.
        documents: called once for the tokenizer and once for the tokens.
        recipe: see `PretrainRecipe`.
        out: where the checkpoint will lie; free.
        origin: goes into its lineage.
        device: where to compute.
        on_event: takes progress.

    Raises:
        RequestError: the shape makes no model.
        DataError: the documents hold no text.
        StageStopped: the loss is no number or rises; the last good state is kept.
        StoreError: another process is at work there, or the disk cannot be written.
    """
    _require_shape(shape)
    logging.set_verbosity_error()
    keep_freed_memory()
    with claimed(out, origin) as work:
        tokenizer = _tokenizer(shape, documents, work, on_event)
        tokens = collect_tokens(tokenizer, documents(), recipe.tokens, work.path, on_event)
        model = new_model(shape, tokenizer, recipe.seed)
        model.to(torch.device(device.kind))  # type: ignore[arg-type]
        schedule = Schedule(tokens, _window(recipe, shape.context), recipe)
        fitted = fit(model, schedule, recipe, device, work, Watch(_kept(work)), on_event)
        loaded = Loaded(model, tokenizer, device, frozenset(), shape.context)
        parent = Parent(loaded, out, torch.bfloat16, use_cache=True)
        result = Result(parent, model, origin, ())
        figures = _figures(tokens, schedule, fitted)
        figures["parameters"] = float(sum(p.numel() for p in model.parameters()))
        return publish(result, out, work, device, _measured(figures, device), on_event)


def adapt(
    checkpoint: Checkpoint,
    documents: Documents,
    recipe: AdaptRecipe,
    out: Path,
    origin: Origin,
    device: Device,
    *,
    on_event: OnEvent = ignore,
) -> Lineage:
    """Continue the pretraining of `checkpoint` on raw text of a domain.

    Tokenizer, template and ends stay the parent's. Killed at any moment, the same call goes on
    where it was, over the same batches.

    Args:
        checkpoint: base or instruct; whole, no adapter.
        documents: the raw text.
        recipe: see `AdaptRecipe`.
        out: where the checkpoint will lie; free.
        origin: goes into its lineage.
        device: where to compute.
        on_event: takes progress.

    Raises:
        CheckpointBroken: the checkpoint is an adapter.
        DataError: the documents hold no text.
        StageStopped: the loss is no number or rises; the last good state is kept.
        StoreError: another process is at work there, or the disk cannot be written.
    """
    with claimed(out, origin) as work:
        how = Tuning(method=recipe.method, learning_rate=recipe.learning_rate)
        parent = load_parent(checkpoint, how, device)
        tokens = collect_tokens(parent.tokenizer, documents(), recipe.tokens, work.path, on_event)
        schedule = Schedule(tokens, _window(recipe, parent.loaded.context), recipe)
        model, fitted = _adapted(parent, schedule, recipe, device, work, on_event)
        result = Result(parent, model, origin, ())
        figures = _figures(tokens, schedule, fitted)
        return publish(result, out, work, device, _measured(figures, device), on_event)


def new_model(shape: ModelShape, tokenizer: PreTrainedTokenizerBase, seed: int) -> PreTrainedModel:
    """An untrained float32 model on the processor; equal seeds give equal weights."""
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: PreTrainedModel = LlamaForCausalLM(config).float()
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def _require_shape(shape: ModelShape) -> None:
    if shape.hidden % shape.heads or shape.hidden // shape.heads % 2:
        raise RequestError(
            f"a width of {shape.hidden} cannot be cut into {shape.heads} heads of even width",
            hint="choose --heads so that --hidden divided by it is an even number",
        )


def _window(recipe: PretrainRecipe, context: int) -> int:
    return min(recipe.window or LONGEST_WINDOW, context)


def _tokenizer(
    shape: ModelShape, documents: Documents, work: WorkFolder, on_event: OnEvent
) -> PreTrainedTokenizerBase:
    """Trained once; what lies in the work folder is whole."""
    place = work.path / "tokenizer"
    if not place.is_dir():
        on_event(Event(stage="forge", message="training the tokenizer"))
        texts = _first(documents(), TOKENIZER_CHARACTERS)
        trained = train_tokenizer(texts, shape.vocabulary, context=shape.context)
        scratch = work.path / ".tokenizer"
        trained.save_pretrained(scratch)
        flush(scratch)
        scratch.rename(place)
    return AutoTokenizer.from_pretrained(place, local_files_only=True)


def _first(documents: Iterable[str], characters: int) -> Iterator[str]:
    """Documents from the first on, until they have so many characters together."""
    left = characters
    for text in documents:
        yield text
        left -= len(text)
        if left <= 0:
            return


def _adapted(
    parent: Parent,
    schedule: Schedule,
    recipe: AdaptRecipe,
    device: Device,
    work: WorkFolder,
    on_event: OnEvent,
) -> tuple[PreTrainedModel, Fitted]:
    """The parent after training; adapters are merged into its weights."""
    watch = Watch(_kept(work))
    how = Recipe(method=recipe.method, rank=recipe.rank, alpha=recipe.alpha, epochs=1)
    with trainable(parent.model, how, recipe.seed, (), device) as model:
        fitted = fit(model, schedule, recipe, device, work, watch, on_event)
        for layer in model.modules():
            if isinstance(layer, BaseTunerLayer):
                layer.merge()
    return (parent.model if recipe.method == "lora" else model), fitted


def _figures(tokens: TokenFile, schedule: Schedule, fitted: Fitted) -> dict[str, float]:
    step_tokens = schedule.batch * schedule.window
    return {
        "loss_first": fitted.losses[0],
        "loss_last": fitted.last_loss,
        "documents": float(tokens.documents),
        "tokens": float(len(tokens.ids)),
        "trained_tokens": float(len(fitted.losses) * step_tokens),
        "steps": float(len(fitted.losses)),
        "tokens_per_second": round(
            fitted.steps_here * step_tokens / max(1e-9, fitted.seconds_here), 1
        ),
    }


def _measured(figures: dict[str, float], device: Device) -> Callable[[Path], dict[str, float]]:
    def measured(folder: Path) -> dict[str, float]:
        reload(folder, device)
        return figures

    return measured


def _kept(work: WorkFolder) -> Callable[[], str]:
    def told() -> str:
        step = state_step(work)
        if step is None:
            return "no state was stored yet"
        return f"the last good state, of step {step}, is kept in {work.path}"

    return told
