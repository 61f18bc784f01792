import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from plain import FEW, LORA, examples, plain_loss
from tiny import ARCHITECTURES, tiny_model

from headstart.domain.plan import Recipe
from headstart.domain.trial import Training
from headstart.engine import train as training
from headstart.engine.adapt import trainable
from headstart.engine.device import Device, deterministic
from headstart.engine.packs import lay_out, packs
from headstart.engine.render import Rendered
from headstart.engine.train import Packing, pack_loss, train

CPU = Device("cpu", torch.float32, "a processor")


def row(*ids: int, given: int = 2) -> Rendered:
    return Rendered(ids, tuple(i >= given for i in range(len(ids))))


ROWS = [
    row(20, 21, 30, 31, 0),
    row(20, 22, 40, 0),
    row(20, 23, 50, 51, 52, 0),
    row(20, 24, 60, 0),
    row(25, 26, 70, 71, 0),
    row(27, 28, 80, 0),
]


def run(
    recipe: Recipe = LORA,
    *,
    architecture: str = "llama",
    rate: float = 1e-2,
    seed: int = 1,
    rows: Sequence[Rendered] = ROWS,
    packing: Packing = Packing(),  # noqa: B008
) -> tuple[Training, dict[str, torch.Tensor]]:
    model = tiny_model(architecture)
    with deterministic(), trainable(model, recipe, seed, (), CPU) as tuned:
        done = train(
            tuned, rows, recipe, learning_rate=rate, seed=seed, device=CPU, packing=packing
        )
        weights = {n: p.detach().clone() for n, p in tuned.named_parameters() if p.requires_grad}
    return done, weights


def gradients(model: torch.nn.Module, loss: torch.Tensor) -> torch.Tensor:
    weights = [p for p in model.parameters() if p.requires_grad]
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights)])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@FEW
@given(rows=examples())
def test_packed_losses_and_gradients_are_those_of_separate_rows(
    architecture: str, rows: list[Rendered]
) -> None:
    with trainable(tiny_model(architecture), LORA, 0, (), CPU) as model:
        for name, weight in model.named_parameters():
            if "lora_B" in name:  # at zero, where it starts, half of the gradients vanish
                weight.data.normal_(0, 0.1)
        plain = plain_loss(model, rows)
        wanted = gradients(model, plain)
        with pack_loss(model, rows) as packed:
            assert packed.item() == pytest.approx(plain.item(), rel=1e-5)
            assert (gradients(model, packed) - wanted).norm() < 1e-5 * wanted.norm()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_checkpointed_run_has_the_same_losses(architecture: str) -> None:
    whole, _ = run(architecture=architecture)
    again, _ = run(architecture=architecture, packing=Packing(checkpointed=True))
    assert again.losses == pytest.approx(whole.losses, rel=1e-4)


@pytest.mark.parametrize("budget", [1, 7, 9, 1000])
def test_packs_hold_every_example_once_and_keep_to_their_budget(budget: int) -> None:
    found = list(packs(ROWS, budget))
    assert sorted(r.ids for pack in found for r in pack) == sorted(r.ids for r in ROWS)
    assert all(len(pack) == 1 or sum(len(r.ids) for r in pack) <= budget for pack in found)


def test_what_all_examples_begin_with_counts_once() -> None:
    alike = [row(*range(20, 30), 40 + i, 50, given=11) for i in range(6)]
    assert [len(pack) for pack in packs(alike, 10 + 6 * 2)] == [6]
    assert [len(pack) for pack in packs(alike, 10 + 2 * 2)] == [2, 2, 2]


