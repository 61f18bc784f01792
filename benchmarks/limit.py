"""Which share of the device's matrix rate our training reaches.

    python benchmarks/limit.py --model smollm2|gemma

Unit: operations per second. Ours is what one training step must compute (LoRA rank 16, 16
sequences of 256 random tokens with nothing in common, loss on the last 64 of each) over the
step's wall time: forward, backward and optimiser. The peer is the rate of a 4096 x 4096 x 4096
product through torch in the same precision and run, with the same threads, measured before,
between and after the training runs. Medians; the ratio is the share.

`bench_operations` says what counts: the matrix products that cannot be left out, and nothing
twice. So recomputation, padding, masked pairs and elementwise work lower the share.

A normal run makes three training runs of one untimed and three timed steps; `--quick` times one
step in each. For information the rates of the model's own layer shapes are shown, for 1024
tokens at a time: no training can be faster than they allow at that size.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from bench_choices import make_parser
from bench_data import recipe, sample
from bench_operations import Batch, linears, operations
from bench_operations import __doc__ as what_counts
from bench_ours import run_ours
from bench_report import guarded, progress, result, spread, table
from headstart.engine.device import pick_device
from headstart.engine.load import Loaded, load
from headstart.engine.render import Rendered

BATCH = Batch(sequences=16, length=256, trained=64)
RUNS = 3
STEPS = 3
QUICK_STEPS = 1
GPU_STEPS = 9
"""Our side records its passes in the first two; the median leaves them out."""
SIDE = 4096
PRODUCTS = 4
"""Products timed each time the matrix rate is measured, after one that is not."""
TOKENS = 1024
GIGA = 1e9


def main() -> int:
    """Measure what the arguments ask for; 0, or 2 with the reason on stderr."""
    options = make_parser(__doc__, data=False, device=True).parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    return guarded(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """Matrix rate and training turn by turn; prints tables and the JSON line."""
    loaded = load(sample(options.model), pick_device(options.device))
    wanted = recipe(BATCH.sequences)
    counted = operations(loaded.model, wanted.rank, BATCH)
    print(what_counts)
    print_parts(counted)
    steps = QUICK_STEPS if options.quick else STEPS
    if loaded.device.kind == "cuda":
        steps = GPU_STEPS
    rows = random_rows(loaded, (1 + steps) * BATCH.sequences)
    matrix = matrix_rates(loaded)
    seconds: list[float] = []
    for number in range(RUNS):
        progress(f"training run {number + 1} of {RUNS}")
        seconds += run_ours(loaded, rows, wanted).seconds[1:]
        matrix += matrix_rates(loaded)
    ours = [sum(counted.values()) / GIGA / s for s in seconds]
    shapes(loaded)
    print("GFLOP/s, median (lowest to highest)")
    table(
        ["", "GFLOP/s"],
        [
            [f"training, {len(ours)} steps", spread(ours, 1)],
            [f"product of {SIDE} cubed, {len(matrix)} times", spread(matrix, 1)],
        ],
    )
    result(
        statistics.median(ours),
        statistics.median(matrix),
        "GFLOP/s",
        model=options.model,
        threads=torch.get_num_threads(),
        precision=loaded.device.dtype_name,
        best_ours=max(ours),
        best_peer=max(matrix),
        operations_per_step=sum(counted.values()),
    )


def print_parts(counted: dict[str, float]) -> None:
    """What a step must compute."""
    total = sum(counted.values())
    rows = [[part, f"{x / GIGA:.1f}", f"{x / total:.1%}"] for part, x in counted.items()]
    print(
        f"one step: {BATCH.sequences} sequences of {BATCH.length} tokens, {BATCH.trained} trained"
    )
    table(["part", "GFLOP", "share"], [*rows, ["all", f"{total / GIGA:.1f}", ""]])


def random_rows(loaded: Loaded, count: int) -> list[Rendered]:
    """Sequences of random ids that differ from the first token on."""
    rng = np.random.default_rng(0)
    size = loaded.model.get_input_embeddings().weight.shape[0]
    firsts = rng.permutation(size)[:count]
    trained = tuple(i >= BATCH.length - BATCH.trained for i in range(BATCH.length))
    return [
        Rendered((int(first), *rng.integers(0, size, BATCH.length - 1).tolist()), trained)
        for first in firsts
    ]


def matrix_rates(loaded: Loaded) -> list[float]:
    """GFLOP/s of each of a few large products in the precision of training."""
    a, b = (drawn(loaded, SIDE, SIDE) for _ in range(2))
    return [2 * SIDE**3 / GIGA / s for s in timed(lambda: a @ b, PRODUCTS)]


def drawn(loaded: Loaded, rows: int, columns: int) -> Tensor:
    """A random matrix as training's are: same precision, same device."""
    return torch.randn(rows, columns).to(loaded.model.device, loaded.device.dtype)


def finished() -> None:
    """Wait for what a GPU has been told to do."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Seconds of each call after a first one."""
    work()
    finished()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        finished()
        seconds.append(time.perf_counter() - began)
    return seconds


def shapes(loaded: Loaded) -> None:
    """Print the rate of each layer shape, forward and for the input's gradient."""
    found = Counter((x.inputs, x.outputs) for x in linears(loaded.model))
    head = loaded.model.get_output_embeddings().weight
    found[head.shape[1], head.shape[0]] = 1
    rows = [
        [f"{i} to {o}", str(count), *(f"{x:.0f}" for x in shape_rates(loaded, i, o))]
        for (i, o), count in found.items()
    ]
    print(f"linear layers by shape, median GFLOP/s for {TOKENS} tokens; the last is the head")
    table(["shape", "layers", "forward", "gradient"], rows)


def shape_rates(loaded: Loaded, inputs: int, outputs: int) -> Sequence[float]:
    """Forward and gradient in GFLOP/s."""
    weight = drawn(loaded, outputs, inputs)
    x = drawn(loaded, TOKENS, inputs)
    y = drawn(loaded, TOKENS, outputs)
    count = 2 * TOKENS * inputs * outputs / GIGA
    return [
        count / statistics.median(timed(lambda: x @ weight.T, 5)),
        count / statistics.median(timed(lambda: y @ weight, 5)),
    ]


if __name__ == "__main__":
    sys.exit(main())
