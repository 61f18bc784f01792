from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain import FEW, Tokens, plain_greedy, plain_logprobs, prompts, tokens
from sizing import resize
from tiny import ARCHITECTURES, ROWS, shared_model

from headstart.engine import score, sizes
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
    resize(monkeypatch, prompt_tokens=tokens_most, prompts=prompts_most)
    lengths = (230, 60, 200, 10, 220, 190)
    long = tuple(range(20, 280))
    assert_as_plain(architecture, [(long[: n // 2] + long[-n // 2 :], (50, n)) for n in lengths])


@every_architecture
def test_prompts_behind_several_beginnings_are_scored_as_any_other(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resize(monkeypatch, prompt_tokens=64)
    first, second = tuple(range(20, 60)), tuple(range(100, 170))
    asked = [(*root, i, 5) for i, root in enumerate([first, second, (30,)] * 4, 200)]
    model = shared_model(architecture)
    packs = [sorted(pack.items) for pack in score.read_prompts(model, asked)]
    assert [0, 3, 6, 9] in packs
    assert [1, 4, 7, 10] in packs
    assert_as_plain(architecture, [(p, (50, n)) for n, p in enumerate(asked)])


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


def test_drawn_answers_follow_the_probabilities_of_each_step() -> None:
    model = shared_model("llama")
    draws, temperature = 4000, 0.7
    rows = generate(
        model,
        [(20, 21, 22)] * draws,
        limit=2,
        stops=frozenset(),
        temperature=temperature,
        generator=torch.Generator().manual_seed(0),
    )
    first = Counter(row[0] for row in rows)
    common = first.most_common(1)[0][0]
    second = Counter(row[1] for row in rows if row[0] == common)
    for prompt, drawn in (((20, 21, 22), first), ((20, 21, 22, common), second)):
        with torch.no_grad():
            logits = model(torch.tensor([prompt])).logits[0, -1]
        wanted = torch.softmax(logits / temperature, 0)
        count = drawn.total()
        assert count > 100
        found = torch.zeros_like(wanted)
        found[list(drawn)] = torch.tensor([drawn[t] / count for t in drawn])
        # five standard errors at every token, and room for the rarest
        assert bool(((found - wanted).abs() < 5 * (wanted / count).sqrt() + 5 / count).all())


def test_a_generator_with_the_same_seed_draws_the_same_and_little_heat_is_greedy() -> None:
    model = shared_model("gemma3")
    asked = [(20, 21, 22), (20, 23), (24, 25, 26)]

    def drawn(seed: int, temperature: float) -> list[Tokens]:
        generator = torch.Generator().manual_seed(seed)
        return generate(
            model,
            asked,
            limit=8,
            stops=frozenset(),
            temperature=temperature,
            generator=generator,
        )

    assert drawn(1, 1.0) == drawn(1, 1.0)
    assert len({str(drawn(seed, 1.0)) for seed in range(5)}) > 1
    assert drawn(1, 1e-4) == [plain_greedy(model, p, 8, frozenset()) for p in asked]


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2"])
def test_the_sizes_for_gpus_give_the_same(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "PROCESSOR", sizes.GPU)
    long = tuple(range(20, 280))
    assert_as_plain(architecture, [(long[:n], (50, n, 51)) for n in (3, 200, 17, 230, 60, 61)])
