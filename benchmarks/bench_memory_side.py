"""One side of memory.py, in a process of its own; prints its peaks as one JSON line.

    python benchmarks/bench_memory_side.py SIDE MODEL DATA FOLDER STEPS THREADS DEVICE

SIDE is `ours`, or the label of one of the peer's settings (`bench_sft.SETTINGS`) or variants;
THREADS 0 leaves the number to torch.
"""

import json
import sys
from pathlib import Path

import torch

from bench_data import Run, examples, recipe, sample
from bench_report import guarded
from headstart.domain.checkpoint import Checkpoint
from headstart.engine.dense import dense_copy
from headstart.engine.device import Device, peak_memory_bytes, pick_device
from headstart.errors import RequestError

BATCH = 16


def main() -> int:
    """Load, note the peak, train, note the peak again."""
    side, model, data, folder, steps, threads, wanted = sys.argv[1:]
    if int(threads):
        torch.set_num_threads(int(threads))

    def measure() -> None:
        device = pick_device(wanted)
        chosen = device, sample(model), data, Path(folder), BATCH * int(steps)
        loaded, run = ours(*chosen) if side == "ours" else peer(side, *chosen)
        found = {"loaded": loaded, "peak": peak_mib(device), "losses": run.losses}
        print(json.dumps(found | {"threads": torch.get_num_threads()}))

    return guarded(measure)


# Each side imports only what it needs: a trial does not load trl.


def ours(
    device: Device, checkpoint: Checkpoint, data: str, folder: Path, count: int
) -> tuple[float, Run]:
    """Peak in MiB once the model is loaded, and the training that followed."""
    from bench_ours import run_ours
    from headstart.engine.load import load

    loaded = load(checkpoint, device)
    rows = examples(loaded.tokenizer, checkpoint, data, folder, count)
    before = peak_mib(device)
    return before, run_ours(loaded, rows, recipe(BATCH))


def peer(
    name: str, device: Device, checkpoint: Checkpoint, data: str, folder: Path, count: int
) -> tuple[float, Run]:
    """As `ours`, for the peer in the setting with the label `name`."""
    from transformers import AutoTokenizer

    from bench_sft import SETTINGS, adapted, run_peer

    named = {v.label: v for s in SETTINGS for v in s.variants}
    if name not in named:
        raise RequestError(
            f"the peer has no setting {name!r}", hint="settings: " + "; ".join(named)
        )
    setting = named[name]
    dense = dense_copy(checkpoint)
    model = adapted(dense, recipe(BATCH), setting)
    tokenizer = AutoTokenizer.from_pretrained(dense, local_files_only=True)
    rows = examples(tokenizer, checkpoint, data, folder, count)
    before = peak_mib(device)
    return before, run_peer(model, dense, rows, recipe(BATCH), setting, device)


def peak_mib(device: Device) -> float:
    """Largest resident set of this process so far, or of the GPU's memory, in MiB."""
    return peak_memory_bytes(device) / 2**20


if __name__ == "__main__":
    sys.exit(main())
