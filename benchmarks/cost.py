"""How the cost of a trial grows: with examples, with length, with labels; fitted and drawn.

    python benchmarks/cost.py [--model smollm2|gemma] [--plot docs/concepts/cost.svg]

Measured in this run, on this processor, one quantity at a time, each in a process of its own:

- training on 64 to 512 rows of banking77 (one pass, batches of 8);
- one training step on 8 rows of 32 to 1,024 random tokens;
- picking the best of 2 to 77 labels, 32 prompts at a time, before any training;
- training 1 to 4 starts of one checkpoint on 64 rows each.

Of each the seconds, and what it adds to the process's resident memory at its peak, beyond the
weights and one short step (Linux only: the kernel's high-water mark is reset).

The fit is a power law, y = a x^b, by least squares in logarithms; b = 1 is linear. Memory of a
step is fitted up to the length at which its rows fill a pack, since packs are computed one after
another. The last line is JSON: measured points, and a, b and the largest relative distance from
the fit.
"""

import argparse
import itertools
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from bench_choices import make_parser
from bench_data import examples, read_rows, recipe, sample
from bench_report import guarded, progress, table
from headstart.domain.plan import Recipe
from headstart.engine.adapt import trainable
from headstart.engine.device import pick_device
from headstart.engine.labels import best_labels
from headstart.engine.load import Loaded, load
from headstart.engine.render import Rendered
from headstart.engine.sizes import PROCESSOR
from headstart.engine.train import train
from headstart.errors import HeadstartError

ROWS = (64, 128, 256, 512)
LENGTHS = (32, 64, 128, 256, 512, 1024)
LABELS = (2, 5, 10, 20, 40, 77)
STARTS = (1, 2, 3, 4)
BATCH = 8
PROMPTS = 32
REPETITIONS = 3
STEP_MEMORY = "MiB a step adds\nby tokens of a row"

Curve = dict[int, float]


def train_once(loaded: Loaded, rows: Sequence[Rendered], how: Recipe) -> list[float]:
    """Seconds of every step of one run."""
    stamps = [0.0]
    device = pick_device("cpu")
    with trainable(loaded.model, how, 0, (), device) as model:
        stamps[0] = time.perf_counter()
        train(
            model,
            rows,
            how,
            learning_rate=1e-4,
            seed=0,
            device=device,
            on_step=lambda _done, _total: stamps.append(time.perf_counter()),
        )
    return [b - a for a, b in itertools.pairwise(stamps)]


class Bench:
    """A model and rows for one part, and the memory that it began with."""

    def __init__(self, model: str, folder: Path) -> None:
        """Load; computes nothing but one short step, which loads kernels."""
        checkpoint = sample(model)
        self.loaded = load(checkpoint, pick_device("cpu"))
        tokenizer = self.loaded.tokenizer
        self.rows = examples(tokenizer, checkpoint, "banking77", folder, max(ROWS))
        self.labels = sorted({text for _, text in read_rows("banking77", folder)})
        self.how = recipe().model_copy(update={"batch_size": BATCH, "epochs": 1})
        train_once(self.loaded, self.rows[:1], self.how)
        self._before = high_water(reset=True)

    def added(self) -> float:
        """MiB at the peak so far, beyond what there was before; at least 1."""
        return max(1.0, high_water() - self._before)


def high_water(*, reset: bool = False) -> float:
    """Resident memory of this process at its peak, MiB; `reset` begins anew from now."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def by_examples(bench: Bench) -> tuple[Curve, Curve]:
    """By number of rows: seconds of training on them, MiB at its peak."""
    seconds: Curve = {}
    memory: Curve = {}
    for count in ROWS:
        progress(f"training on {count} rows")
        seconds[count] = sum(train_once(bench.loaded, bench.rows[:count], bench.how))
        memory[count] = bench.added()
    return seconds, memory


def by_length(bench: Bench) -> tuple[Curve, Curve]:
    """By tokens of a row, half of them trained: seconds of a step, MiB at its peak."""
    seconds: Curve = {}
    memory: Curve = {}
    draw = torch.Generator().manual_seed(0)
    for length in LENGTHS:
        progress(f"steps on {BATCH} rows of {length} tokens")
        ids = torch.randint(100, 40_000, (BATCH * (REPETITIONS + 1), length), generator=draw)
        mask = tuple(i >= length // 2 for i in range(length))
        rows = [Rendered(tuple(row.tolist()), mask) for row in ids]
        steps = train_once(bench.loaded, rows, bench.how)
        seconds[length] = float(np.median(steps[1:]))
        memory[length] = bench.added()
    return seconds, memory


def by_labels(bench: Bench) -> tuple[Curve, Curve]:
    """By number of labels: seconds for one prompt, MiB at the peak of a batch of them."""
    seconds: Curve = {}
    memory: Curve = {}
    prompts = [row.ids[: row.trained.index(True)] for row in bench.rows[:PROMPTS]]
    tokenizer = bench.loaded.tokenizer
    ids = [tuple(tokenizer(f" {x}\n", add_special_tokens=False)["input_ids"]) for x in bench.labels]
    for count in LABELS:
        progress(f"the best of {count} labels")
        times = []
        for _ in range(REPETITIONS):
            began = time.perf_counter()
            best_labels(bench.loaded.model, prompts, ids[:: max(1, len(ids) // count)][:count])
            times.append((time.perf_counter() - began) / len(prompts))
        seconds[count] = float(np.median(times))
        memory[count] = bench.added()
    return seconds, memory


def by_starts(bench: Bench) -> tuple[Curve, Curve]:
    """By number of starts that share the weights: seconds of training, MiB at its peak."""
    seconds: Curve = {}
    memory: Curve = {}
    for count in STARTS:
        progress(f"training {count} starts")
        rows = bench.rows[: ROWS[0]]
        seconds[count] = sum(sum(train_once(bench.loaded, rows, bench.how)) for _ in range(count))
        memory[count] = bench.added()
    return seconds, memory


PARTS: dict[Callable[[Bench], tuple[Curve, Curve]], tuple[str, str]] = {
    by_examples: ("seconds of training\nby rows", "MiB that training adds\nby rows"),
    by_length: ("seconds of a step of 8 rows\nby tokens of a row", STEP_MEMORY),
    by_labels: ("seconds for one prompt\nby labels", "MiB that 32 prompts add\nby labels"),
    by_starts: ("seconds of training\nby starts", "MiB that training adds\nby starts"),
}


def one_part(
    part: Callable[[Bench], tuple[Curve, Curve]], model: str, folder: Path
) -> tuple[Curve, Curve]:
    """Measure one part; to be called in a process of its own."""
    return part(Bench(model, folder))


def apart(
    part: Callable[[Bench], tuple[Curve, Curve]], model: str, folder: Path
) -> tuple[Curve, Curve]:
    """Measure one part in a fresh process, since one keeps the memory that it has freed."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(one_part, part, model, folder).result()


