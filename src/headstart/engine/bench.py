"""How fast one start trains and scores on this machine, for estimates before a run."""

import time
from collections.abc import Sequence

from headstart.domain.plan import Rates, Recipe
from headstart.domain.task import Example
from headstart.engine.session import Session

WARM_STEPS = 2
TRAINED = 96
PASSES = 2
SCORED = 16


def measure_rates(
    session: Session,
    recipe: Recipe,
    learning_rate: float,
    train: Sequence[Example],
    dev: Sequence[Example],
    test: Sequence[Example],
    shots: Sequence[Example],
) -> Rates:
    """Time a short training, and scoring before and after it.

    Args:
        session: of the start in question.
        recipe: as in the trials; two epochs of it are run.
        learning_rate: a usual one, so that the tuned model is scored as trials will be.
        train: at least one example; up to 96 are used.
        dev: at least one example; of up to 16 the likelihood is taken.
        test: at least one example; up to 16 are scored.
        shots: shown before each prompt of the few-shot baseline; none for no such baseline.
    """
    chosen = train[:TRAINED]
    sample = test[:SCORED]
    session.measure(sample[:2])
    began = time.perf_counter()
    session.measure(sample)
    untuned = (time.perf_counter() - began) / len(sample)
    began = time.perf_counter()
    session.measure(sample if shots else (), shots)
    few_shot = (time.perf_counter() - began) / len(sample) if shots else 0.0
    stamps: list[float] = []
    with session.tuned(
        chosen,
        recipe.model_copy(update={"epochs": PASSES}),
        learning_rate=learning_rate,
        seed=0,
        on_step=lambda _done, _total: stamps.append(time.perf_counter()),
    ) as training:
        began = time.perf_counter()
        session.measure(sample)
        tuned = (time.perf_counter() - began) / len(sample)
        began = time.perf_counter()
        session.bits_per_byte(dev[:SCORED])
        likelihood = (time.perf_counter() - began) / len(dev[:SCORED])
    per_example = training.tokens / (PASSES * len(chosen))
    warm = max(0, min(WARM_STEPS, len(stamps) - 1))
    timed = training.tokens * (len(stamps) - warm) / max(1, len(stamps))
    seconds = stamps[-1] - stamps[warm - 1] if warm else training.seconds
    return Rates(
        train_tokens_per_second=max(1.0, timed) / max(1e-6, seconds),
        untuned_seconds_per_item=untuned,
        few_shot_seconds_per_item=few_shot,
        tuned_seconds_per_item=tuned,
        dev_seconds_per_item=likelihood,
        tokens_per_example=per_example,
    )
