from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import FEW, Tokens, plain_greedy, plain_logprobs, prompts
from sizing import resize
from tiny import ARCHITECTURES, shared_model, tiny_model

from headstart.engine.labels import best_labels, build_trie
from headstart.engine.reader import reads_segments
from headstart.engine.tree import Tree

END = 0
SOME = (
    (20, 21, 22),
    (20, 21, 23, 24),
    (20, 21),
    (30,),
    (30, 31, 32, 33, 34, 35),
    (40, 41),
    (40, 41, 42),
    (50, 51, 52, 53),
)
"""Shared beginnings, and labels that are others' beginnings."""


def closed(labels: Sequence[Tokens]) -> list[Tokens]:
    return [(*label, END) for label in labels]


def assert_exhaustive(architecture: str, asked: Sequence[Tokens], labels: list[Tokens]) -> None:
    model = shared_model(architecture)
    for pick, prompt in zip(best_labels(model, asked, labels), asked, strict=True):
        totals = [sum(plain_logprobs(model, prompt, label)) for label in labels]
        assert pick.label == totals.index(max(totals))
        assert pick.logprob == pytest.approx(max(totals), abs=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_pick_is_that_of_scoring_every_label_in_full(architecture: str) -> None:
    asked = [(60, 61, 62, 63), (60, 61), (60,), (60, 61, 70, 71, 72, 73, 74, 75, 76, 77, 78)]
    assert_exhaustive(architecture, asked, closed(SOME))


_SMALL_LABELS = st.lists(
    st.lists(st.sampled_from((20, 21, 22)), min_size=1, max_size=5).map(tuple),
    min_size=1,
    max_size=8,
    unique=True,
)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
@FEW
@given(asked=prompts(), labels=_SMALL_LABELS)
def test_the_pick_is_exhaustive_for_any_label_set(
    architecture: str, asked: list[Tokens], labels: list[Tokens]
) -> None:
    assert_exhaustive(architecture, asked, closed(labels))


@pytest.mark.parametrize("width", [1, 200])
def test_the_width_of_the_search_changes_no_pick(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resize(monkeypatch, nodes=width)
    assert_exhaustive("llama", [(60, 61), (62, 63, 64)], closed(SOME))


def test_of_equal_labels_the_first_is_picked() -> None:
    twice = closed([SOME[0], SOME[1], SOME[0], SOME[1]])
    picks = best_labels(shared_model("llama"), [(60, 61), (62,)], twice)
    assert {pick.label for pick in picks} <= {0, 1}


def test_a_sure_model_computes_few_of_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    extend = Tree.extend

    def counted(tree: Tree, parents, chunks, keep, lasting=None):  # type: ignore[no-untyped-def]
        seen.append(sum(map(len, chunks)))
        return extend(tree, parents, chunks, keep, lasting)

    model = tiny_model("llama")
    model.get_output_embeddings().weight.mul_(20)
    sure = plain_greedy(model, (60, 61), 5, frozenset())
    labels = [sure, *((n, n + 1, n + 2, n + 3, END) for n in range(20, 220) if n != sure[0])]
    assert reads_segments(model)
    monkeypatch.setattr(Tree, "extend", counted)
    assert best_labels(model, [(60, 61)], labels)[0].label == 0
    assert sum(seen) < 2 + 4 * len(sure)


def test_a_trie_holds_every_label_once() -> None:
    labels = closed(SOME)
    found: dict[int, Tokens] = {}
    waiting = [((), build_trie(labels))]
    while waiting:
        before, node = waiting.pop()
        path = before + node.edge
        if node.label is not None:
            found[node.label] = path
        waiting += [(path, child) for child in node.children.values()]
    assert [found[i] for i in range(len(labels))] == labels
