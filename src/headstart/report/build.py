"""Fold a plan and its trials into the report."""

import math
import shlex
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from statistics import fmean

import numpy as np

from headstart.domain.plan import Format, Plan, StartSpec
from headstart.domain.report import (
    Baseline,
    Cost,
    CurvePoint,
    ItemContrast,
    Report,
    RulePick,
    StartReport,
    SweepPoint,
    TrialSummary,
)
from headstart.domain.task import Example, Task
from headstart.domain.trial import Kind, Trial
from headstart.domain.value import NotMeasured
from headstart.domain.verdict import Outcome, Verdict
from headstart.judge.baselines import Kinds, picks
from headstart.judge.curves import Curve, Untuned, mean_score, point
from headstart.judge.judge import judge
from headstart.version import __version__

CONTRASTS = 12
SHORT = 160


def build_report(
    plan: Plan, task: Task, trials: Sequence[Trial], skipped: tuple[str, ...]
) -> Report:
    """Judge the trials and lay out everything a reader needs.

    Args:
        plan: pinned before the trials.
        task: whole, for prompts and references of the items where starts differ.
        trials: in the plan's order.
        skipped: planned work that was not done, and why.
    """
    groups = _groups(plan, task)
    curves = [_curve(s.name, trials) for s in plan.starts]
    untuned = _untuned(trials)
    verdict = judge(
        curves,
        untuned,
        groups=groups,
        margin=plan.request.margin,
        higher_is_better=plan.higher_is_better,
        default=plan.default,
    )
    return Report(
        headstart=__version__,
        task=plan.task_name,
        shape=plan.shape,
        shape_reason=plan.shape_reason,
        metric=plan.metric,
        higher_is_better=plan.higher_is_better,
        counts=plan.counts,
        test_items=len(plan.test_ids),
        verdict=verdict,
        starts=tuple(start_report(plan, s, trials, groups) for s in plan.starts),
        trials=tuple(trial_summary(t) for t in trials),
        contrasts=tuple(_contrasts(task, trials, verdict.rows)),
        rules=tuple(_rules(plan, untuned, verdict)),
        detectable_difference=plan.detectable_difference,
        findings=(*plan.findings, *(f"cut to fit the budget: {cut}" for cut in plan.cuts)),
        skipped=skipped,
        device=f"{plan.device_label} ({plan.device}), {plan.dtype}, {plan.threads} threads",
        command=_command(plan),
        cost=_cost(plan, trials),
    )


def _groups(plan: Plan, task: Task) -> list[str]:
    by_id = {e.id: e.group for e in task.test}
    return [by_id[i] for i in plan.test_ids]


def _scores(trial: Trial) -> list[float]:
    return [item.score for item in trial.items]


def _of(trials: Sequence[Trial], start: str, kind: Kind, rows: int | None = None) -> list[Trial]:
    return [
        t
        for t in trials
        if t.spec.start == start and t.spec.kind is kind and rows in (None, t.spec.rows)
    ]


def _curve(start: str, trials: Sequence[Trial]) -> Curve:
    tuned = [t for t in _of(trials, start, Kind.TUNED) if t.items]
    sizes = sorted({t.spec.rows for t in tuned})
    return Curve(
        start,
        {n: np.array([_scores(t) for t in tuned if t.spec.rows == n]) for n in sizes},
    )


def _untuned(trials: Sequence[Trial]) -> list[Untuned]:
    return [
        Untuned(
            t.spec.start,
            "zero-shot" if t.spec.kind is Kind.ZERO_SHOT else "few-shot",
            np.array(_scores(t)),
        )
        for t in trials
        if t.spec.kind in (Kind.ZERO_SHOT, Kind.FEW_SHOT) and t.items
    ]


def start_report(
    plan: Plan, start: StartSpec, trials: Sequence[Trial], groups: Sequence[str]
) -> StartReport:
    """All about one start, from the trials that are there so far.

    Args:
        plan: pinned before the trials.
        start: one of the plan's.
        trials: of any start.
        groups: the group of each of the plan's test items.
    """
    checkpoint = next(c for c in plan.checkpoints if c.name == start.checkpoint)
    view = plan.views[start.name]
    curve = _curve(start.name, trials)
    sweep = _sweep(_of(trials, start.name, Kind.SWEEP))
    chosen = next((s.learning_rate for s in sweep if s.chosen), None)
    return StartReport(
        name=start.name,
        checkpoint=start.checkpoint,
        source=_without_home(checkpoint.source),
        format=start.format,
        rule=start.rule,
        training_text=view.training_text,
        training_tokens=view.training_tokens,
        baselines=tuple(_baselines(plan, start.name, trials, groups)),
        sweep=sweep,
        learning_rate=chosen if chosen is not None else NotMeasured(why="every rate failed"),
        curve=tuple(_point(plan, curve, n, trials, groups) for n in curve.finished_rungs()),
        findings=view.findings,
    )


