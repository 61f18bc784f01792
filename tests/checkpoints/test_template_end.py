import time

import pytest

from headstart.checkpoints.template_end import Ending, read_ending
from headstart.domain.value import NotMeasured

LOOP = "{% for m in messages %}"
CHATML = LOOP + "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"


def ending(template: str, specials: tuple[str, ...] = ()) -> Ending:
    found = read_ending(template, specials)
    assert isinstance(found, Ending)
    return found


@pytest.mark.parametrize(
    ("template", "closes"),
    [
        (CHATML, "<|im_end|>"),
        (
            LOOP + "{% if m.role == 'user' %}<|user|>{{ m.content }}<|sep|>"
            "{% elif m.role == 'assistant' %}<|bot|>{{ m.content }}<|stop|>{% endif %}{% endfor %}",
            "<|stop|>",
        ),
        (
            LOOP + "{% if m['role'] == 'user' %}Q: {{ m['content'] }}{% else %}"
            "A: {{ m['content'] + '<|EOT|>' }}{% endif %}{% endfor %}",
            "<|EOT|>",
        ),
        (
            LOOP
            + "{% set text = '<h>' + m['role'] + '</h>' + m['content'] | trim + '<|eot_id|>' %}"
            "{{ text }}{% endfor %}",
            "<|eot_id|>",
        ),
        (
            LOOP + "{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]"
            "{% elif m.role == 'assistant' %}{{ m.content }}{% endif %}<|done|>{% endfor %}",
            "<|done|>",
        ),
        (
            LOOP + "{% if m.role == 'assistant' %}{% generation %}<|a|>{{ m.content }}<|e|>"
            "{% endgeneration %}{% endif %}{% endfor %}",
            "<|e|>",
        ),
        (
            # the content is put into a variable before the turn opens
            LOOP + "{% if m.role == 'user' %}<|im_start|>user\n{{ m.content }}<|im_end|>\n"
            "{% elif m.role == 'assistant' %}{% set content = m.content.split('</think>')[-1] %}"
            "{{ '<|im_start|>' + m.role + '\n' + content + '<|im_end|>\n' }}"
            "{% endif %}{% endfor %}",
            "<|im_end|>",
        ),
        (
            # reasoning is put before it, and markers of tools stand between it and the end
            LOOP + "{% set text = '<think>' + m.thinking + '</think>' + m.content %}"
            "<|start|>{{ m.role }}{{ text }}{% for call in m.tool_calls %}<arg_key>{{ call }}"
            "</arg_key>{% endfor %}<|end|>{% endfor %}",
            "<|end|>",
        ),
        (
            # words in angles are no end where a control token follows
            LOOP + "{{ m.role }}: {{ m.content }}<step>of {{ loop.index }}<|stop|>{% endfor %}",
            "<|stop|>",
        ),
        (
            LOOP + "{% if m.role == 'assistant' %}<|a|>{{ m.content }}"
            "{% if m.tool_calls %}<tool_call>{{ m.tool_calls }}</tool_call>{% endif %}<|e|>"
            "{% endif %}{% endfor %}",
            "<|e|>",
        ),
    ],
)
def test_what_stands_behind_an_answer_closes_it(template: str, closes: str) -> None:
    assert ending(template).closes == closes


def test_eos_by_its_variable_is_told_apart() -> None:
    found = ending(LOOP + "{{ m.role }}: {{ m.content + eos_token }}{% endfor %}")
    assert found.by_eos
    assert found.closes is None


@pytest.mark.parametrize(
    "template",
    [
        LOOP + "{{ m.role }}: {{ m.content }}\n{% endfor %}",
        LOOP + "{% if m.role == 'assistant' %}{{ m.content }}{% endif %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}{% endfor %}",
        LOOP + "{% if m.role == 'user' %}{{ m.content }}<|sep|>"
        "{% elif m.role == 'assistant' %}{{ m.content }}\n{% endif %}{% endfor %}",
        # what opens the next turn closes none
        LOOP + "<|role|>{{ m.role }}{{ m.content }}{% endfor %}"
        "<|role|>{% if add_generation_prompt %}assistant{% endif %}",
        LOOP + "{{ m.content }}<|start_header_id|>{% endfor %}",
    ],
)
def test_no_token_behind_an_answer_is_no_turn_end(template: str) -> None:
    found = ending(template)
    assert found.closes is None
    assert not found.by_eos


def test_added_tokens_that_look_like_words_are_found() -> None:
    template = LOOP + "{{ m.role }}: {{ m.content }}ENDTURN{% endfor %}"
    assert ending(template).closes is None
    assert ending(template, ("ENDTURN",)).closes == "ENDTURN"


def test_markers_are_listed_in_the_order_of_use() -> None:
    assert ending(CHATML).markers == ("<|im_start|>", "<|im_end|>")


HOSTILE = {
    "expression": "{{ " + "(" * 90_000,
    "attributes": "{{ a" + ".b" * 90_000 + " }}",
    "sum": "{{ " + '"a"+' * 40_000 + '"a" }}',
    "branches": "{% if a %}" * 15_000,
    "elifs": "{% if a %}" + "{% elif b %}" * 14_000 + "{% endif %}",
    "angles": "<" * 190_000,
    "length": " " * 10_000_000,
    "product": "{{ 'a' * 10 ** 9 }}{% for i in range(10 ** 12) %}{{ i }}{% endfor %}",
    "walk": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "syntax": "{% if %}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_are_read_or_refused_at_once(name: str) -> None:
    started = time.process_time()
    found = read_ending(HOSTILE[name], [f"<|extra_{n}|>" for n in range(100_000)])
    assert time.process_time() - started < 3
    assert isinstance(found, NotMeasured) or found.closes is None
