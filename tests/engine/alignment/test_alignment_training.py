"""Order, replay and the watch: what makes a stage repeatable and stops it in time."""

import math

import numpy as np
import pytest

from headstart.domain.stage import SftRecipe
from headstart.engine.alignment.sft import Replay
from headstart.engine.alignment.training import CHUNK, first_mean, last_mean, training_order
from headstart.engine.alignment.watch import HOPELESS_NATS, WINDOW, Watch
from headstart.errors import StageStopped


def kept() -> str:
    return "something is kept"


def test_every_epoch_holds_every_row_once_a_batch_apart_at_most() -> None:
    lengths = [n % 17 + 1 for n in range(103)]
    order = training_order(lengths, batch_size=8, epochs=3, seed=1)
    assert sorted(order) == sorted(list(range(103)) * 3)


def test_batches_hold_rows_of_like_length() -> None:
    draw = np.random.default_rng(0)
    lengths = [int(x) for x in draw.integers(1, 200, size=8 * CHUNK)]
    order = training_order(lengths, batch_size=8, epochs=1, seed=0)
    padded = [max(lengths[i] for i in order[s : s + 8]) * 8 for s in range(0, len(order), 8)]
    assert sum(padded) < 1.15 * sum(lengths)


def test_the_order_depends_on_the_seed_alone() -> None:
    orders = [training_order([1] * 50, 4, 2, seed) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]


def test_only_the_last_batch_is_not_full() -> None:
    lengths = list(range(1, 60))
    order = training_order(lengths, batch_size=4, epochs=1, seed=0)
    assert len(order) == 59
    assert len(set(order[-3:])) == 3


def test_replayed_windows_come_round_before_any_comes_again() -> None:
    windows = np.arange(5)[:, None] * np.ones((1, 3), dtype=np.int64)
    replay = Replay(windows, SftRecipe(replay_windows=2))
    seen = [int(row[0]) for step in range(5) for row in replay.at(step)]
    assert sorted(seen) == sorted([0, 1, 2, 3, 4] * 2)
    assert sorted(seen[:5]) == [0, 1, 2, 3, 4]


def test_what_is_replayed_depends_on_the_step_alone() -> None:
    windows = np.arange(20).reshape(10, 2)
    one, other = (Replay(windows, SftRecipe(replay_windows=3)) for _ in range(2))
    for step in range(4):
        one.at(step)
    assert np.array_equal(one.at(7), other.at(7))


def test_without_text_nothing_is_replayed() -> None:
    assert Replay(np.zeros((0, 0), dtype=np.int64), SftRecipe()).weight == 0


def see_all(losses: list[float]) -> None:
    watch = Watch(kept)
    for step, loss in enumerate(losses):
        watch.see(loss, step)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_stops_at_once(loss: float) -> None:
    with pytest.raises(StageStopped, match="not finite at step 1; something is kept"):
        Watch(kept).see(loss, 1)


def test_a_hopeless_loss_stops_at_once() -> None:
    watch = Watch(kept)
    watch.see(3.0, 1)
    with pytest.raises(StageStopped, match=r"3\.00 at first"):
        watch.see(3.1 + HOPELESS_NATS, 2)


def test_noise_does_not_stop() -> None:
    draw = np.random.default_rng(0)
    see_all([3.0 * math.exp(-n / 100) + float(draw.normal(0, 0.5)) for n in range(500)])


def test_a_slow_rise_stops() -> None:
    with pytest.raises(StageStopped, match="rose from"):
        see_all([2.0 + step * 0.05 for step in range(10 * WINDOW)])


def test_figures_are_means_over_a_tenth_of_the_steps() -> None:
    history = [{"loss": float(n)} for n in range(40)] + [{"other": 1.0}]
    assert last_mean(history, "loss") == pytest.approx(37.5)
    assert first_mean(history, "loss") == pytest.approx(1.5)
