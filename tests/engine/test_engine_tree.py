import pytest
import torch
from plain import plain_logits
from tiny import ARCHITECTURES, shared_model

from headstart.engine.tree import ROOT, Layout, Tree, log_normalizers, shared_prefix

PREFIX = (20, 21, 22, 23, 24, 25, 26, 27, 28, 29)


def last(model: torch.nn.Module, ids: tuple[int, ...]) -> torch.Tensor:
    with torch.no_grad():
        return plain_logits(model, ids)[-1]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_forks_grow_independently(architecture: str) -> None:
    model = shared_model(architecture)
    tree = Tree(model)
    (root,), _ = tree.extend([ROOT], [PREFIX], [0])
    left, right = tree.fork(), tree.fork()
    (a,), _ = left.extend([root], [(40, 41)], [1])
    (b,), _ = right.extend([root], [(50, 51, 52)], [2])
    _, from_left = left.extend([a], [(42,)], [0])
    _, from_right = right.extend([b], [(53,)], [0])
    _, from_root = tree.extend([root], [(60,)], [0])
    torch.testing.assert_close(from_left[0], last(model, (*PREFIX, 40, 41, 42)))
    torch.testing.assert_close(from_right[0], last(model, (*PREFIX, 50, 51, 52, 53)))
    torch.testing.assert_close(from_root[0], last(model, (*PREFIX, 60)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_forgotten_chunks_leave_no_trace(architecture: str) -> None:
    model = shared_model(architecture)
    tree = Tree(model)
    (root,), _ = tree.extend([ROOT], [PREFIX], [0])
    (kept, _), logits = tree.extend([root, root], [(40, 41), (50,)], [1, 2], lasting=1)
    torch.testing.assert_close(logits[1], last(model, (*PREFIX, 50)))
    assert tree.cache.get_seq_length() == len(PREFIX) + 2 == len(tree.layout.positions)
    _, after = tree.extend([kept], [(42,)], [0])
    torch.testing.assert_close(after[0], last(model, (*PREFIX, 40, 41, 42)))


def test_a_layout_forgets_a_segment_and_all_that_followed() -> None:
    layout = Layout()
    layout.add(ROOT, 3)
    layout.add(0, 2)
    before = layout.copy()
    layout.add(0, 4)
    layout.add(2, 1)
    layout.forget(2)
    assert layout == before
    assert layout.add(1, 1) == 2
    assert layout.positions == [0, 1, 2, 3, 4, 5]


def test_a_token_sees_its_ancestors_and_what_stands_before_it_in_its_own_segment() -> None:
    layout = Layout()
    layout.add(ROOT, 2)
    layout.add(0, 2)
    layout.add(0, 1)
    layout.add(1, 1)
    seen = layout.allowed(2, torch.device("cpu")).int().tolist()
    assert layout.positions == [0, 1, 2, 3, 2, 4]
    assert seen == [[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 1]]


@pytest.mark.parametrize(
    ("sequences", "limit", "length"),
    [
        ([], 5, 0),
        ([(1, 2, 3)], 9, 3),
        ([(1, 2, 3), (1, 2, 4), (1, 2)], 9, 2),
        ([(1, 2, 3), (1, 2, 4)], 1, 1),
        ([(1, 2), (3, 4)], 9, 0),
    ],
)
def test_the_shared_prefix_is_the_longest_within_its_limit(
    sequences: list[tuple[int, ...]], limit: int, length: int
) -> None:
    assert shared_prefix(sequences, limit) == length


def test_log_normalizers_are_taken_in_float32() -> None:
    logits = torch.linspace(-40, 40, 70 * 300).reshape(70, 300)
    rough = logits.to(torch.bfloat16)
    torch.testing.assert_close(log_normalizers(rough), rough.float().logsumexp(1))
