"""Whether `choose --dry-run` tells the time that a run takes: twelve different runs.

    python benchmarks/estimate.py [--runs 12] [--out FILE.jsonl]

Each run is a real `headstart choose`, in a process of its own, on the two sample checkpoints:
several tasks, one to three starts, different sizes, seeds and passes. Compared are the plan's
estimate and the seconds that its trials took (training and scoring, as stored beside them).
Runs already in FILE are not run again. Prints a table and, last, JSON:
`{"ours": share of runs within 30%, ...}`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_choices import make_parser
from bench_report import guarded, progress, table
from headstart.checkpoints.samples import sample_path

BANKING = ["--columns", "text=text,label=category"]
SMALL = ["--epochs", "2", "--shots", "4"]

RUNS: dict[str, tuple[str, str, list[str]]] = {
    "banking77, instruct, 64 rows": ("s", "banking77", ["--max-train", "64", "--max-test", "60"]),
    "banking77, base, 64 rows": ("g", "banking77", ["--max-train", "64", "--max-test", "60"]),
    "banking77, both, 128 rows": ("sg", "banking77", ["--max-train", "128", "--max-test", "50"]),
    "banking77, both, 2 seeds": (
        "sg",
        "banking77",
        ["--max-train", "64", "--max-test", "40", "--seeds", "2"],
    ),
    "banking77, instruct, 256 rows": (
        "s",
        "banking77",
        ["--max-train", "256", "--max-test", "100"],
    ),
    "banking77, instruct twice": (
        "s",
        "banking77",
        ["--max-train", "96", "--max-test", "60", "--starts", "s:chat,s:raw"],
    ),
    "banking77, three starts": (
        "sg",
        "banking77",
        ["--max-train", "64", "--max-test", "40", "--starts", "s:chat,s:raw,g:raw"],
    ),
    "gsm8k, instruct, 48 rows": ("s", "gsm8k", ["--max-train", "48", "--max-test", "24"]),
    "gsm8k, base, 32 rows": ("g", "gsm8k", ["--max-train", "32", "--max-test", "16"]),
    "own sample, both": ("sg", "own", ["--max-test", "40", "--max-train", "96"]),
    "own sample, instruct, 3 passes": ("s", "own", ["--epochs", "3", "--max-train", "128"]),
    "raw text, base": ("g", "text", ["--max-train", "48", "--max-test", "40"]),
}


def data_of(name: str, root: Path, scratch: Path) -> list[str]:
    """The options that name a task's data."""
    if name == "banking77":
        folder = root / "banking77"
        return ["--data", str(folder / "train.csv"), "--test", str(folder / "test.csv"), *BANKING]
    if name == "gsm8k":
        file = next((root / "gsm8k").glob("*train*.jsonl"))
        return ["--data", str(file), "--columns", "prompt=question,completion=answer"]
    if name == "text":
        text = (root / "tinyshakespeare").glob("*.txt")
        paragraphs = next(text).read_text().split("\n\n")
        rows = ["\n\n".join(paragraphs[i : i + 8]) for i in range(0, 1200, 8)]
        made = scratch / "text.jsonl"
        made.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
        return ["--data", str(made)]
    return ["--data", str(Path(__file__).parents[1] / "examples" / "support_messages.csv")]


def run_one(name: str, root: Path) -> dict[str, object]:
    """Estimate and measured seconds of one run."""
    models, data, options = RUNS[name]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        paths = {"s": "smollm2", "g": "gemma"}
        command = [sys.executable, "-m", "headstart", "choose"]
        command += [f"{m}={sample_path(paths[m])}" for m in models]
        command += data_of(data, root, Path(folder))
        extra = SMALL if "--epochs" not in options else SMALL[2:]
        seeds = [] if "--seeds" in options else ["--seeds", "1"]
        command += [*options, *extra, *seeds, "--budget", "30m", "--out", str(out)]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - began
        if done.returncode != 0:
            raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
        plan = json.loads((out / "plan.json").read_text())
        clocks = [json.loads(p.read_text())["clock"] for p in (out / "trials").glob("*.json")]
    took = sum(c["train_seconds"] + c["score_seconds"] for c in clocks)
    return {
        "run": name,
        "starts": len(plan["starts"]),
        "trials": len(clocks),
        "estimated": round(plan["estimated_seconds"], 1),
        "measured": round(took, 1),
        "wall": round(wall, 1),
    }


def measure(args: argparse.Namespace) -> None:
    """Run what is not in the file yet; print the table and the JSON line."""
    stored = Path(args.out) if args.out else None
    rows: list[dict[str, object]] = []
    if stored and stored.exists():
        rows = [json.loads(line) for line in stored.read_text().splitlines()]
    known = {row["run"] for row in rows}
    for name in list(RUNS)[: args.runs]:
        if name in known:
            continue
        progress(name)
        rows.append(run_one(name, args.data_folder))
        progress(json.dumps(rows[-1]))
        if stored:
            with stored.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    ratios = [float(str(r["estimated"])) / float(str(r["measured"])) for r in rows]
    told = [[*map(str, row.values()), f"{q:.2f}"] for row, q in zip(rows, ratios, strict=True)]
    table([*rows[0], "estimated / measured"], told)
    within = sum(abs(q - 1) <= 0.3 for q in ratios)
    summary = {"ours": within / len(ratios), "peer": 1.0, "ratio": within / len(ratios)}
    print(json.dumps(summary | {"unit": "share of runs within 30%", "runs": len(ratios)}))


if __name__ == "__main__":
    parser = make_parser(__doc__ or "")
    parser.add_argument("--runs", type=int, default=len(RUNS), help="how many of the runs")
    parser.add_argument("--out", help="keep each run's line here, and do not repeat it")
    arguments = parser.parse_args()
    sys.exit(guarded(lambda: measure(arguments)))
