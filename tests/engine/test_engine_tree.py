from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain import FEW, plain_logits
from tiny import ARCHITECTURES, shared_model
from transformers import PreTrainedModel

from headstart.engine import attention, flash, products
from headstart.engine.tree import ROOT, Tree

PREFIX = (20, 21, 22, 23, 24, 25, 26, 27, 28, 29)


def last(model: torch.nn.Module, ids: tuple[int, ...]) -> torch.Tensor:
    with torch.no_grad():
        return plain_logits(model, ids)[-1]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_forks_grow_independently(architecture: str) -> None:
    model = shared_model(architecture)
    tree = Tree(model, PREFIX)
    left, right = tree.fork(), tree.fork()
    (a,), _ = left.extend([ROOT], [(40, 41)], [1])
    (b,), _ = right.extend([ROOT], [(50, 51, 52)], [2])
    _, from_left = left.extend([a], [(42,)], [0])
    _, from_right = right.extend([b], [(53,)], [0])
    _, from_root = tree.extend([ROOT], [(60,)], [0])
    torch.testing.assert_close(from_left[0], last(model, (*PREFIX, 40, 41, 42)))
    torch.testing.assert_close(from_right[0], last(model, (*PREFIX, 50, 51, 52, 53)))
    torch.testing.assert_close(from_root[0], last(model, (*PREFIX, 60)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_forgotten_chunks_leave_no_trace(architecture: str) -> None:
    model = shared_model(architecture)
    tree = Tree(model, PREFIX)
    (kept, _), logits = tree.extend([ROOT, ROOT], [(40, 41), (50,)], [1, 2], lasting=1)
    torch.testing.assert_close(logits[1], last(model, (*PREFIX, 50)))
    assert tree.store.used == 2
    _, after = tree.extend([kept], [(42,)], [0])
    torch.testing.assert_close(after[0], last(model, (*PREFIX, 40, 41, 42)))


@contextmanager
def attending(how: str) -> Iterator[None]:
    """Within the block, by the kernel that is named wherever it can."""
    with pytest.MonkeyPatch.context() as patch:
        chosen = (lambda _, *rest: flash.fits(*rest)) if how == "flash" else (lambda *_: False)
        patch.setattr(attention, "is_faster", chosen)
        yield


@pytest.mark.parametrize("how", ["plain", "flash"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@FEW
@given(data=st.data())
def test_any_tree_gives_the_logits_of_its_paths(
    architecture: str, how: str, data: st.DataObject
) -> None:
    with attending(how):
        grow_and_compare(shared_model(architecture), data)


def grow_and_compare(model: PreTrainedModel, data: st.DataObject) -> None:
    ids = st.integers(20, 290)
    root = tuple(data.draw(st.lists(ids, max_size=20)))
    tree, paths = Tree(model, root), {ROOT: root}
    for _ in range(3):
        parents = data.draw(st.lists(st.sampled_from(sorted(paths)), min_size=1, max_size=5))
        chunks = [tuple(data.draw(st.lists(ids, min_size=1, max_size=25))) for _ in parents]
        numbers, logits = tree.extend(parents, chunks, range(sum(map(len, chunks))))
        row = 0
        for number, parent, chunk in zip(numbers, parents, chunks, strict=True):
            paths[number] = paths[parent] + chunk
            with torch.no_grad():
                wanted = plain_logits(model, paths[number])[-len(chunk) :]
            found = logits[row : row + len(chunk)]
            torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
            row += len(chunk)


def test_the_flash_kernel_is_taken_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    model = shared_model("llama")
    monkeypatch.setattr(flash, "LONG", 12)
    monkeypatch.setattr(flash, "has_tiles", lambda _: True)
    taken: list[int] = []

    def attend(q: torch.Tensor, *rest: object) -> torch.Tensor:
        taken.append(len(q))
        return flash.attend_flash(q, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(attention, "attend_flash", attend)
    Tree(model, PREFIX).extend([ROOT], [(60, 61)], [0])
    assert not taken, "float32"
    tree = Tree(model.__class__(model.config).eval().bfloat16(), PREFIX)
    assert not taken, "few keys"
    tree.extend([ROOT], [(60, 61)], [0])
    assert taken == [2] * model.config.num_hidden_layers
    taken.clear()
    monkeypatch.setattr(flash, "has_tiles", lambda _: False)
    tree.extend([ROOT], [(60, 61)], [0])
    assert not taken, "no tiles"


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2"])
def test_long_segments_are_computed_in_blocks(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "BLOCK", 3)
    model = shared_model(architecture)
    tree = Tree(model, PREFIX)
    (a, _), _ = tree.extend([ROOT, ROOT], [tuple(range(40, 51)), (60,)], [0])
    _, logits = tree.extend([a, ROOT], [tuple(range(70, 78)), (90, 91)], [7, 9])
    path = (*PREFIX, *range(40, 51), *range(70, 78))
    torch.testing.assert_close(logits[0], last(model, path), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(logits[1], last(model, (*PREFIX, 90, 91)), atol=1e-4, rtol=1e-4)


def test_a_model_read_in_segments_is_left_as_it_was() -> None:
    model = shared_model("llama")
    before = model.config._attn_implementation
    Tree(model, PREFIX)
    assert model.config._attn_implementation == before
