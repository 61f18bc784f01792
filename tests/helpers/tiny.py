"""Toy checkpoints: seeded random weights and a byte-level tokenizer, built from configs.

The vocabulary is all bytes, a few merges, and 15 special tokens; embedding tables have five
rows more than the tokenizer has tokens, as real ones do. Weights are drawn large enough that
predictions differ between contexts: a toy that always says the same would pass any test.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    Phi3Config,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
)
from transformers.utils import logging

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
END = "<|endoftext|>"
TURN, TURN_END = "<|im_start|>", "<|im_end|>"
UNUSED = tuple(f"<|unused_{i}|>" for i in range(12))
TOKENS = 300
ROWS = TOKENS + 5
WINDOW = 8
CONTEXT = 256

_SENTENCES = (
    "What is the capital of France? The capital of France is Paris.",
    "My card has not arrived yet, and the top up is still pending.",
    "Answer with the name of the category, and with nothing else.",
)
_SMALL = {
    "vocab_size": ROWS,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
    "initializer_range": 0.25,
    "bos_token_id": None,
    "eos_token_id": 0,
    "pad_token_id": 0,
}


def _llama() -> PreTrainedConfig:
    return LlamaConfig(**_SMALL, num_hidden_layers=2, tie_word_embeddings=False)


def _tied_llama() -> PreTrainedConfig:
    return LlamaConfig(**_SMALL, num_hidden_layers=2, tie_word_embeddings=True)


def _qwen2() -> PreTrainedConfig:
    return Qwen2Config(**_SMALL, num_hidden_layers=2, tie_word_embeddings=True)


def _windowed_qwen2() -> PreTrainedConfig:
    return Qwen2Config(
        **_SMALL,
        num_hidden_layers=2,
        use_sliding_window=True,
        sliding_window=WINDOW,
        max_window_layers=1,
    )


def _gemma3() -> PreTrainedConfig:
    return Gemma3TextConfig(
        **_SMALL,
        num_hidden_layers=3,
        head_dim=8,
        query_pre_attn_scalar=8,
        sliding_window=WINDOW,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
    )


def _mistral() -> PreTrainedConfig:
    return MistralConfig(**_SMALL, num_hidden_layers=2, sliding_window=WINDOW)


def _phi3() -> PreTrainedConfig:
    return Phi3Config(**_SMALL, num_hidden_layers=2, sliding_window=WINDOW)


def _gpt2() -> PreTrainedConfig:
    return GPT2Config(
        vocab_size=ROWS,
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=CONTEXT,
        initializer_range=0.25,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )


_CONFIGS: dict[str, Callable[[], PreTrainedConfig]] = {
    "llama": _llama,
    "tied-llama": _tied_llama,
    "qwen2": _qwen2,
    "windowed-qwen2": _windowed_qwen2,
    "gemma3": _gemma3,
    "mistral": _mistral,
    "phi3": _phi3,
    "gpt2": _gpt2,
}
ARCHITECTURES = tuple(_CONFIGS)


def _frozen(make: Callable[[], PreTrainedConfig], seed: int = 0) -> PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(make(), dtype=torch.float32)
    return model.eval().requires_grad_(requires_grad=False)


def tiny_model(architecture: str, seed: int = 0) -> PreTrainedModel:
    """A frozen float32 model in evaluation mode; equal seeds give equal weights."""
    return _frozen(_CONFIGS[architecture], seed)


def spread_words(model: PreTrainedModel) -> PreTrainedModel:
    """Give all tokens but the special ones rows far apart, as training does; give the model."""
    model.get_input_embeddings().weight[3 + len(UNUSED) : TOKENS] *= 10
    return model


def mamba() -> PreTrainedModel:
    """Frozen float32 state-space layers: rows cannot be packed in one sequence."""
    return _frozen(
        lambda: MambaConfig(
            vocab_size=ROWS,
            hidden_size=16,
            num_hidden_layers=2,
            state_size=4,
            initializer_range=0.25,
            bos_token_id=0,
            eos_token_id=0,
            pad_token_id=0,
        )
    )


def bloom() -> PreTrainedModel:
    """Frozen float32 layers whose positions are biases of an attention of their own."""
    return _frozen(
        lambda: BloomConfig(
            vocab_size=ROWS, hidden_size=16, n_layer=2, n_head=2, initializer_range=0.25
        )
    )


@functools.cache
def shared_model(architecture: str) -> PreTrainedModel:
    """`tiny_model`, built once; for tests that leave the weights alone."""
    return tiny_model(architecture)


def tiny_tokenizer(template: str | None = None) -> PreTrainedTokenizerFast:
    """Exactly `TOKENS` tokens; `<|endoftext|>` (id 0) ends documents and pads.

    The role markers are special tokens, but none of the named ones, as in many base models.
    """
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_trained(), eos_token=END, pad_token=END, model_max_length=CONTEXT
    )
    tokenizer.chat_template = template
    return tokenizer


def _trained() -> Tokenizer:
    specials = (END, TURN, TURN_END, *UNUSED)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TOKENS,
        special_tokens=[AddedToken(text, special=True, normalized=False) for text in specials],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_SENTENCES * 4, trainer)
    assert tokenizer.get_vocab_size() == TOKENS
    return tokenizer


def save_tiny(
    folder: Path, architecture: str = "llama", *, template: str | None = CHATML, seed: int = 0
) -> Path:
    """Write model and tokenizer as a Hugging Face folder; give the folder."""
    logging.disable_progress_bar()
    tiny_model(architecture, seed).save_pretrained(folder)
    tiny_tokenizer(template).save_pretrained(folder)
    return folder
