"""How long does `headstart inspect` take on a checkpoint of 70 billion parameters?

The checkpoint is synthetic: 30 sparse shards of the shapes of a network with 80 layers, 8,192 wide,
128,256 rows, whose headers are real and whose data takes no disk, with a tokenizer.json of 128,000
random tokens and 190,000 merges. Beside it: what transformers takes to load config and tokenizer
of the same folder. Each runs in a process of its own, imports included; the median of the
repetitions counts.

    python benchmarks/inspect_large.py [--reps 5] [--ours]
"""

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

SHARDS, LAYERS, WIDE, INNER, ROWS, KEYS = 30, 80, 8192, 28672, 128_256, 1024
TOKENS = 128_000
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}"
    "<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
OURS = (
    "import sys; from headstart.cli.main import main; "
    "sys.argv = ['headstart', 'inspect', {0!r}, '--json']; main()"
)
PEER = (
    "from transformers import AutoConfig, AutoTokenizer; AutoConfig.from_pretrained({0!r}); "
    "AutoTokenizer.from_pretrained({0!r})"
)


def tensors() -> dict[str, tuple[int, ...]]:
    """Names and shapes of all 723 tensors."""
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (ROWS, WIDE)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        shapes |= {
            f"{at}.self_attn.q_proj.weight": (WIDE, WIDE),
            f"{at}.self_attn.k_proj.weight": (KEYS, WIDE),
            f"{at}.self_attn.v_proj.weight": (KEYS, WIDE),
            f"{at}.self_attn.o_proj.weight": (WIDE, WIDE),
            f"{at}.mlp.gate_proj.weight": (INNER, WIDE),
            f"{at}.mlp.up_proj.weight": (INNER, WIDE),
            f"{at}.mlp.down_proj.weight": (WIDE, INNER),
            f"{at}.input_layernorm.weight": (WIDE,),
            f"{at}.post_attention_layernorm.weight": (WIDE,),
        }
    return shapes | {"model.norm.weight": (WIDE,), "lm_head.weight": (ROWS, WIDE)}


def write_checkpoint(folder: Path) -> None:
    """Write the synthetic checkpoint; about 9 MB on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    index: dict[str, str] = {}
    shapes = tensors()
    names = list(shapes)
    for number in range(SHARDS):
        shard = f"model-{number + 1:05d}-of-{SHARDS:05d}.safetensors"
        at, header = 0, {}
        first, last = (len(names) * edge // SHARDS for edge in (number, number + 1))
        for name in names[first:last]:
            shape = shapes[name]
            size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
            index[name], at = shard, at + size
        raw = json.dumps(header).encode()
        with (folder / shard).open("wb") as file:
            file.write(struct.pack("<Q", len(raw)) + raw)
            file.truncate(8 + len(raw) + at)
    _json(folder / "model.safetensors.index.json", {"weight_map": index})
    _small_files(folder)


def _small_files(folder: Path) -> None:
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDE}
    config |= {"num_hidden_layers": LAYERS, "num_attention_heads": 64, "num_key_value_heads": 8}
    config |= {"intermediate_size": INNER, "vocab_size": ROWS, "max_position_embeddings": 131_072}
    _json(folder / "config.json", config | {"eos_token_id": [128_001, 128_009]})
    _json(folder / "generation_config.json", {"eos_token_id": [128_001, 128_009]})
    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>"]
    specials += ["<|end_header_id|>", *(f"<|reserved_special_token_{n}|>" for n in range(5))]
    specials += ["<|eot_id|>", *(f"<|reserved_special_token_{n}|>" for n in range(5, 251))]
    settings = {"bos_token": specials[0], "eos_token": "<|eot_id|>", "chat_template": TEMPLATE}
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast"}
    _json(folder / "tokenizer_config.json", settings)
    _json(folder / "tokenizer.json", _tokenizer(specials))


def _tokenizer(specials: list[str]) -> dict[str, Any]:
    """All pairs of 256 letters, and triples of them, each with every merge that makes it."""
    draw = random.Random(0)
    letters = [chr(c) for c in [*range(33, 127), *range(161, 173), *range(174, 324)]]
    tokens = letters + [a + b for a in letters for b in letters]
    triples: set[str] = set()
    while len(triples) < TOKENS - len(tokens):
        triples.add("".join(draw.choices(letters, k=3)))
    tokens += sorted(triples)
    merges = [f"{token[:cut]} {token[cut:]}" for token in tokens for cut in range(1, len(token))]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    added = [
        {"id": TOKENS + n, "content": text, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False, "special": True}
        for n, text in enumerate(specials)
    ]  # fmt: skip
    model = {"type": "BPE", "vocab": vocabulary, "merges": merges}
    return {"version": "1.0", "added_tokens": added, "model": model}


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def timed(program: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MB of a fresh interpreter.

    This process stays small, since a child's peak counts its parent's size at the fork.
    """
    start = time.perf_counter()
    done = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(done.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"failed with {status}: {program}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--ours", action="store_true", help="leave transformers out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "large"
        write_checkpoint(folder)
        programs = {"ours": OURS} if options.ours else {"ours": OURS, "transformers": PEER}
        found = {}
        for name, program in programs.items():
            runs = [timed(program.format(str(folder))) for _ in range(options.reps)]
            keys = ("seconds", "processor_seconds", "peak_mb")
            found[name] = dict(zip(keys, map(median, zip(*runs, strict=True)), strict=True))
    for name, figures in found.items():
        told = ", ".join(f"{key} {value:.2f}" for key, value in figures.items())
        print(f"{name:14} {told} (median of {options.reps})")
    ours = found["ours"]["seconds"]
    peer = found.get("transformers", {}).get("seconds")
    told = {"ours": ours, "peer": peer, "ratio": peer and peer / ours, "unit": "seconds"}
    print(json.dumps(told | {"peak_mb": found["ours"]["peak_mb"]}))


if __name__ == "__main__":
    main()
