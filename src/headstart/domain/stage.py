"""How each stage of the forge trains: one frozen recipe for each stage."""

from typing import Any, Literal

from pydantic import Field

from headstart.domain.task import Message
from headstart.domain.value import Value


class ModelShape(Value):
    """A Llama-architecture model with tied embeddings."""

    hidden: int = Field(default=192, ge=8)
    """Width of the residual stream."""
    layers: int = Field(default=5, ge=1)
    """Transformer blocks."""
    heads: int = Field(default=6, ge=1)
    """Attention heads; must divide `hidden` into even widths."""
    feed_forward: int = Field(default=512, ge=8)
    """Width of the gated feed-forward layer."""
    vocabulary: int = Field(default=3072, ge=300)
    """Tokens of the tokenizer and rows of the embedding."""
    context: int = Field(default=512, ge=8)
    """Longest sequence in tokens, and the length of training windows."""


class PretrainRecipe(Value):
    """Next-token training on packed documents."""

    tokens: int = Field(default=20_000_000, ge=1)
    """Most tokens collected from the documents; an endless stream is cut there."""
    epochs: int = Field(default=1, ge=1)
    """Passes over the collected tokens."""
    window: int | None = Field(default=None, ge=8)
    """Tokens of a training window; None takes the model's context, at most 1,024."""
    batch_windows: int = Field(default=4, ge=1)
    """Windows in one optimiser step."""
    learning_rate: float = Field(default=3e-3, gt=0)
    """Peak rate; it rises linearly and falls along a cosine to a tenth."""
    matrix_rate: float = Field(default=0.02, ge=0)
    """Peak rate of Muon, which moves the matrices of the layers; embeddings and norms stay with
    AdamW. 0 leaves everything to AdamW."""
    warmup_share: float = Field(default=0.03, ge=0, lt=1)
    """Share of the steps over which the rate rises."""
    weight_decay: float = Field(default=0.1, ge=0)
    """Decoupled decay of matrices; norms and tables of tokens have none."""
    clip_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    save_every: int = Field(default=0, ge=0)
    """Steps between two states on disk; 0 stores twenty in all."""
    seed: int = 0
    """Draws the first weights and orders the windows."""


class AdaptRecipe(PretrainRecipe):
    """Continued pretraining of a checkpoint on raw text."""

    batch_windows: int = Field(default=8, ge=1)
    """Windows in one optimiser step."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Peak rate; it rises linearly and falls along a cosine to a tenth."""
    matrix_rate: float = Field(default=0.0, ge=0)
    """Peak rate of Muon for the matrices of the layers; 0 leaves everything to AdamW."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's decoupled decay of matrices; norms and tables of tokens have none."""
    method: Literal["lora", "full"] = "lora"
    """Adapters on all linear layers, merged at the end, or all weights."""
    rank: int = Field(default=16, ge=1)
    """LoRA rank; unused with `full`."""
    alpha: int = Field(default=32, ge=1)
    """LoRA alpha: the adapter's output is scaled by alpha / rank."""


class Tuning(Value):
    """What every stage after pretraining has in common."""

    method: Literal["lora", "full"] = "lora"
    """Adapters on all linear layers and trained rows of the role tokens, or all weights."""
    rank: int = Field(default=16, ge=1)
    """LoRA rank; unused with `full`."""
    alpha: int = Field(default=32, ge=1)
    """LoRA alpha: the adapter's output is scaled by alpha / rank."""
    learning_rate: float = Field(gt=0)
    """Peak rate; it rises linearly over the warm-up and falls linearly to zero."""
    epochs: int = Field(default=1, ge=1)
    """Passes over the rows."""
    batch_size: int = Field(default=16, ge=1)
    """Rows (pairs, for preferences) in one optimiser step."""
    micro_batch: int | None = Field(default=None, ge=1)
    """Rows computed at once, to save memory; must divide `batch_size`. None takes all."""
    max_tokens: int = Field(default=1024, ge=8)
    """Longer rows are left out and counted."""
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps over which the rate rises from zero."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's decoupled weight decay."""
    clip_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    save_every: int = Field(default=0, ge=0)
    """Steps between two stored states; 0 stores ten in all."""
    seed: int = 0
    """Draws the adapters' first weights and orders the rows."""


