"""Tokens a second whose shift is told: one teacher-forced pass, or generate and then rescore.

    python benchmarks/shift_speed.py                      # the built-in pair
    python benchmarks/shift_speed.py --model smollm2      # SmolLM2, read by itself
    python benchmarks/shift_speed.py --quick              # less than 8 minutes on 2 cores

Both sides ask the same prompts greedily and tell the rank of each written token under the base
and the divergence of the two distributions over the whole vocabulary. Ours writes all replies
side by side and then reads each of them once with both models. The published way writes one
reply after the other, keeps the distribution of each step, and then reads the text so far once
for each position with the base; `cached` is the same with the base's keys and values kept, which
nobody published but anybody might write. The sides take turns in going first; each repetition
takes prompts that no other took. Ranks and divergences must agree (counted where they do not).
A table goes to stdout, and last one line of JSON; progress goes to stderr.

Source of the published way: Lin et al. 2023, arXiv 2312.01552.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench_report import guarded, progress, result, spread, table

if TYPE_CHECKING:
    from headstart.domain.tax import Ask
    from headstart.engine.voice import Voice

Told = list[tuple[int, float]]
"""(rank, divergence in bits) of each position."""
SIDES = ("ours", "published", "cached")


@dataclass(frozen=True)
class Took:
    """One side on one repetition's prompts."""

    seconds: float
    told: list[Told]

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return sum(map(len, self.told)) / self.seconds


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    # loaded only now: --help and a wrong argument answer at once
    import torch

    if asked.threads:
        torch.set_num_threads(asked.threads)
    aligned, base, prompts = _subjects(asked)
    count = 4 if asked.quick else asked.prompts
    limit = 32 if asked.quick else asked.limit
    runs: dict[str, Callable[[Sequence[str]], Took]] = {
        "ours": lambda texts: _ours(aligned, base, texts, limit),
        "published": lambda texts: _published(aligned, base, texts, limit, cached=False),
        "cached": lambda texts: _published(aligned, base, texts, limit, cached=True),
    }
    for run in runs.values():
        run([prompts[0].text])
    found: dict[str, list[Took]] = {side: [] for side in SIDES}
    for number in range(asked.repetitions):
        texts = [each.text for each in prompts[number * count :][:count]]
        for side in (*SIDES[number % 3 :], *SIDES[: number % 3]):
            found[side].append(runs[side](texts))
            progress(f"repetition {number + 1}, {side}: {found[side][-1].rate:.1f} tokens/s")
    _print(asked, found, limit)


def _ours(aligned: "Voice", base: "Voice", texts: Sequence[str], limit: int) -> Took:
    from headstart.domain.tax import Mode

    began = time.perf_counter()
    written = [reply.ids for reply in aligned.replies(texts, Mode.TEMPLATE, limit=limit)]
    shifts = aligned.shifts(base, texts, written, Mode.TEMPLATE)
    seconds = time.perf_counter() - began
    return Took(seconds, [[(one.rank, one.kl_bits) for one in row] for row in shifts])


def _published(
    aligned: "Voice", base: "Voice", texts: Sequence[str], limit: int, *, cached: bool
) -> Took:
    from headstart.domain.tax import Mode

    began = time.perf_counter()
    told = [
        _one(aligned, base, aligned.prompt(text, Mode.TEMPLATE), limit, cached=cached)
        for text in texts
    ]
    return Took(time.perf_counter() - began, told)


def _one(
    aligned: "Voice", base: "Voice", prompt: Sequence[int], limit: int, *, cached: bool
) -> Told:
    """One prompt by transformers' own generation, then one pass of the base a position."""
    import torch
    from transformers import DynamicCache

    writer, reader = aligned._loaded.model, base._loaded.model
    stops = sorted(aligned._loaded.stops)
    with torch.inference_mode():
        row = torch.tensor([list(prompt)], device=writer.device)
        said = writer.generate(
            row,
            attention_mask=torch.ones_like(row),
            do_sample=False,
            max_new_tokens=limit,
            eos_token_id=stops,
            pad_token_id=stops[0],
            output_logits=True,
            return_dict_in_generate=True,
        )
        ids = said.sequences[0]
        cache = DynamicCache(config=reader.config) if cached else None
        read = 0
        told = []
        for step, logits in enumerate(said.logits):
            end = len(prompt) + step
            part = ids[None, read:end] if cached else ids[None, :end]
            answer = reader(part, past_key_values=cache, use_cache=cached)
            read = end
            theirs, token = answer.logits[0, -1].float(), ids[end]
            p, q = logits[0].float().log_softmax(0), theirs.log_softmax(0)
            bits = float((p.exp() * (p - q)).sum()) / math.log(2)
            told.append((int((theirs > theirs[token]).sum()) + 1, bits))
    return told


def _subjects(asked: argparse.Namespace) -> tuple["Voice", "Voice", Sequence["Ask"]]:
    """Instruct, base, and prompts that suit them."""
    from headstart.checkpoints import resolve_all
    from headstart.checkpoints.samples import sample_path
    from headstart.engine.device import pick_device
    from headstart.engine.load import load
    from headstart.engine.voice import Voice
    from headstart.forge.world.facts import make_world
    from headstart.forge.world.tax_prompts import world_prompts
    from headstart.tax.prompts.sets import own_sets

    device = pick_device(asked.device, asked.precision)
    if asked.model == "builtin":
        base, instruct = resolve_all(["builtin:base", "builtin:instruct"])
        prompts = world_prompts(make_world(), 200, 0).open
    else:
        path = sample_path(asked.model)
        base, instruct = resolve_all([f"base={path}", f"instruct={path}"])
        prompts = own_sets().open
    template = instruct.chat_template
    voices = [Voice(load(each, device), template) for each in (instruct, base)]
    return voices[0], voices[1], prompts


def _print(asked: argparse.Namespace, found: dict[str, list[Took]], limit: int) -> None:
    rates = {side: [took.rate for took in taken] for side, taken in found.items()}
    table(
        ["side", "tokens/s, median (lowest to highest)"],
        [[side, spread(values, 1)] for side, values in rates.items()],
    )
    pairs = [
        (ours, theirs)
        for mine, peer in zip(found["ours"], found["published"], strict=True)
        for row, other in zip(mine.told, peer.told, strict=True)
        for ours, theirs in zip(row, other, strict=False)
    ]
    middle = {side: statistics.median(values) for side, values in rates.items()}
    result(
        middle["ours"],
        middle["published"],
        "tokens/s",
        over_cached=round(middle["ours"] / middle["cached"], 4),
        model=asked.model,
        precision=asked.precision,
        tokens=len(pairs),
        other_ranks=sum(ours[0] != theirs[0] for ours, theirs in pairs),
        most_bits_apart=round(max(abs(ours[1] - theirs[1]) for ours, theirs in pairs), 6),
        limit=limit,
        repetitions=asked.repetitions,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", choices=("builtin", "smollm2"), default="builtin")
    parser.add_argument("--prompts", type=int, default=16, help="in each repetition")
    parser.add_argument("--limit", type=int, default=96, help="most tokens of a reply")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", help="float32 or bfloat16")
    parser.add_argument("--threads", type=int, default=0, help="default: as torch chooses")
    parser.add_argument("--quick", action="store_true", help="4 prompts and 32 tokens")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(guarded(main))
