"""How often does a table find something where there is nothing: a checkpoint against itself.

    python benchmarks/tax_itself.py                       # builtin:base, 20 runs
    python benchmarks/tax_itself.py --source PATH --runs 5 --n 60

Each run takes prompts and samples drawn with a seed of its own, and each of the two draws its
own samples, as if it were another checkpoint. A run counts as wrong if any line of its tables
(as intended, and in each format) is called tax, gain or changed; Holm's adjustment allows one in
twenty. Runs are stored below `--out` and resumed. A line a run goes to stdout, and last one line
of JSON.
"""

import argparse
import json
from pathlib import Path

from bench_report import guarded, progress


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    from headstart.domain.tax import TaxRequest
    from headstart.taxation import measure_tax

    wrong = tables = 0
    for seed in range(asked.runs):
        request = TaxRequest(
            checkpoints=(f"first={asked.source}", f"second={asked.source}"),
            n=asked.n,
            samples=asked.samples,
            limit=asked.limit,
            seed=seed,
            budget_seconds=asked.seconds,
            device="cpu",
        )
        report, _ = measure_tax(request, out=asked.out / f"seed-{seed}")
        (second,) = report.checkpoints
        lines = (*second.lines, *second.same_format)
        found = [
            f"{line.measure} ({line.mode.value}): {line.finding.value}"
            for line in lines
            if line.finding.value not in ("not resolved", "not measured")
        ]
        wrong += bool(found)
        tables += len({line.mode for line in second.same_format}) + 1
        print(f"seed {seed}: {len(lines)} lines, {', '.join(found) or 'nothing found'}", flush=True)
        progress(f"{wrong} of {seed + 1} runs find something")
    print(json.dumps({"runs": asked.runs, "wrong": wrong, "tables": tables, "n": asked.n}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", default="builtin:base")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--n", type=int, default=60, help="items of each set")
    parser.add_argument("--samples", type=int, default=6)
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3600, help="budget of each run")
    parser.add_argument("--out", type=Path, default=Path("headstart-runs/tax-itself"))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(guarded(main))