@pytest.mark.parametrize("multiple", [1, 4, 32])
def test_what_fills_a_row_is_never_predicted_from_and_takes_no_new_position(multiple: int) -> None:
    bare, filled = lay_out(ROWS), lay_out(ROWS, multiple)
    assert len(bare.ids) <= len(filled.ids) < len(bare.ids) + multiple
    assert len(filled.ids) % multiple == 0
    assert len(filled.ids) == len(filled.positions) == sum(s.length for s in filled.segments)
    assert filled.targets == bare.targets
    for a, b in zip(bare.segments, filled.segments, strict=True):
        known = slice(b.first, b.first + a.length)
        assert filled.ids[known] == bare.ids[a.first : a.first + a.length]
        assert set(filled.positions[b.first : b.first + b.length]) == set(range(a.length))
    assert [filled.ids[i] for i in filled.keep] == [bare.ids[i] for i in bare.keep]
    # the shortest are filled first, so that what attends together is of one length
    shortest, longest = (f([s.length for s in filled.segments]) for f in (min, max))
    assert longest <= max(max(s.length for s in bare.segments), shortest + 1)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_how_a_batch_is_packed_changes_no_loss(architecture: str) -> None:
    whole, _ = run(architecture=architecture)
    cut, _ = run(architecture=architecture, packing=Packing(tokens=8))
    assert cut.losses == pytest.approx(whole.losses, rel=1e-5)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_one_seed_gives_one_set_of_losses_and_weights(architecture: str, method: str) -> None:
    recipe = LORA.model_copy(update={"method": method})
    (first, before), (second, after) = (run(recipe, architecture=architecture) for _ in range(2))
    assert first.losses == second.losses
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_another_seed_gives_other_losses() -> None:
    assert run(seed=1)[0].losses != run(seed=2)[0].losses


@pytest.mark.parametrize("method", ["lora", "full"])
def test_what_can_be_memorised_is_memorised(method: str) -> None:
    done, _ = run(LORA.model_copy(update={"method": method, "epochs": 15}), rate=2e-2)
    assert done.failed is None
    assert done.losses[0] is not None
    assert done.losses[-1] is not None
    assert done.losses[-1] < 0.5 * done.losses[0]


def test_steps_and_tokens_count_every_epoch() -> None:
    seen: list[tuple[int, int]] = []
    recipe = LORA.model_copy(update={"epochs": 3, "batch_size": 4})
    with trainable(tiny_model("llama"), recipe, 0, (), CPU) as model:
        done = train(
            model,
            ROWS,
            recipe,
            learning_rate=1e-3,
            seed=0,
            device=CPU,
            on_step=lambda step, total: seen.append((step, total)),
        )
    assert seen == [(step, 6) for step in range(1, 7)]
    assert len(done.losses) == 6
    assert done.tokens == 3 * sum(len(r.ids) for r in ROWS)


def test_the_loss_is_the_mean_over_the_batch_s_trained_tokens() -> None:
    model = tiny_model("llama")
    done, _ = run(LORA.model_copy(update={"batch_size": len(ROWS), "epochs": 1}))
    trained = sum(sum(r.trained[1:]) for r in ROWS)
    assert done.losses == pytest.approx([plain_loss(model, ROWS).item() / trained], rel=1e-5)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_rate_that_breaks_the_model_fails_the_run_without_an_exception(method: str) -> None:
    done, _ = run(LORA.model_copy(update={"method": method, "epochs": 8}), rate=1e30)
    assert done.failed is not None


def test_weights_that_are_not_finite_fail_at_the_first_step() -> None:
    model = tiny_model("llama")
    model.get_output_embeddings().weight[7] = math.inf
    with trainable(model, LORA, 0, (), CPU) as tuned:
        done = train(tuned, ROWS, LORA, learning_rate=1e-3, seed=0, device=CPU)
    assert done.losses == (None,)
    assert done.failed == "the loss was not finite at step 1 of 4"


def test_a_loss_that_ends_far_above_its_start_is_divergence() -> None:
    assert training._divergence([2.0] * 19 + [3.5]) is None  # the last tenth averages out
    told = training._divergence([2.0] * 18 + [3.5, 3.5])
    assert told == "training diverged: loss 2.00 at first, 3.50 at the end"
    assert training._divergence([2.0, 9.0]) is None  # too few steps to tell


@pytest.mark.parametrize("total", [1, 2, 3, 10, 97])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_rate_rises_then_falls_and_is_never_zero_at_a_step_taken(
    total: int, share: float
) -> None:
    rates = [training._schedule(step, total, share) for step in range(total)]
    peak = rates.index(max(rates))
    assert max(rates) == 1.0
    assert min(rates) > 0
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
