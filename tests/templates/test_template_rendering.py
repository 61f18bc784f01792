"""Our render against transformers' own, byte for byte."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import SOUND, WITH_TOOLS, chatml, unmarked_chatml
from tiny import CHATML, END, tiny_tokenizer
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template

from headstart.errors import RequestError
from headstart.templates.errors import TemplateError, TemplateFailed, TemplateRefused
from headstart.templates.sandbox import Call, Rendered, render, render_all

NAMED = {"eos_token": END, "pad_token": END}
TALK = [
    {"role": "system", "content": "Réponds en français."},
    {"role": "user", "content": "  Où est la gare ?\n"},
    {"role": "assistant", "content": "Là-bas → 駅 \U0001f689"},
    {"role": "user", "content": "<b>Merci</b> & 'au revoir' \"!\""},
]
CALLING = [
    {"role": "user", "content": "When is high tide?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"type": "function", "function": {"name": "tide", "arguments": {"près": 1.5}}}
        ],
    },
    {"role": "tool", "name": "tide", "content": "4 o'clock"},
]
TOOLS = [{"type": "function", "function": {"name": "tide", "description": "Marée haute <&>"}}]
THINKING = [
    {"role": "user", "content": "2 + 2?"},
    {"role": "assistant", "content": "4", "reasoning": "two and two"},
]

FEATURES = {
    "chatml": CHATML,
    "tags": SOUND,
    "tools": WITH_TOOLS,
    "macro": (
        "{% macro turn(m, end='|') -%} {{ m.role }}: {{ m.content }}{{ end }} {%- endmacro %}"
        "{% for m in messages %}{{ turn(m) }}{{ turn(m, end='!') }}{% endfor %}"
    ),
    "recursive macro": (
        "{% macro show(value) %}{% if value is mapping %}{% for k, v in value.items() %}"
        "{{ k }}({{ show(v) }}){% endfor %}{% else %}{{ value }}{% endif %}{% endmacro %}"
        "{% for m in messages %}{{ show(m) }}{% endfor %}"
    ),
    "caller": (
        "{% macro box() %}[{{ caller() }}]{% endmacro %}"
        "{% for m in messages %}{% call box() %}{{ m.role }}{% endcall %}{% endfor %}"
    ),
    "namespace": (
        "{% set ns = namespace(n=0, last='') %}{% for m in messages %}{% set ns.n = ns.n + 1 %}"
        "{% set ns.last = m.role %}{% endfor %}{{ ns.n }} {{ ns.last }}"
    ),
    "loop controls": (
        "{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ loop.index }}"
        "{{ m.role }}{% if loop.index0 == 2 %}{% break %}{% endif %}{% else %}none{% endfor %}"
    ),
    "loop variables": (
        "{% for m in messages %}{{ loop.length }}{{ loop.revindex }}{{ loop.last }}"
        "{{ loop.previtem.role if loop.previtem is defined }}{{ loop.cycle('a', 'b') }}"
        "{{ loop.changed(m.role) }}{% endfor %}"
    ),
    "filtered loop": (
        "{% for m in messages if m.role != 'system' %}{{ loop.index }}{{ m.role }}"
        "{% else %}none{% endfor %}"
    ),
    "recursive loop": (
        "{% for n in [[1, [2]], [3]] recursive %}"
        "{% if n is iterable %}({{ loop(n) }}){% else %}{{ n }}{% endif %}{% endfor %}"
    ),
    "white space": (
        "  {% for m in messages %}\n    {%- if m.role == 'user' %}\n  user\n    {% endif -%}\n"
        "\t{%+ if true %} x {% endif +%}\n{{- m.role -}}   \n{# a comment #}\n{% endfor %}\n\n"
    ),
    "raw": "{% raw %}{{ nothing }}{% endraw %}{{ messages | length }}\n",
    "tojson": (
        "{{ messages | tojson }}{{ messages | tojson(indent=2) }}"
        "{{ messages[0] | tojson(ensure_ascii=True, separators=(',', ':'), sort_keys=True) }}"
    ),
    "tools as json": "{{ tools | tojson }}{{ tools is none }}{{ documents is none }}",
    "strings": (
        "{% for m in messages %}{{ m.role.upper().center(20, '*') }}"
        "{{ 'abc'.replace('b', 'x').split('x')[-1] }}"
        "{{ m.role[::-1] ~ 1 ~ none ~ ['a'] }}{{ '%s-%05.2f' % (m.role, 2.5) }}"
        "{{ '{:>8}|{x!r}'.format(m.role, x='é') }}{{ m.role | title | indent(2) }}{% endfor %}"
    ),
    "filters": (
        "{{ messages | map(attribute='role') | join(', ') }}"
        "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}"
        "{{ messages | map(attribute='role') | unique | sort | reverse | list }}"
        "{{ messages | groupby('role') | map(attribute=0) | join }}"
        "{{ [3, 1, 2] | sum }}{{ 'a b c' | wordcount }}{{ 'abc' | first }}{{ 'a,b' | wordwrap(1) }}"
        "{{ '<b>' | escape }}{{ ('<b>' | escape) + '<i>' }}{{ ('<b>' | escape) ~ '<i>' }}"
        "{{ [1, 2, 3] | batch(2, 0) | list }}{{ range(7) | slice(3) | list }}{{ 2.567 | round(1) }}"
        "{{ 'x' | default('y') }}{{ nothing | default('y') }}{{ {'b': 1, 'a': 2} | dictsort }}"
        "{{ '%s of %s' | format(1, 2) }}{{ 'long text here' | truncate(8) }}{{ 'a' | urlencode }}"
    ),
    "numbers": (
        "{{ 7 // 2 }}{{ 7 % 3 }}{{ 2 ** 10 }}{{ -7 // 2 }}{{ 7 / 2 }}{{ 'ab' * 3 }}{{ [0] * 2 }}"
    ),
    "tests": (
        "{% for m in messages %}{{ m.content is string }}{{ m.content is iterable }}"
        "{{ m.x is defined }}{{ 'us' in m.role }}{{ m.role is in ['user'] }}{% endfor %}"
    ),
    "dict": (
        "{{ dict(a=1, **{'b': 2}) }}{{ dict.fromkeys(['x', 'y'], 0) }}{{ {'a': {'b': 1}}.a.b }}"
    ),
    "set block": (
        "{% set text %}{% for m in messages %}{{ m.role }}{% endfor %}{% endset %}"
        "{{ text | upper }}"
    ),
    "filter block": "{% filter upper %}{{ messages[0].role }}é{% endfilter %}",
    "with": "{% with a = 1, b = messages[0].role %}{{ a }}{{ b }}{% endwith %}",
    "inner names": "{{ messages.__class__ }}{{ ''._x }}|{{ messages[0]._y is defined }}",
    "undefined": "{{ nothing }}{{ messages[0].nothing }}{{ nothing is defined }}",
    "clock": "{{ strftime_now('%Y') }}",
    "special tokens": "{{ bos_token is defined }}{{ eos_token }}{{ pad_token }}",
    "autoescape": "{% autoescape true %}{{ '<b>' ~ messages[0].role }}{% endautoescape %}",
    "reasoning": "{% for m in messages %}{{ m.reasoning_content }}|{{ m.thinking }}{% endfor %}",
    "tags in a macro": (
        "{% macro say(m) %}{% generation %}{{ m.content }}{% endgeneration %}{% endmacro %}"
        "{% for m in messages %}{{ m.role }}{{ say(m) }}{% endfor %}"
    ),
}


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return tiny_tokenizer()


def theirs(tokenizer: PreTrainedTokenizerFast, template: str, messages: Any, **options: Any) -> str:
    return str(
        tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, **options)
    )


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("feature", FEATURES)
def test_renders_equal_those_of_transformers(
    feature: str, asked: bool, tokenizer: PreTrainedTokenizerFast
) -> None:
    template = FEATURES[feature]
    conversations = ((TALK, None), (CALLING, TOOLS), (THINKING, None), (TALK[1:], TOOLS))
    both = []
    for messages, tools in conversations:
        options = {"add_generation_prompt": asked, "tools": tools}
        expected = _text_or_none(partial(theirs, tokenizer, template, messages, **options))
        both.append((_text(template, messages, **options), expected))
    assert [ours for ours, _ in both] == [expected for _, expected in both]
    assert any(expected is not None for _, expected in both)


@pytest.mark.parametrize("feature", ["tags", "tags in a macro"])
def test_marked_spans_equal_those_of_transformers(feature: str) -> None:
    talks = [TALK, THINKING, [TALK[2], TALK[2]]]
    _, expected = render_jinja_template(
        talks, chat_template=FEATURES[feature], return_assistant_tokens_mask=True, eos_token=END
    )
    for talk, spans in zip(talks, expected, strict=True):
        ours = render(FEATURES[feature], talk, eos_token=END)
        assert list(ours.generation_spans) == spans
        assert spans


@pytest.mark.parametrize("template", [CHATML, chatml(content="message['content'] | trim")])
@pytest.mark.parametrize(
    "content", ["Here I go", "and on ", [{"type": "text", "text": "in parts"}]]
)
def test_an_open_final_message_equals_that_of_transformers(
    template: str, content: Any, tokenizer: PreTrainedTokenizerFast
) -> None:
    template = template.replace("message.content", "message['content']").replace(
        "message['content']",
        "(message['content'][0]['text'] if message['content'][0]['text'] "
        "is defined else message['content'])",
    )
    messages = [TALK[1], {"role": "assistant", "content": content}]
    expected = theirs(tokenizer, template, messages, continue_final_message=True)
    assert _text(template, messages, continue_final_message=True) == expected
    assert expected.rstrip().endswith(("go", "on", "parts"))


def test_open_reasoning_equals_that_of_transformers(tokenizer: PreTrainedTokenizerFast) -> None:
    template = FEATURES["reasoning"]
    options: dict[str, Any] = {"continue_final_message": "reasoning_content"}
    expected = theirs(tokenizer, template, THINKING, **options)
    assert _text(template, THINKING, **options) == expected


def test_a_final_message_that_the_template_deletes_cannot_be_left_open() -> None:
    template = chatml(content="(message['content'] | reverse)")
    with pytest.raises(TemplateFailed, match="left open"):
        render(template, TALK[1:3], continue_final_message=True)


def test_none_is_taken_out_of_messages_unless_it_is_to_stay() -> None:
    template = "{{ messages[1].content is defined }}"
    gone, kept = render_all(template, [Call(CALLING), Call(CALLING, keep_none=True)]).outcomes
    assert gone == Rendered("False")
    assert kept == Rendered("True")


def test_a_template_never_sees_an_object() -> None:
    class Loud(str):
        def shout(self) -> str:
            return "HELP"

    messages = [{"role": "user", "content": Loud("hi"), "image": object()}]
    text = render("{{ messages[0].content.shout is defined }}{{ messages[0].image }}", messages)
    assert text.text == "False<object>"


def test_a_refusal_names_the_templates_own_words() -> None:
    with pytest.raises(TemplateRefused, match="roles must take turns") as caught:
        render("{{ raise_exception('roles must take turns') }}", TALK)
    assert caught.value.hint


@pytest.mark.parametrize("messages", [[], ["hello"], [["role", "user"]]])
def test_no_messages_are_a_wrong_request(messages: Any) -> None:
    with pytest.raises(RequestError, match="at least one message"):
        render(CHATML, messages)


def test_a_prompt_and_an_open_message_exclude_each_other() -> None:
    with pytest.raises(RequestError):
        render(CHATML, TALK, add_generation_prompt=True, continue_final_message=True)


_TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=30)
_MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": _TEXTS},
        optional={"name": _TEXTS, "reasoning": _TEXTS},
    ),
    min_size=1,
    max_size=5,
)


@given(messages=_MESSAGES, asked=st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_conversation_renders_as_in_transformers(
    messages: list[dict[str, str]], asked: bool
) -> None:
    for template in (unmarked_chatml(), WITH_TOOLS, FEATURES["tojson"], FEATURES["reasoning"]):
        expected = render_jinja_template(
            [messages], chat_template=template, add_generation_prompt=asked, **NAMED
        )[0][0]
        assert _text(template, messages, add_generation_prompt=asked) == expected


def _text(template: str, messages: Any, **options: Any) -> str | None:
    return _text_or_none(lambda: render(template, messages, **NAMED, **options).text)


def _text_or_none(work: Callable[[], str]) -> str | None:
    """What `work` gives, or None where the template gives nothing."""
    try:
        return work()
    except (TemplateError, RequestError):
        return None
    except Exception:  # noqa: BLE001 - transformers lets everything through
        return None
