import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.templates.markup import pieces, quoted_literal

_SIGNS = (
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    "~",
    "'",
    '"',
    "\\",
    "{",
    "}",
    "(",
    ")",
    "|",
)
_ALPHABET = st.sampled_from((*_SIGNS, " raw ", " endraw ", " if ", "a", "é", " ", "\n"))
_TEMPLATES = st.lists(_ALPHABET, max_size=30).map("".join)


def terms(expression: str) -> list[str]:
    template = f"{{{{ {expression} }}}}"
    (piece,) = pieces(template)
    return [template[term.start : term.end] for term in piece.terms]


@given(template=_TEMPLATES)
def test_the_pieces_together_are_the_template(template: str) -> None:
    cut = pieces(template)
    assert "".join(template[piece.start : piece.end] for piece in cut) == template


@given(template=_TEMPLATES)
def test_terms_lie_inside_their_piece_and_in_order(template: str) -> None:
    for piece in pieces(template):
        places = [place for term in piece.terms for place in (term.start, term.end)]
        assert places == sorted(places)
        assert all(piece.start < place < piece.end for place in places)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", ["a"]),
        ("a + b ~ 'c'", ["a", "b", "'c'"]),
        ("m['x + y'] + '}} + '", ["m['x + y']", "'}} + '"]),
        ("a + (b + c) | trim + d", ["a", "(b + c) | trim", "d"]),
        ("{'a': {'b': 1}}.a.b + c", ["{'a': {'b': 1}}.a.b", "c"]),
        ("a + b if c else d", ["a + b if c else d"]),
        ("a + b == c", ["a + b == c"]),
        ("a + b * 2", ["a + b * 2"]),
    ],
)
def test_a_sum_is_cut_into_its_terms_and_nothing_else_is(
    expression: str, expected: list[str]
) -> None:
    assert terms(expression) == expected


def test_what_stands_in_raw_is_text() -> None:
    template = "{% raw %}{{ a }}{% endraw %}{{ b }}"
    kinds = [(piece.kind, template[piece.start : piece.end]) for piece in pieces(template)]
    assert kinds == [
        ("block", "{% raw %}"),
        ("text", "{{ a }}"),
        ("block", "{% endraw %}"),
        ("output", "{{ b }}"),
    ]


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_quoted_literal_reads_back_as_its_text(text: str) -> None:
    # jinja2 turns every line break of a source into one kind, which is why they are escaped
    template = jinja2.Environment(autoescape=False).from_string(f"{{{{ {quoted_literal(text)} }}}}")
    assert template.render() == text
