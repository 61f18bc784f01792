import re

import pytest
from evaluations import evaluation
from lineages import lineage
from report_snapshots import assert_as_stored

from headstart.report.model_card import model_card

PARENTS = {"base": None, "sft": "builtin:base", "instruct": "builtin:sft"}


def card(name: str) -> str:
    stage = {"base": "pretrain", "sft": "sft", "instruct": "dpo"}[name]
    return model_card(name, evaluation(), lineage(stage, parent=PARENTS[name]))  # type: ignore[arg-type]


def test_a_card_tells_figures_and_making() -> None:
    assert_as_stored("model_card.md", card("sft"))


@pytest.mark.parametrize("name", PARENTS)
def test_every_figure_stands_once_with_interval_and_number(name: str) -> None:
    rows = [line.split(" | ") for line in card(name).splitlines() if line.startswith("| ")]
    figures = [row for row in rows if len(row) == 6][2:]
    names = [row[0] for row in figures]
    assert len(set(names)) == len(names)
    assert {"| sums", "| role rows over unused rows"} <= set(names)
    assert ("| more bits on raw text" in names) == (name != "base")
    assert all(re.search(r"\d", row[3]) for row in figures if "not measured" not in row[1])


def test_the_front_matter_names_the_parent_where_there_is_one() -> None:
    assert "base_model" not in card("base")
    assert "base_model: builtin:sft\nbase_model_relation: finetune\n" in card("instruct")
    assert all(text.startswith("---\nlicense: apache-2.0\n") for text in map(card, PARENTS))


def test_a_checkpoint_that_was_not_measured_gets_no_card() -> None:
    with pytest.raises(ValueError, match="rl"):
        model_card("rl", evaluation(), lineage("rl"))
