"""The loop: run what the plan names and the store does not hold yet, in the plan's order."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from headstart.domain.event import Event, OnEvent
from headstart.domain.plan import Plan, StartSpec
from headstart.domain.task import Example, Task
from headstart.domain.trial import Clock, Kind, Trial, TrialSpec
from headstart.domain.value import NotMeasured
from headstart.errors import Interrupted
from headstart.store import RunFolder
from headstart.trials.grade import figures, grade
from headstart.trials.port import OpenSession, Session
from headstart.trials.schedule import Schedule, trial_seconds

NOT_FINITE = "the model's probabilities are not finite"
FURTHER_RATES = 2
"""Most rates tried beyond the planned ones."""
OVERRUN = 1.08
"""A trial is begun only if the run is expected to end within this share of the budget."""


@dataclass
class Runner:
    """Runs one plan; each finished trial is stored at once."""

    plan: Plan
    task: Task
    folder: RunFolder
    open_session: OpenSession
    peak_memory: Callable[[], int]
    on_event: OnEvent
    should_stop: Callable[[], bool]
    spent: float = 0.0
    """Seconds of all stored trials of this run, earlier sittings included."""
    planned: float = 0.0
    """What those should have taken by the plan's rates."""
    skipped: list[str] = field(default_factory=list)
    """What was left out and why, one sentence each."""

    def run(self) -> list[Trial]:
        """Every trial of the plan, from the store or run now, in the plan's order.

        Raises:
            Interrupted: `should_stop` said so; finished trials are stored.
        """
        self._rows = {e.id: e for e in (*self.task.train, *self.task.dev, *self.task.test)}
        trials = [self._baseline(start.name, kind) for start, kind in self._baselines()]
        rates: dict[str, float] = {}
        for start in self.plan.starts:
            sweep = self._sweep(start)
            trials += sweep
            best = best_rate(sweep)
            if best is None:
                self.skipped.append(
                    f"{start.name}: no learning rate trained without failing, so it was not tried"
                )
            else:
                rates[start.name] = best
        for spec in self._tuned_specs(rates):
            if self._fits(spec):
                trials.append(self._obtain(spec))
        return trials

    def _baselines(self) -> Iterator[tuple[StartSpec, Kind]]:
        for start in self.plan.starts:
            yield start, Kind.ZERO_SHOT
            if self.plan.shot_ids:
                yield start, Kind.FEW_SHOT

    def _baseline(self, start: str, kind: Kind) -> Trial:
        return self._obtain(
            TrialSpec(start=start, kind=kind, rows=0, learning_rate=None, seed=None)
        )

    def _sweep(self, start: StartSpec) -> list[Trial]:
        """Try the planned rates; while the best is an outermost one, try one further out."""
        rates = list(start.learning_rates)
        sweep = [self._obtain(self._sweep_spec(start.name, rate)) for rate in rates]
        while len(sweep) < len(start.learning_rates) + FURTHER_RATES:
            further = _further_out(best_rate(sweep), rates)
            if further is None:
                break
            rates.append(further)
            sweep.append(self._obtain(self._sweep_spec(start.name, further)))
        return sweep

    def _sweep_spec(self, start: str, rate: float) -> TrialSpec:
        return TrialSpec(
            start=start,
            kind=Kind.SWEEP,
            rows=self.plan.rungs[0],
            learning_rate=rate,
            seed=self.plan.seeds[0],
        )

    def _tuned_specs(self, rates: dict[str, float]) -> Iterator[TrialSpec]:
        """Rung by rung, seed by seed, start by start: a cut-off run still compares like."""
        for rows in self.plan.rungs:
            for seed in self.plan.seeds:
                for start, rate in rates.items():
                    yield TrialSpec(
                        start=start, kind=Kind.TUNED, rows=rows, learning_rate=rate, seed=seed
                    )

    def _obtain(self, spec: TrialSpec) -> Trial:
        trial = self.folder.trial(spec)
        if trial is None:
            if self.should_stop():
                raise Interrupted
            trial = self._run(spec)
            self.folder.save_trial(trial)
            self._tell(trial)
        self.spent += trial.clock.train_seconds + trial.clock.score_seconds
        self.planned += self._planned(spec)
        return trial

    def _run(self, spec: TrialSpec) -> Trial:
        session = self.open_session(spec.start)
        if spec.rows == 0:
            return self._run_baseline(spec, session)
        train = self._examples(self.plan.train_ids[: spec.rows])
        assert spec.learning_rate is not None
        assert spec.seed is not None
        with session.tuned(
            train,
            self.plan.recipe,
            learning_rate=spec.learning_rate,
            seed=spec.seed,
            on_step=self._on_step(spec),
        ) as training:
            began = time.perf_counter()
            trial = Trial(
                spec=spec,
                failed=training.failed,
                losses=training.losses,
                tokens=training.tokens,
                clock=Clock(train_seconds=training.seconds, score_seconds=0, peak_memory_bytes=0),
            )
            if training.failed is None and spec.kind is Kind.SWEEP:
                trial = trial.model_copy(update=self._dev_loss(session))
            elif training.failed is None:
                trial = self._scored(trial, session, ())
            return self._timed(trial, training.seconds, began)

    def _run_baseline(self, spec: TrialSpec, session: Session) -> Trial:
        began = time.perf_counter()
        shots = self._examples(self.plan.shot_ids) if spec.kind is Kind.FEW_SHOT else ()
        empty = Trial(spec=spec, clock=Clock(train_seconds=0, score_seconds=0, peak_memory_bytes=0))
        return self._timed(self._scored(empty, session, shots), 0.0, began)

    def _scored(self, trial: Trial, session: Session, shots: Sequence[Example]) -> Trial:
        test = self._examples(self.plan.test_ids)
        answers = session.measure(test, shots)
        if not all(a.bits is None or math.isfinite(a.bits) for a in answers):
            return trial.model_copy(update={"failed": NOT_FINITE})
        items = grade(self.task, test, answers)
        return trial.model_copy(
            update={"items": tuple(items), "figures": figures(self.task, test, items)}
        )

    def _dev_loss(self, session: Session) -> dict[str, object]:
        dev = session.bits_per_byte(self._examples(self.plan.dev_ids))
        if isinstance(dev, NotMeasured):
            return {}
        return {"dev_bits_per_byte": dev} if math.isfinite(dev) else {"failed": NOT_FINITE}

    def _timed(self, trial: Trial, training: float, began: float) -> Trial:
        clock = Clock(
            train_seconds=training,
            score_seconds=time.perf_counter() - began,
            peak_memory_bytes=self.peak_memory(),
        )
        return trial.model_copy(update={"clock": clock})

    def _examples(self, ids: Sequence[str]) -> list[Example]:
        return [self._rows[i] for i in ids]

    def _fits(self, spec: TrialSpec) -> bool:
        """Whether the trial is stored already, is one no verdict can do without, or should
        end within the budget.
        """
        indispensable = (spec.rows, spec.seed) == (self.plan.rungs[0], self.plan.seeds[0])
        if indispensable or self.folder.holds(spec):
            return True
        pace = self.spent / self.planned if self.planned else 1.0
        expected = self.spent + pace * self._planned(spec)
        if expected <= OVERRUN * self.plan.request.budget_seconds:
            return True
        self.skipped.append(f"{_name(spec)}: the budget was used up")
        return False

    def _planned(self, spec: TrialSpec) -> float:
        rates = self.plan.rates[spec.start]
        items = len(self.plan.test_ids)
        if spec.kind is Kind.FEW_SHOT:
            return items * rates.few_shot_seconds_per_item
        if spec.kind is Kind.ZERO_SHOT:
            return items * rates.untuned_seconds_per_item
        if spec.kind is Kind.TUNED:
            return trial_seconds(spec.rows, schedule_of(self.plan), rates)
        only_training = Schedule(0, 1, 1, self.plan.recipe.epochs, 0, 0)
        return trial_seconds(spec.rows, only_training, rates)

    def _on_step(self, spec: TrialSpec) -> Callable[[int, int], None]:
        def report(done: int, total: int) -> None:
            if self.should_stop():
                raise Interrupted
            self.on_event(Event(stage="training", message=_name(spec), done=done, total=total))

        return report

    def _tell(self, trial: Trial) -> None:
        pace = (self.spent / self.planned) if self.planned else 1.0
        left = max(0.0, self.plan.estimated_seconds - self.planned - self._planned(trial.spec))
        self.on_event(
            Event(
                stage="stored",
                message=f"{_name(trial.spec)}: {_outcome(trial)}",
                eta_seconds=left * pace,
            )
        )


