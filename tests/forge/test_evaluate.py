import pytest
import torch
from tiny import save_tiny

from headstart.checkpoints import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.forging import Evaluation, Figure
from headstart.domain.value import Score
from headstart.engine.device import Device
from headstart.errors import RequestError
from headstart.forge.evaluate import evaluate
from headstart.forge.figures import FIGURES
from headstart.forge.world.facts import make_world

CPU = Device("cpu", torch.float32, "a processor")
COUNT = 4


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, ...]:
    folder = tmp_path_factory.mktemp("pair")
    one = save_tiny(folder / "one", template=None)
    other = save_tiny(folder / "other", seed=1)
    return resolve_all([f"base={one}", f"instruct={other}"])


@pytest.fixture(scope="module")
def found(pair: tuple[Checkpoint, ...]) -> Evaluation:
    return evaluate(pair, make_world(), CPU, count=COUNT)


def test_every_figure_is_taken_of_every_checkpoint_with_its_number(found: Evaluation) -> None:
    assert [e.checkpoint for e in found.checkpoints] == ["base", "instruct"]
    for one in found.checkpoints:
        assert [f.name for f in one.figures] == [spec.name for spec in FIGURES]
        for figure in one.figures:
            assert isinstance(figure.score, Score)
            assert figure.score.n == COUNT
            assert figure.score.low <= figure.score.mean <= figure.score.high


def test_goals_are_set_for_the_half_they_belong_to(found: Evaluation) -> None:
    for one, role in zip(found.checkpoints, ("base", "instruct"), strict=True):
        wanted = {spec.name for spec in FIGURES if spec.role == role and spec.goal}
        assert {f.name for f in one.figures if f.met is not None} == wanted


def test_random_weights_know_nothing_and_do_not_pass(found: Evaluation) -> None:
    missed = {f.name for one in found.checkpoints for f in one.figures if f.met is False}
    assert {"completes facts", "new facts", "sums", "JSON with new names"} <= missed


def test_a_checkpoint_beside_itself_differs_in_nothing(pair: tuple[Checkpoint, ...]) -> None:
    instruct = pair[1]
    same = evaluate([instruct, instruct], make_world(), CPU, count=COUNT).beside[0]
    shares = {f.name: f.score.mean for f in same.figures if isinstance(f.score, Score)}
    assert shares == {
        "continues raw text as base does": 1.0,
        "tokens that base ranks first": 1.0,
        "tokens that base ranks below third": 0.0,
    }
    assert same.same_shapes
    assert isinstance(same.more_bits.score, Score)
    assert same.more_bits.score.mean == pytest.approx(0, abs=1e-9)


def test_a_goal_is_met_within_both_its_ends() -> None:
    score = Score(mean=0.1, low=0.0, high=0.2, n=10)
    assert Figure(name="a", score=score, least=0.05, most=0.2).met
    assert not Figure(name="a", score=score, least=0.2, most=0.3).met
    assert Figure(name="a", score=score).met is None


def test_a_base_alone_cannot_be_evaluated(pair: tuple[Checkpoint, ...]) -> None:
    with pytest.raises(RequestError, match="no instruct checkpoint"):
        evaluate(pair[:1], make_world(), CPU)
