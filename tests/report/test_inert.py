import html
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.report.cells import clip, columns, wrap
from headstart.report.inert import fenced, inline, visible

markdown_it = pytest.importorskip("markdown_it")

PARSER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# random text rarely means anything; what is drawn from this alphabet often does
TRICKY = st.text(alphabet="ab1 .)-+=#*_~`|<>[]()!&;:/\\\n\t\x1b\u202e\u2028{}$@é中", max_size=30)
ANY = TRICKY | st.text(max_size=30)


@settings(deadline=None)
@given(ANY)
def test_visible_text_holds_nothing_unseen(text):
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [letter for letter in visible(text) if unicodedata.category(letter) in hidden]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_ascii_stays_as_it_is(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b", r"\x9b"),
        ("\u202eabc", r"\u202eabc"),
        ("\u2066", r"\u2066"),
        ("\ufeff", r"\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("\xa0", r"\xa0"),
        ("\udcff", r"\udcff"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(text, shown):
    assert visible(text) == shown


@settings(deadline=None)
@given(ANY)
def test_inline_text_renders_as_itself_in_a_paragraph_a_list_and_a_cell(text):
    expected = html.escape(visible(text).strip())
    for page, pattern in (
        (f"x {inline(text)}", r"<p>x ?(.*)</p>\n"),
        (f"- {inline(text)}", r"<ul>\n<li>(.*)</li>\n</ul>\n"),
        (f"| a | b |\n| --- | --- |\n| c | {inline(text)} |", r"(?s).*<td>c</td>\n<td>(.*)</td>.*"),
    ):
        found = re.fullmatch(pattern, PARSER.render(page))
        assert found, page
        assert html.unescape(found.group(1)) == html.unescape(expected), page


@settings(deadline=None)
@given(st.text(alphabet="`~a\n ", max_size=40) | ANY)
def test_nothing_breaks_out_of_a_fence(text):
    tokens = PARSER.parse(f"before\n\n{fenced(text, 'text')}\n\nafter")
    kinds = [token.type for token in tokens]
    paragraph = ["paragraph_open", "inline", "paragraph_close"]
    assert kinds == [*paragraph, "fence", *paragraph]
    shown = visible(text, keep="\n\t")
    assert tokens[3].content == (shown if shown.endswith("\n") else f"{shown}\n")


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(1, 30))
def test_clipped_text_fits(text, width):
    assert columns(clip(visible(text), width)) <= width


@settings(deadline=None)
@given(st.text(max_size=120), st.integers(4, 40), st.sampled_from(["", "! ", "  "]))
def test_wrapped_text_fits_and_loses_only_spaces(text, width, first):
    lines = wrap(visible(text), width, first=first)
    assert all(columns(line) <= width for line in lines)
    kept = "".join(lines).removeprefix(first.rstrip())
    assert kept.replace(" ", "") == visible(text).replace(" ", "")
