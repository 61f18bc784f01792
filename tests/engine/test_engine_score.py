import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import FEW, Tokens, plain_greedy, plain_logprobs, prompts, tokens
from tiny import ARCHITECTURES, ROWS, shared_model

from headstart.engine import score
from headstart.engine.score import generate, likelihoods

every_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


def assert_as_plain(architecture: str, items: list[tuple[Tokens, Tokens]]) -> None:
    model = shared_model(architecture)
    for found, (prompt, completion) in zip(likelihoods(model, items), items, strict=True):
        assert found == pytest.approx(plain_logprobs(model, prompt, completion), abs=1e-4)


@every_architecture
@FEW
@given(asked=prompts(), data=st.data())
def test_likelihoods_are_those_of_separate_rows(
    architecture: str, asked: list[Tokens], data: st.DataObject
) -> None:
    assert_as_plain(architecture, [(p, data.draw(tokens(1, 14))) for p in asked])


@every_architecture
@pytest.mark.parametrize("asked", [[(20,)], [(20,), (21,)], [(20,), (20,)], [(20,), (20, 21, 22)]])
def test_prompts_of_one_token_are_scored_as_any_other(
    architecture: str, asked: list[Tokens]
) -> None:
    assert_as_plain(architecture, [(p, tuple(range(30, 43))) for p in asked])


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "mistral"])
@pytest.mark.parametrize("positions", [1, 3])
def test_completions_beyond_the_logits_budget_are_scored_piece_by_piece(
    architecture: str, positions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "MAX_LOGITS", positions * ROWS)
    prompt = tuple(range(20, 32))
    items = [(prompt, (40, 41, 42, 43, 44)), ((*prompt, 50), (60,)), (prompt[:3], (70, 71, 72, 73))]
    assert_as_plain(architecture, items)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
@pytest.mark.parametrize(("tokens_most", "prompts_most"), [(400, 64), (1024, 2)])
def test_prompts_that_fill_several_packs_come_back_in_their_order(
    architecture: str, tokens_most: int, prompts_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "PACK_TOKENS", tokens_most)
    monkeypatch.setattr(score, "PACK_PROMPTS", prompts_most)
    lengths = (230, 60, 200, 10, 220, 190)
    long = tuple(range(20, 280))
    assert_as_plain(architecture, [(long[: n // 2] + long[-n // 2 :], (50, n)) for n in lengths])


@every_architecture
@FEW
@given(asked=prompts(), limit=st.integers(1, 10))
def test_greedy_answers_are_those_of_step_by_step_decoding(
    architecture: str, asked: list[Tokens], limit: int
) -> None:
    model = shared_model(architecture)
    free = [plain_greedy(model, p, limit, frozenset()) for p in asked]
    assert generate(model, asked, limit=limit, stops=frozenset()) == free
    stops = frozenset({free[0][limit // 2], free[-1][-1]})
    wanted = [plain_greedy(model, p, limit, stops) for p in asked]
    assert generate(model, asked, limit=limit, stops=stops) == wanted


def test_a_row_ends_when_it_has_written_enough_and_others_go_on() -> None:
    model = shared_model("llama")
    asked = [(20, 21, 22), (20, 23), (24, 25, 26)]
    free = [plain_greedy(model, p, 6, frozenset()) for p in asked]
    found = generate(
        model, asked, limit=6, stops=frozenset(), enough=lambda written: written == free[1][:2]
    )
    assert found == [free[0], free[1][:2], free[2]]
