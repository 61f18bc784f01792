"""What the counters and size checks let through, and what they refuse; no process is needed."""

from datetime import datetime
from typing import Any

import pytest

from headstart.templates.environment import TemplateEnvironment
from headstart.templates.limits import MOST_ITEMS, MOST_STEPS, MOST_TEXT, Overrun

NOW = datetime(2024, 2, 29)


def produce(template: str, **variables: Any) -> str:
    environment = TemplateEnvironment()
    return environment.produce(environment.from_string(template), variables, NOW)


@pytest.mark.parametrize("size", [MOST_TEXT - 1, MOST_TEXT])
def test_a_text_of_the_allowed_length_is_made(size: int) -> None:
    assert len(produce(f"{{{{ 'a' * {size} }}}}")) == size


@pytest.mark.parametrize(
    "expression",
    [
        f"'a' * {MOST_TEXT + 1}",
        f"{MOST_TEXT + 1} * 'a'",
        f"'a' | center({MOST_TEXT + 1})",
        f"'a'.ljust({MOST_TEXT + 1})",
        f"[0] * {MOST_ITEMS + 1}",
        "2 ** 70000",
        "x + x",
        "x ~ x",
        "[x, x] | join",
        "''.join([x, x])",
        "x.replace('a', 'bb')",
        "x | replace('a', 'bb')",
        "x.translate({97: 'bb'})",
        "'%99999d' % 1",
        "'%*d' % (99999, 1)",
        "'{:99999}'.format(1)",
        "'{0}{0}'.format(x)",
        "'{x}{x}'.format_map({'x': x})",
        "'%s%s' % (x, x)",
        "[x, x] | string",
        "[x, x] | tojson",
        "1 | tojson(indent=9999)",
        "1.5 | round(9999)",
        "x | indent(2, first=true)",
    ],
)
def test_what_would_be_too_large_is_refused_before_it_is_made(expression: str) -> None:
    with pytest.raises(Overrun, match=r"more than|wider than"):
        produce(f"{{{{ ({expression}) | length }}}}", x="a" * (MOST_TEXT - 1))


def test_each_loop_turn_is_a_step() -> None:
    turns = MOST_STEPS // 99_999 + 1
    loop = "{% for b in range(99999) %}{% endfor %}"
    with pytest.raises(Overrun, match="steps"):
        produce(f"{{% for a in range({turns}) %}}{loop}{{% endfor %}}")
    assert produce(f"{{% for a in range(2) %}}{loop}{{% endfor %}}") == ""


def test_steps_are_counted_for_each_render_anew() -> None:
    environment = TemplateEnvironment()
    code = environment.from_string("{% for a in range(99999) %}{% endfor %}")
    for _ in range(MOST_STEPS // 99_999 + 2):
        assert environment.produce(code, {}, NOW) == ""


def test_the_clock_is_set_from_outside() -> None:
    assert produce("{{ strftime_now('%d %b %Y') }}") == "29 Feb 2024"


def test_marks_of_one_render_do_not_reach_the_next() -> None:
    environment = TemplateEnvironment()
    code = environment.from_string("ab{% generation %}{{ x }}{% endgeneration %}")
    environment.produce(code, {"x": "cd"}, NOW)
    assert environment.spans == [(2, 4)]
    environment.produce(code, {"x": "cde"}, NOW)
    assert environment.spans == [(2, 5)]


def test_a_filter_that_changes_nothing_in_size_takes_long_text() -> None:
    text = "a" * (MOST_TEXT - 1)
    assert produce("{{ x | upper | trim | lower }}", x=text) == text
