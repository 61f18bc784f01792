"""Small checkpoints written with numpy alone, whose turn tokens are trained or not, as asked.

The vocabulary has a document end, two role markers, twelve tokens named unused and 300 ordinary
words; the table has five rows more. Never-used rows scatter little around one point, all others
widely. Two layers of seven matrices each.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

END, TURN, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
UNUSED = tuple(f"<|unused_{number}|>" for number in range(12))
SPECIALS = (END, TURN, TURN_END, *UNUSED)
WORDS = tuple(f"word{number}" for number in range(300))
ROWS = len(SPECIALS) + len(WORDS) + 5
WIDE, INNER, LAYERS = 64, 96, 2
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
Tensors = dict[str, np.ndarray[Any, np.dtype[np.float32]]]


def tensors(*, seed: int = 0, trained: bool, specials: Sequence[str] = SPECIALS) -> Tensors:
    """A network by its seed; `trained` says whether the role markers' rows were."""
    draw = np.random.default_rng(seed)
    table = draw.normal(size=(ROWS, WIDE)).astype(np.float32)
    apart = {END} | ({TURN, TURN_END} if trained else set())
    never = [number for number, text in enumerate(specials) if text not in apart]
    never += range(ROWS - 5, ROWS)
    table[never] = 0.5 + 0.05 * draw.normal(size=(len(never), WIDE)).astype(np.float32)
    found = {"model.embed_tokens.weight": table, "model.norm.weight": np.ones(WIDE, np.float32)}
    shapes = dict.fromkeys(("q_proj", "k_proj", "v_proj", "o_proj"), (WIDE, WIDE))
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name, shape in shapes.items():
            found[f"{at}.self_attn.{name}.weight"] = _drawn(draw, shape)
        for name, shape in {"gate_proj": (INNER, WIDE), "down_proj": (WIDE, INNER)}.items():
            found[f"{at}.mlp.{name}.weight"] = _drawn(draw, shape)
        found[f"{at}.input_layernorm.weight"] = np.ones(WIDE, np.float32)
    return found


def moved(before: Tensors, *, by: float, trained: bool = True, seed: int = 1) -> Tensors:
    """What training makes of a network: every matrix a little apart, turn tokens trained."""
    draw = np.random.default_rng(seed)
    after = {
        name: (each + by * each.std() * draw.normal(size=each.shape)).astype(np.float32)
        for name, each in before.items()
    }
    if trained:
        table = after["model.embed_tokens.weight"]
        rows = [SPECIALS.index(TURN), SPECIALS.index(TURN_END)]
        table[rows] = draw.normal(size=(2, WIDE))
    return after


def save(
    folder: Path,
    held: Tensors | None,
    *,
    template: str | None = None,
    eos: str = END,
    generation: Sequence[int] | None = None,
    specials: Sequence[str] = SPECIALS,
    shards: int = 1,
    config: Mapping[str, Any] | None = None,
) -> Path:
    """Write a folder; no weights where `held` is None, no generation_config unless it is given."""
    folder.mkdir(parents=True, exist_ok=True)
    network = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDE}
    network |= {"num_hidden_layers": LAYERS, "vocab_size": ROWS, "max_position_embeddings": 128}
    network |= {"num_attention_heads": 4, "num_key_value_heads": 4}
    write(folder / "config.json", network | dict(config or {}))
    if generation is not None:
        write(folder / "generation_config.json", {"eos_token_id": list(generation)})
    settings = {"eos_token": eos, "pad_token": UNUSED[0]}
    settings |= {"chat_template": template} if template else {}
    write(folder / "tokenizer_config.json", settings)
    added = [{"id": n, "content": text, "special": True} for n, text in enumerate(specials)]
    words = {text: len(specials) + n for n, text in enumerate(WORDS)}
    model = {"type": "BPE", "vocab": words, "merges": []}
    write(folder / "tokenizer.json", {"model": model, "added_tokens": added})
    if held is not None:
        _save_tensors(folder, held, shards)
    return folder


def write(path: Path, content: Any) -> None:
    """Write JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")


def _save_tensors(folder: Path, held: Tensors, shards: int) -> None:
    if shards == 1:
        save_file(held, folder / "model.safetensors")
        return
    names = sorted(held)
    index = {}
    for number in range(shards):
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: held[name] for name in names[number::shards]}
        index |= dict.fromkeys(part, file)
        save_file(part, folder / file)
    write(folder / "model.safetensors.index.json", {"weight_map": index})


def _drawn(draw: np.random.Generator, shape: tuple[int, int]) -> Any:
    return (0.05 * draw.normal(size=shape)).astype(np.float32)
