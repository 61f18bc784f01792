"""Our side of the training benchmarks: one training run as a trial does it, timed by step."""

import time
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from bench_data import LEARNING_RATE, SEED, Run
from headstart.domain.plan import Recipe
from headstart.engine.adapt import trainable
from headstart.engine.device import deterministic
from headstart.engine.load import Loaded
from headstart.engine.memory import fit_packing
from headstart.engine.render import Rendered
from headstart.engine.train import train


def run_ours(loaded: Loaded, rows: Sequence[Rendered], recipe: Recipe) -> Run:
    """Train fresh adapters on `rows`, as `Session.tuned` does; the model is as before after it."""
    stamps: list[float] = []

    def stamp() -> None:
        if loaded.device.kind == "cuda":
            torch.cuda.synchronize()
        stamps.append(time.perf_counter())

    with deterministic(), trainable(loaded.model, recipe, SEED, (), loaded.device) as model:
        stamp()
        done = train(
            model,
            rows,
            recipe,
            learning_rate=LEARNING_RATE,
            seed=SEED,
            device=loaded.device,
            packing=fit_packing(model, rows, None, loaded.device),
            on_step=lambda _done, _total: stamp(),
        )
    return Run(
        seconds=tuple(b - a for a, b in pairwise(stamps)),
        losses=tuple(float("nan") if loss is None else loss for loss in done.losses),
    )


def start_weights(loaded: Loaded, recipe: Recipe) -> dict[str, Tensor]:
    """The adapters that `run_ours` starts from, by parameter name."""
    with trainable(loaded.model, recipe, SEED, (), loaded.device) as model:
        return {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