def _baselines(
    plan: Plan, start: str, trials: Sequence[Trial], groups: Sequence[str]
) -> list[Baseline]:
    zero, few = _of(trials, start, Kind.ZERO_SHOT), _of(trials, start, Kind.FEW_SHOT)
    found = [
        Baseline(
            how="zero-shot",
            shots=0,
            score=mean_score(np.array(_scores(t)), groups),
            figures=t.figures,
        )
        for t in zero
        if t.items
    ]
    return found + [
        Baseline(
            how="few-shot",
            shots=plan.views[start].shots,
            score=mean_score(np.array(_scores(t)), groups),
            figures=t.figures,
        )
        for t in few
        if t.items
    ]


def _sweep(trials: Sequence[Trial]) -> tuple[SweepPoint, ...]:
    # of equal losses the lower rate, as the trials took it
    measured = [
        (t.dev_bits_per_byte, t.spec.learning_rate or 0.0)
        for t in trials
        if t.dev_bits_per_byte is not None
    ]
    best = min(measured, default=None)
    return tuple(
        SweepPoint(
            learning_rate=t.spec.learning_rate or 0.0,
            dev_bits_per_byte=t.dev_bits_per_byte
            if t.dev_bits_per_byte is not None
            else NotMeasured(why=t.failed or "no dev rows"),
            chosen=(t.dev_bits_per_byte, t.spec.learning_rate or 0.0) == best,
        )
        for t in trials
    )


def _point(
    plan: Plan, curve: Curve, rows: int, trials: Sequence[Trial], groups: Sequence[str]
) -> CurvePoint:
    score = point(curve, rows, groups)
    finished = [t for t in _of(trials, curve.start, Kind.TUNED, rows) if t.items]
    least, most = _range(plan)
    return CurvePoint(
        n=rows,
        mean=score.mean,
        low=max(least, score.low),
        high=min(most, score.high),
        seeds=len(finished),
        figures=_mean_figures(finished),
    )


def _range(plan: Plan) -> tuple[float, float]:
    """What values the metric can take: intervals over few seeds reach beyond them."""
    if ":" in plan.metric:
        return -math.inf, math.inf
    return 0.0, 1.0 if plan.higher_is_better else math.inf


def _mean_figures(trials: Sequence[Trial]) -> dict[str, float | NotMeasured]:
    found: dict[str, float | NotMeasured] = {}
    for name in trials[0].figures:
        values = [t.figures[name] for t in trials]
        absent = next((v for v in values if isinstance(v, NotMeasured)), None)
        found[name] = absent or fmean(v for v in values if isinstance(v, float))
    return found


