"""The last resort of a repair: the old template as a macro, and its output cut and rejoined.

It works without knowing how the template is written: what the assistant said in a turn
is what a render gains by that turn. The bytes are the old template's own, since they
are only cut; where a render does not begin the whole, nothing is cut.

Limits: renders a conversation once for each answer in it. Blocks and inheritance
cannot stand inside a macro.
"""

from headstart.templates.markup import quoted_literal

_MACRO = "headstart_unmarked"


def marked_by_wrapping(template: str, turn_end: str) -> str:
    """The template in a macro, with tags around what each answer adds, up to the turn end."""
    end = quoted_literal(turn_end)
    return _wrapped(
        template,
        f"{{%- set opened = {_MACRO}(messages[:loop.index0], true) %}}"
        f"{{%- set closed = {_MACRO}(messages[:loop.index], false).rpartition({end})[0] + {end} %}}"
        "{%- if closed.startswith(opened) and whole.startswith(closed) %}"
        "{{- whole[seen.places:opened|length] }}"
        "{%- generation %}{{- whole[opened|length:closed|length] }}{% endgeneration -%}"
        "{%- set seen.places = closed|length %}{%- endif %}",
    )


def ended_by_wrapping(template: str, tail: str) -> str:
    """The template in a macro, with eos behind each answer and before its white space."""
    end = quoted_literal(tail)
    return _wrapped(
        template,
        f"{{%- set closed = {_MACRO}(messages[:loop.index], false) %}}"
        f"{{%- if whole.startswith(closed) and closed.endswith({end}) %}}"
        f"{{%- set place = closed|length - {len(tail)} %}}"
        "{{- whole[seen.places:place] + eos_token }}"
        "{%- set seen.places = place %}{%- endif %}",
    )


def _wrapped(template: str, for_each_answer: str) -> str:
    """A macro named after what it is, and a loop over the answers that follow a question."""
    body = template.removesuffix("\n")
    return (
        f"{{% macro {_MACRO}(messages, add_generation_prompt) %}}\n{body}{{%+ endmacro %}}"
        f"{{%- set whole = {_MACRO}(messages, add_generation_prompt) %}}"
        "{%- set seen = namespace(places=0) %}"
        "{%- for message in messages %}"
        "{%- if message['role'] == 'assistant' and loop.index0 "
        "and messages[loop.index0 - 1]['role'] in ['user', 'tool'] %}"
        f"{for_each_answer}"
        "{%- endif %}{%- endfor %}"
        "{{- whole[seen.places:] }}"
    )