def schedule_of(plan: Plan) -> Schedule:
    """The plan's size in the scheduler's terms."""
    return Schedule(
        top=plan.rungs[-1],
        sizes=len(plan.rungs),
        seeds=len(plan.seeds),
        epochs=plan.recipe.epochs,
        test_items=len(plan.test_ids),
        dev_items=len(plan.dev_ids),
    )


def best_rate(sweep: Sequence[Trial]) -> float | None:
    """The learning rate with the lowest dev loss; None where every one failed."""
    finished = [
        (t.dev_bits_per_byte, t.spec.learning_rate)
        for t in sweep
        if t.failed is None and t.dev_bits_per_byte is not None
    ]
    return min(finished)[1] if finished else None


def _further_out(best: float | None, tried: Sequence[float]) -> float | None:
    """The next rate beyond the best where that is the lowest or highest tried."""
    ordered = sorted(tried)
    if best is None or len(ordered) < 2 or ordered[0] < best < ordered[-1]:
        return None
    step = ordered[1] / ordered[0]
    return float(f"{best / step if best == ordered[0] else best * step:.2g}")


def _name(spec: TrialSpec) -> str:
    if spec.rows == 0:
        return f"{spec.start} {spec.kind.value}"
    rate = f"rate {spec.learning_rate:.2g}"
    return f"{spec.start} {spec.kind.value} on {spec.rows} rows, {rate}, seed {spec.seed}"


def _outcome(trial: Trial) -> str:
    seconds = trial.clock.train_seconds + trial.clock.score_seconds
    if trial.failed is not None:
        told = f"failed, {trial.failed}"
    elif trial.items:
        told = f"score {sum(i.score for i in trial.items) / len(trial.items):.3f}"
    elif trial.dev_bits_per_byte is not None:
        told = f"dev loss {trial.dev_bits_per_byte:.3f} bits per byte"
    else:
        told = "no dev rows to measure on"
    return f"{told} ({seconds:.0f} s)"
