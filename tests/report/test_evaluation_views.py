import json
from pathlib import Path

import pytest
from evaluations import evaluation
from report_snapshots import assert_as_stored

from headstart.domain.forging import Evaluation
from headstart.report.cells import columns
from headstart.report.evaluation_schema import schema_text
from headstart.report.evaluation_terminal import evaluation_card

ROOT = Path(__file__).parents[2]


def test_the_card_shows_stages_side_by_side_with_goals_met_and_missed() -> None:
    assert_as_stored("evaluation.txt", evaluation_card(evaluation(), 90))


@pytest.mark.parametrize("width", [20, 48, 64, 80, 110])
def test_every_line_fits_and_every_checkpoint_is_shown(width: int) -> None:
    text = evaluation_card(evaluation(), width)
    assert max(columns(line) for line in text.splitlines()) <= max(48, width)
    assert text.count("instruct\n") + text.count("instruct  \n") >= 1
    assert "\x1b" not in text


def test_colour_adds_nothing_but_styles() -> None:
    plain = evaluation_card(evaluation(), 80)
    coloured = evaluation_card(evaluation(), 80, color=True)
    assert coloured != plain
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_json_tells_goals_met_and_reads_back_the_same() -> None:
    told = evaluation().model_dump_json()
    plain = json.loads(told)
    assert plain["schema"] == "headstart.evaluation/1"
    assert [f["met"] for f in plain["checkpoints"][1]["figures"]] == [None, False, True, None]
    assert plain["beside"][0]["more_bits"]["met"] is False
    assert plain["beside"][1]["more_bits"]["met"] is True
    assert Evaluation.model_validate_json(told) == evaluation()


def test_the_published_schema_is_the_one_of_this_version() -> None:
    published = (ROOT / "docs/reference/evaluation.schema.json").read_text(encoding="utf-8")
    assert published == schema_text()