class SftRecipe(Tuning):
    """Supervised tuning on conversations: loss on assistant turns and their ends."""

    learning_rate: float = Field(default=3e-4, gt=0)
    """Peak rate; it rises linearly over the warm-up and falls linearly to zero."""
    epochs: int = Field(default=3, ge=1)
    """Passes over the conversations."""
    batch_size: int = Field(default=8, ge=1)
    """Conversations in one optimiser step; a few hundred rows then make enough steps to learn
    where answers end."""
    chat_format: str = "auto"
    """roles, chatml, gemma, llama-3, or auto: the checkpoint's own template, else the format whose
    role tokens its vocabulary has, else roles."""
    replay: float = Field(default=0.3, ge=0)
    """Weight of the loss on raw text, where raw text is given: it sets how much of the base's
    behaviour on raw text survives."""
    replay_windows: int = Field(default=2, ge=1)
    """Windows of raw text beside each step's conversations."""
    replay_window: int = Field(default=256, ge=8)
    """Tokens of such a window."""


class DpoRecipe(Tuning):
    """Direct preference optimisation, anchored on the chosen answers."""

    learning_rate: float = Field(default=2e-5, gt=0)
    """Peak rate; it rises linearly over the warm-up and falls linearly to zero."""
    beta: float = Field(default=0.1, gt=0)
    """How strongly the model is held to the parent; larger holds it closer."""
    anchor: float = Field(default=0.5, ge=0)
    """Weight of the likelihood of chosen answers beside the preference loss; 0 leaves it out."""
    held_out: float = Field(default=0.1, gt=0, lt=1)
    """Share of the pairs that is only measured; at least one."""
    most_fall: float = Field(default=0.15, ge=0)
    """The gate: how far the held-out chosen answers' log-probability may fall, in nats a token."""
    least_accuracy: float = Field(default=0.5, ge=0, le=1)
    """The gate: share of held-out pairs that must move towards the chosen answer."""
    most_lost: float = Field(default=0.05, ge=0, le=1)
    """The gate: share of its answers that may cease to end, or cease to be given where they are
    to be kept; one answer may always."""


class RewardRecipe(Tuning):
    """A reward model: one scalar for a conversation, from preferences."""

    learning_rate: float = Field(default=1e-4, gt=0)
    """Peak rate; it rises linearly over the warm-up and falls linearly to zero."""
    held_out: float = Field(default=0.1, gt=0, lt=1)
    """Share of the pairs that is only measured; at least one."""


class RlRecipe(Tuning):
    """Reinforcement learning from sampled answers and a reward."""

    learning_rate: float = Field(default=2e-5, gt=0)
    """Peak rate; it rises linearly over the warm-up and falls linearly to zero."""
    algorithm: Literal["rloo", "grpo"] = "rloo"
    """REINFORCE with a leave-one-out baseline, or group-relative policy optimisation."""
    steps: int = Field(default=100, ge=1)
    """Optimiser steps; prompts are repeated in new orders as needed."""
    batch_size: int = Field(default=8, ge=1)
    """Prompts in one optimiser step."""
    generations: int = Field(default=4, ge=2)
    """Answers drawn for each prompt."""
    max_new_tokens: int = Field(default=96, ge=1)
    """Longest answer in tokens."""
    temperature: float = Field(default=1.0, gt=0)
    """Of drawing answers."""
    beta: float = Field(default=0.05, ge=0)
    """Weight of the divergence from the parent; 0 lets the model drift freely."""
    most_divergence: float = Field(default=0.5, gt=0)
    """The gate: how far the model may diverge from the parent, in nats a token, as the mean over
    the last ten steps. Measured only with `beta` above 0."""
    most_lost: float = Field(default=0.05, ge=0, le=1)
    """The gate: share of its answers that may cease to end, or cease to be given where they are
    to be kept; one answer may always."""


class Preference(Value):
    """Two answers to one prompt, of which the first was preferred."""

    prompt: tuple[Message, ...]
    """Everything before the answer; ends with a user turn."""
    chosen: str
    """The preferred answer."""
    rejected: str
    """The other answer."""


class RlPrompt(Value):
    """A prompt to draw answers for."""

    prompt: tuple[Message, ...]
    """Ends with a user turn."""
    row: dict[str, Any]
    """The data's row, for reward functions that look at a reference."""
