"""The card and the Markdown of an inspection: every line fits, and nothing quoted can act."""

import re
from pathlib import Path

import pytest
from synthetic import CHATML, END, SPECIALS, TURN_END, moved, save, tensors

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.checkpoints.kind import FLAGS
from headstart.domain.evidence import MemoryNeed, TextFigures
from headstart.domain.kinship import InspectReport
from headstart.report.cells import columns
from headstart.report.inspect_figures import short
from headstart.report.inspect_markdown import inspection_markdown
from headstart.report.inspect_schema import schema_text
from headstart.report.inspect_terminal import inspection_card

EVIL = "<|\x1b[31m\u202e](http://x)|`\n|>"
ENDS = [SPECIALS.index(TURN_END), SPECIALS.index(END)]
BASE = tensors(trained=False)
DATA = TextFigures(
    rows=2,
    text_bytes=10,
    tokens=4,
    tokens_per_byte=0.4,
    longest=3,
    over_context=0.5,
    special_rows=1,
    specials=(EVIL,),
    memory=MemoryNeed(lora_bytes=2**30, full_bytes=2**33, rank=16, tokens=3),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> InspectReport:
    """A pair whose names, tokens and card are hostile."""
    room = tmp_path_factory.mktemp("views")
    specials = (*SPECIALS[:3], EVIL, *SPECIALS[4:])
    one = save(room / "base \x1b[2J|", BASE, eos=EVIL, specials=specials)
    chat = {"template": CHATML + EVIL, "eos": TURN_END, "generation": ENDS}
    two = save(room / "chat", moved(BASE, by=0.05), **chat)  # type: ignore[arg-type]
    (two / "README.md").write_text(f"---\nlicense: <b>x</b>\x1b[1m\nbase_model: {EVIL[:9]}\n---\n")
    first, second = (inspect(str(folder), data=lambda _: DATA) for folder in (one, two))
    return InspectReport(checkpoints=(first, second), pair=inspect_pair(first, second))


@pytest.mark.parametrize("width", [10, 40, 80, 110])
def test_every_line_of_the_card_fits(report: InspectReport, width: int) -> None:
    card = inspection_card(report, width)
    assert card.endswith("\n")
    assert max(map(columns, card.splitlines())) <= max(width, 40)


def test_nothing_quoted_reaches_the_terminal(report: InspectReport) -> None:
    plain = inspection_card(report, 80)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", plain)
    coloured = inspection_card(report, 80, color=True)
    assert re.sub("\x1b\\[[0-9]*m", "", coloured) == plain


def test_markdown_makes_no_links_tags_or_cells_of_what_is_quoted(report: InspectReport) -> None:
    text = inspection_markdown(report)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e<>]", text)
    assert "](http" not in text.replace("\\]", "")
    for row in (line for line in text.splitlines() if line.startswith("|")):
        assert row.endswith(" |")


def test_both_views_name_verdict_pair_and_data(report: InspectReport) -> None:
    for text in (inspection_card(report, 80), inspection_markdown(report)):
        for word in ("base", "instruct", "verified", "0.400", "1.0 GiB", "8.0 GiB"):
            assert word in text
    assert "Side by side" in inspection_markdown(report)


def test_every_flag_is_explained(report: InspectReport) -> None:
    source = Path(__file__).parents[2] / "src" / "headstart" / "checkpoints"
    used = {flag for one in report.checkpoints for flag in one.flags}
    assert used
    assert used <= FLAGS.keys()
    raised = set(re.findall(r'yield "([a-z-]+)"', (source / "inspection.py").read_text()))
    assert raised <= FLAGS.keys()


@pytest.mark.parametrize(
    ("count", "text"), [(7, "7"), (134_515_008, "134.5M"), (70_553_706_496, "70.6B")]
)
def test_counts_are_written_as_models_are_named(count: int, text: str) -> None:
    assert short(count) == text


def test_the_schema_in_the_docs_is_the_programs() -> None:
    docs = Path(__file__).parents[2] / "docs" / "reference" / "inspect.schema.json"
    assert docs.read_text(encoding="utf-8") == schema_text()