def fit(curve: Curve, most: int | None = None) -> dict[str, float]:
    """The power law's factor and exponent, and its largest relative error, up to x = `most`."""
    fitted = {x: y for x, y in curve.items() if most is None or x <= most}
    x, y = np.array(list(fitted)), np.array(list(fitted.values()))
    exponent, log_factor = np.polyfit(np.log(x), np.log(y), 1)
    guess = np.exp(log_factor) * x**exponent
    return {
        "factor": float(f"{np.exp(log_factor):.4g}"),
        "exponent": round(float(exponent), 3),
        "largest_error": round(float(np.max(np.abs(guess / y - 1))), 3),
    }


def fit_named(name: str, curve: Curve) -> dict[str, float]:
    """The fit of one of the curves, over the lengths at which it grows."""
    return fit(curve, PROCESSOR.step_tokens // BATCH if name == STEP_MEMORY else None)


def plot(curves: dict[str, Curve], path: Path) -> None:
    """Seconds above, memory beneath, points and fit, both axes logarithmic."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.rcParams |= {"svg.hashsalt": "headstart", "svg.fonttype": "none"}
    columns = 4
    lines = math.ceil(len(curves) / columns)
    figure, panels = plt.subplots(lines, columns, figsize=(3.4 * columns, 3.2 * lines))
    for panel, (name, curve) in zip(panels.T.flat, curves.items(), strict=True):
        law = fit_named(name, curve)
        x = np.array(list(curve))
        panel.loglog(x, list(curve.values()), "o", color="#1f5fa8")
        if name == STEP_MEMORY:
            x = x[x <= PROCESSOR.step_tokens // BATCH]
        panel.loglog(x, law["factor"] * x ** law["exponent"], "-", color="#1f5fa8", alpha=0.5)
        panel.set_title(f"{name}\nexponent {law['exponent']:.2f}", fontsize=9)
        panel.set_xticks(list(curve), [str(n) for n in curve], fontsize=7)
        ends = min(curve.values()), max(curve.values())
        panel.set_yticks(ends, [f"{end:.2g}" if end < 10 else f"{end:,.0f}" for end in ends])
        panel.tick_params(labelsize=7)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def measure(args: argparse.Namespace) -> None:
    """All curves, a table, the plot, and the JSON line."""
    if args.plot and find_spec("matplotlib") is None:
        raise HeadstartError(
            "matplotlib, which draws, is not installed", hint="pip install matplotlib"
        )
    curves: dict[str, Curve] = {}
    for part, names in PARTS.items():
        curves.update(zip(names, apart(part, args.model, args.data_folder), strict=True))
    rows = [
        [
            name.replace("\n", " "),
            " ".join(f"{x}: {y:.3g}" for x, y in c.items()),
            *map(str, fit_named(name, c).values()),
        ]
        for name, c in curves.items()
    ]
    table(["curve", "measured", "factor", "exponent", "largest error"], rows)
    if args.plot:
        plot(curves, Path(args.plot))
    told = {
        name.replace("\n", " "): {"points": c, **fit_named(name, c)} for name, c in curves.items()
    }
    print(json.dumps({"model": args.model, "curves": told}))


if __name__ == "__main__":
    parser = make_parser(__doc__ or "")
    parser.add_argument("--plot", help="write the figure here (needs matplotlib)")
    arguments = parser.parse_args()
    sys.exit(guarded(lambda: measure(arguments)))
