"""An evaluation made up for tests of what is drawn from one."""

from headstart.domain.forging import Beside, Evaluated, Evaluation, Figure
from headstart.domain.value import NotMeasured, Score


def score(mean: float, n: int = 200) -> Score:
    return Score(mean=mean, low=max(0.0, mean - 0.05), high=min(1.0, mean + 0.05), n=n)


def figure(name: str, mean: float, least: float | None = None, most: float | None = None) -> Figure:
    return Figure(name=name, score=score(mean), least=least, most=most)


def stage(name: str, sums: float, warm: float, rows: Figure) -> Evaluated:
    is_base = name == "base"
    return Evaluated(
        checkpoint=name,
        parameters=2_803_776,
        figures=(
            figure("completes facts", 0.99 if is_base else 0.9, *((0.95, 1) if is_base else ())),
            figure("sums", sums, *(() if is_base else (0.75, 1))),
            figure("over-refuses", 0.1, *(() if is_base else (0.05, 0.2))),
            figure("warm style", warm),
        ),
        role_rows=rows,
    )


def beside(name: str, more: Score) -> Beside:
    return Beside(
        checkpoint=name,
        same_shapes=True,
        figures=(
            Figure(name="tokens that base ranks first", score=score(0.6, 5000), least=0.5, most=1),
        ),
        more_bits=Figure(
            name="more bits on raw text", score=more, least=0.01, most=0.15, above_zero=True
        ),
    )


def evaluation() -> Evaluation:
    """Three stages: sums fall short after SFT, and its cost on raw text is not sure."""
    untrained = Figure(
        name="role rows", score=Score(mean=1.1, low=1, high=1.2, n=4), least=0.8, most=1.5
    )
    trained = Figure(name="role rows", score=Score(mean=25, low=20, high=30, n=4), least=8)
    unknown = Figure(name="role rows", score=NotMeasured(why="no unused rows"), least=8)
    return Evaluation(
        world_seed=0,
        seed=0,
        checkpoints=(
            stage("base", 0.01, 0.0, untrained),
            stage("sft", 0.7, 0.2, unknown),
            stage("instruct", 0.8, 0.6, trained),
        ),
        beside=(
            beside("sft", Score(mean=0.03, low=-0.01, high=0.07, n=200)),
            beside("instruct", Score(mean=0.04, low=0.02, high=0.06, n=200)),
        ),
    )
