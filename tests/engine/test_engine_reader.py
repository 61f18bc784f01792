import pytest
import torch
from plain import plain_greedy, plain_logits, plain_logprobs, plain_loss
from tiny import ARCHITECTURES, bloom, mamba, shared_model
from transformers import PreTrainedModel

from headstart.engine import products
from headstart.engine.labels import best_labels
from headstart.engine.padded import PaddedTree, batches
from headstart.engine.reader import plant, reads_segments
from headstart.engine.render import Rendered
from headstart.engine.score import generate, likelihoods
from headstart.engine.train import pack_loss
from headstart.engine.tree import ROOT, Tree

ASKED = [(20, 21, 22, 23), (20, 21, 30), (20, 21, 40, 41, 42, 43)]
ANSWERS = [(50, 51, 0), (60, 0), (50, 52, 53, 0)]
OTHERS = {"mamba": mamba, "bloom": bloom}


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> PreTrainedModel:
    return OTHERS[request.param]()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_transformers_of_every_shape_are_read_in_segments(architecture: str) -> None:
    assert reads_segments(shared_model(architecture))
    assert isinstance(plant(shared_model(architecture)), Tree)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_a_model_that_reads_segments_wrongly_is_found_out(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shared_model(architecture).__class__(shared_model(architecture).config).eval()
    monkeypatch.setattr(
        "headstart.engine.groups.Group.seen",
        lambda self, root, _: torch.ones(1, self.queries.shape[1], root + self.keys.shape[1]) > 0,
    )
    assert not reads_segments(model)


def test_other_architectures_are_scored_as_separate_rows(other: PreTrainedModel) -> None:
    assert not reads_segments(other)
    assert isinstance(plant(other), PaddedTree)
    items = list(zip(ASKED, ANSWERS, strict=True))
    for found, (prompt, completion) in zip(likelihoods(other, items), items, strict=True):
        assert found == pytest.approx(plain_logprobs(other, prompt, completion), abs=1e-4)
    for prompt, pick in zip(ASKED, best_labels(other, ASKED, ANSWERS), strict=True):
        sums = [sum(plain_logprobs(other, prompt, answer)) for answer in ANSWERS]
        assert pick.label == sums.index(max(sums))
    free = [plain_greedy(other, prompt, 4, frozenset()) for prompt in ASKED]
    assert generate(other, ASKED, limit=4, stops=frozenset()) == free


def test_other_architectures_are_trained_on_the_same_loss(other: PreTrainedModel) -> None:
    rows = [
        Rendered(p + a, tuple(i >= len(p) for i in range(len(p) + len(a))))
        for p, a in zip(ASKED, ANSWERS, strict=True)
    ]
    with pack_loss(other, rows) as loss:
        assert loss.item() == pytest.approx(plain_loss(other, rows).item(), rel=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_fused_kernels_give_what_the_plain_products_give(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shared_model(architecture)
    rows = [
        Rendered(p + a, tuple(i >= len(p) for i in range(len(p) + len(a))))
        for p, a in zip(ASKED, ANSWERS, strict=True)
    ]
    embedding = model.get_input_embeddings().weight

    def gradient() -> torch.Tensor:
        embedding.requires_grad_(requires_grad=True)
        try:
            with pack_loss(model, rows) as loss:
                return torch.autograd.grad(loss, embedding)[0]
        finally:
            embedding.requires_grad_(requires_grad=False)

    plain = gradient()
    monkeypatch.setattr("headstart.engine.attention.attend_trainable", products.attend_fused)
    torch.testing.assert_close(gradient(), plain, atol=1e-4, rtol=1e-4)


def test_padded_segments_continue_their_parents() -> None:
    model = shared_model("llama")
    tree = PaddedTree(model, (20, 21))
    (a, _), _ = tree.extend([ROOT, ROOT], [(30, 31), (40,)], [0], lasting=1)
    _, logits = tree.fork().extend([ROOT], [(60,)], [0])
    torch.testing.assert_close(logits[0], plain_logits(model, (20, 21, 60))[-1])
    _, logits = tree.extend([a, ROOT], [(50, 51, 52), (61,)], [3, 1])
    torch.testing.assert_close(logits[0], plain_logits(model, (20, 21, 61))[-1])
    torch.testing.assert_close(logits[1], plain_logits(model, (20, 21, 30, 31, 50, 51))[-1])


def test_batches_hold_every_row_once_within_their_budget() -> None:
    lengths = [5, 1, 9, 3, 3, 30, 8]
    found = list(batches(lengths, 18))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or len(b) * max(lengths[i] for i in b) <= 18 for b in found)