def trial_summary(trial: Trial) -> TrialSummary:
    """A stored trial without its items."""
    spec, losses = trial.spec, [x for x in trial.losses if x is not None]
    tail = losses[-max(1, len(losses) // 10) :]
    untrained = NotMeasured(why="nothing was trained")
    unscored = NotMeasured(why=trial.failed or "a sweep is measured on dev rows only")
    return TrialSummary(
        key=spec.key,
        start=spec.start,
        kind=spec.kind.value,
        rows=spec.rows,
        learning_rate=spec.learning_rate,
        seed=spec.seed,
        failed=trial.failed,
        score=fmean(_scores(trial)) if trial.items else unscored,
        first_loss=losses[0] if losses else untrained,
        last_loss=fmean(tail) if tail else untrained,
    )


def _contrasts(task: Task, trials: Sequence[Trial], rows: int) -> list[ItemContrast]:
    """Items with the widest gap between starts at the judged rung, widest first."""
    tuned = [t for t in trials if t.spec.kind is Kind.TUNED and t.spec.rows == rows and t.items]
    starts = list(dict.fromkeys(t.spec.start for t in tuned))
    if len(starts) < 2:
        return []
    examples = {e.id: e for e in task.test}
    found: list[tuple[float, int, ItemContrast]] = []
    for place, item in enumerate(tuned[0].items):
        scores = {
            s: fmean(t.items[place].score for t in tuned if t.spec.start == s) for s in starts
        }
        gap = max(scores.values()) - min(scores.values())
        if gap > 0:
            first = {s: next(t for t in tuned if t.spec.start == s) for s in starts}
            contrast = _contrast(examples[item.id], first, place, scores)
            found.append((-gap, place, contrast))
    return [c for _, _, c in sorted(found, key=lambda f: f[:2])[:CONTRASTS]]


def _contrast(
    example: Example, first: dict[str, Trial], place: int, scores: dict[str, float]
) -> ItemContrast:
    asked = next((m.content for m in reversed(example.prompt) if m.role == "user"), "")
    return ItemContrast(
        id=example.id,
        prompt=_short(asked or example.completion),
        reference=_short(example.completion),
        predictions={s: _short(t.items[place].prediction) for s, t in first.items()},
        scores=scores,
    )


def _short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _rules(plan: Plan, untuned: Sequence[Untuned], verdict: Verdict) -> list[RulePick]:
    """A start in its own chat format stands for instruct, one without a template for base."""
    if len(plan.starts) < 2:
        return []
    kinds: Kinds = {s.name: "instruct" if s.format is Format.CHAT else "base" for s in plan.starts}
    chosen = picks(kinds, plan.counts.train, untuned, higher_is_better=plan.higher_is_better)
    decided = verdict.outcome is Outcome.WINNER
    return [
        RulePick(
            rule=rule,
            start=start,
            agrees=start == verdict.start if decided and start is not None else None,
        )
        for rule, start in chosen.items()
    ]


def _cost(plan: Plan, trials: Sequence[Trial]) -> Cost:
    training = sum(t.clock.train_seconds for t in trials)
    tokens = sum(t.tokens for t in trials)
    peaks = [t.clock.peak_memory_bytes for t in trials]
    nothing = NotMeasured(why="nothing was trained")
    return Cost(
        seconds=training + sum(t.clock.score_seconds for t in trials),
        tokens=tokens,
        train_tokens_per_second=tokens / training if training else nothing,
        peak_memory_bytes=max(peaks) if peaks else nothing,
        full_run_seconds={s.name: _full_run(plan, s.name, trials) for s in plan.starts},
    )


def _full_run(plan: Plan, start: str, trials: Sequence[Trial]) -> float | NotMeasured:
    """One training on all rows, at the pace of the start's largest trials."""
    tuned = [t for t in _of(trials, start, Kind.TUNED) if t.clock.train_seconds > 0]
    if not tuned:
        return NotMeasured(why="no trial of this start finished")
    largest = max(tuned, key=lambda t: t.spec.rows)
    seconds = largest.clock.train_seconds * plan.counts.train / largest.spec.rows
    return seconds if math.isfinite(seconds) else NotMeasured(why="the clock gave no time")


def _without_home(path: str) -> str:
    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home + "/") else path


def _reference(typed: str) -> str:
    """`[name=]source` with the home folder written as ~."""
    name, equals, source = typed.partition("=")
    named = equals and "/" not in name
    return f"{name}={_without_home(source)}" if named else _without_home(typed)


def _seconds(budget: float) -> str:
    """Every digit and no exponent, as `--budget` takes it."""
    exact = Decimal(budget) if budget == int(budget) else Decimal(repr(budget))
    return f"{exact:f}s"


def _command(plan: Plan) -> str:
    """The command line that reproduces the run."""
    request = plan.request
    words = ["headstart", "choose", *map(_reference, request.checkpoints)]
    words += ["--data", _without_home(request.data)]
    if request.test:
        words += ["--test", _without_home(request.test)]
    if request.columns:
        words += ["--columns", ",".join(f"{ours}={own}" for ours, own in request.columns.items())]
    for option, value, usual in (
        ("--instruction", request.instruction, None),
        ("--system", request.system, ""),
        ("--metric", request.metric, None),
        ("--default", request.default, None),
        ("--budget", _seconds(request.budget_seconds), "1200s"),
        ("--max-train", request.max_train, None),
        ("--max-test", request.max_test, 400),
        ("--seeds", request.seeds, 3),
        ("--margin", request.margin, 0.01),
        ("--rank", request.rank, 16),
        ("--epochs", request.epochs, 3),
        ("--shots", request.shots, 8),
        ("--device", request.device, "auto"),
        ("--precision", request.precision, "auto"),
        ("--memory", request.memory_bytes, None),
        ("--seed", request.seed, 0),
    ):
        if value != usual:
            words += [option, str(value)]
    words += ["--starts", ",".join(request.starts)] if request.starts else []
    words += ["--full"] if request.full else []
    return shlex.join(words)
