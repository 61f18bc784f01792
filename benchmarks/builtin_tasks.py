"""Which of the built-in pair a fine-tune should start from, on every built-in task.

    python benchmarks/builtin_tasks.py [--tasks intents,tone] [--out FOLDER]

Unit: points of the deciding metric; for raw text bits per byte, and there the gap's sign is
turned, so that a positive gap speaks for instruct everywhere. Each task is one run of
`headstart choose` on 64 training rows and 3 seeds, base in plain format against instruct in its
template, 200 test items: the gap is instruct minus base at 64 rows with the judge's 95% interval,
and the outcome is the judge's, at its usual margin of one point. The slowest trial is training
and scoring of one start, once.

`--base` and `--instruct` take another pair of the same land, `--rows` another size. `--out` keeps
the run folders; what is stored there is not run again. Last comes one line of JSON.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench_report import guarded, progress, table
from headstart.choose import run
from headstart.domain.plan import Request
from headstart.domain.report import Report
from headstart.domain.trial import Trial
from headstart.domain.value import Score
from headstart.errors import RequestError
from headstart.forge.task_source import OPENING
from headstart.forge.world.user_tasks import TASKS

TEST_ITEMS = 200
BUDGET_SECONDS = 3600.0


def one(name: str, options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """One task's figures."""
    request = Request(
        checkpoints=(f"base={options.base}", f"instruct={options.instruct}"),
        data=OPENING + name,
        max_train=options.rows,
        max_test=TEST_ITEMS,
        seeds=options.seeds,
        device=options.device,
        budget_seconds=BUDGET_SECONDS,
    )
    report, kept = run(request, out=folder, on_event=lambda event: progress_line(event.message))
    trials = [
        Trial.model_validate_json(path.read_bytes())
        for path in (kept.path / "trials").glob("*.json")
    ]
    clocks = [trial.clock.train_seconds + trial.clock.score_seconds for trial in trials]
    gap = instruct_gap(report)
    unit = 100 if report.higher_is_better else 1
    base, instruct = (at(report, name, options.rows) for name in ("base", "instruct"))
    return {
        "task": name,
        "metric": report.metric,
        "unit": "points" if report.higher_is_better else report.metric,
        "base": unit * base,
        "instruct": unit * instruct,
        "gap": unit * gap.mean,
        "low": unit * gap.low,
        "high": unit * gap.high,
        "outcome": f"{report.verdict.outcome.value}: {report.verdict.start}",
        "slowest_trial_seconds": max(clocks),
        "run_seconds": sum(clocks),
        "test_items": report.test_items,
    }


def progress_line(text: str) -> None:
    """Pass on what was finished."""
    if ": score" in text or "zero-shot" in text:
        progress(f"  {text}")


def at(report: Report, checkpoint: str, rows: int) -> float:
    """A checkpoint's mean score at a size."""
    curve = next(start.curve for start in report.starts if start.checkpoint == checkpoint)
    return next(point.mean for point in curve if point.n == rows)


def instruct_gap(report: Report) -> Score:
    """Instruct minus base, positive where instruct is better."""
    tuned = [each for each in report.verdict.differences if each.how == "tuned"]
    behind, gap = tuned[0].start, tuned[0].gap
    checkpoint = next(start.checkpoint for start in report.starts if start.name == behind)
    if checkpoint == "base":
        return gap
    return Score(mean=-gap.mean, low=-gap.high, high=-gap.low, n=gap.n)


def shown(row: dict[str, object]) -> list[str]:
    """A row of the table."""
    places = 1 if row["unit"] == "points" else 3
    figures = [f"{row[key]:.{places}f}" for key in ("base", "instruct")]
    gap = f"{row['gap']:+.{places}f} ({row['low']:+.{places}f} to {row['high']:+.{places}f})"
    times = [f"{row[key]:.0f}" for key in ("slowest_trial_seconds", "run_seconds")]
    return [str(row["task"]), str(row["metric"]), *figures, gap, str(row["outcome"]), *times]


def measure(options: argparse.Namespace) -> None:
    """Every task, the table, and the JSON line."""
    names = [name.strip() for name in options.tasks.split(",")] if options.tasks else list(TASKS)
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        raise RequestError(f"no task is called {unknown[0]!r}", hint=f"tasks: {', '.join(TASKS)}")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            progress(name)
            rows.append(one(name, options, Path(options.out or scratch) / name))
    header = ["task", "metric", "base", "instruct", "instruct - base", "outcome", "slowest s"]
    table([*header, "all s"], [shown(row) for row in rows])
    print(json.dumps({"rows": options.rows, "seeds": options.seeds, "tasks": rows}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", help="comma-separated; default: all")
    parser.add_argument("--base", default="builtin:base")
    parser.add_argument("--instruct", default="builtin:instruct")
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    parser.add_argument("--out", help="keep run folders here")
    sys.exit(guarded(lambda: measure(parser.parse_args())))
