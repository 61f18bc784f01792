"""The two promises of the judge, on simulated experiments whose truth is known."""

import json

import numpy as np
import pytest

from headstart.judge.calibration import World, calibrate, experiment, main


def test_equal_starts_are_called_a_winner_in_at_most_one_of_twenty():
    assert calibrate(World(), 200, seed=11).winner_rate <= 0.05


def test_the_interval_covers_the_true_gap():
    assert calibrate(World(gap=0.06), 200, seed=12).coverage >= 0.93


@pytest.mark.parametrize(
    "world",
    [
        World(kind="continuous", seed_sd=0.02),
        World(kind="loss", seed_sd=0.02),
        World(starts=3, items=400),
        World(items=60, score=0.9),
        World(seeds=2, seed_sd=0.03),
    ],
    ids=lambda world: f"{world.kind}-{world.starts}-{world.seeds}-{world.items}",
)
def test_other_worlds_keep_the_promise(world):
    # 100 experiments at a true 5%: eleven or more would come up once in 90 times
    assert calibrate(world, 100, seed=13, draws=1500).winner_rate <= 0.1


def test_a_large_gap_is_found():
    found = calibrate(World(gap=0.2), 40, seed=14)
    assert found.winner_rate >= 0.9


@pytest.mark.parametrize("kind", ["binary", "continuous", "loss"])
def test_the_generator_has_the_mean_it_claims(kind):
    world = World(kind=kind, gap=0.1, items=4000, seeds=40, rungs=1)
    means = np.mean(
        [
            [c.rungs[64].mean() for c in experiment(world, np.random.default_rng(s))[0]]
            for s in range(5)
        ],
        axis=0,
    )
    led = 0.8 if kind != "loss" else 0.63
    assert means == pytest.approx([led, 0.7], abs=0.012)


def test_the_module_prints_its_figures_as_text_and_json(capsys):
    assert main(["--experiments", "5", "--items", "60", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["experiments"] == 5
    assert 0 <= figures["false_winner_rate"] <= 1
    main(["--experiments", "5", "--items", "60"])
    assert "coverage: " in capsys.readouterr().out
