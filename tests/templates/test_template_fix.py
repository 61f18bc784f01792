from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import BOS, EOS, SOUND, TURN_END, chatml, unmarked_chatml

from headstart.domain.template import Finding, Severity, TemplateSource, Use
from headstart.templates.fix import Fixed, fix
from headstart.templates.lint import lint
from headstart.templates.probes import ANSWER, NEXT_ANSWER, PROBES, calls
from headstart.templates.sandbox import Rendered, render_all

GRAVE = {Severity.ERROR, Severity.WARNING}
HEADER = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
SEPARATE = (
    "{% for m in messages %}{% if m.role == 'user' %}{{ 'Q: ' + m.content + '\\n' }}"
    "{% elif m.role == 'assistant' %}{{ 'A: ' + m.content + '<|im_end|>\\n' }}"
    "{% else %}{{ m.content + '\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'A: ' }}{% endif %}"
)
LAST_APART = (
    "{% for m in messages %}{% if m.role == 'assistant' %}"
    "{% if loop.last %}{{ '<|a|>' + m.content + eos_token }}"
    "{% else %}{{ '<|a|>' + m.content + eos_token + '\\n' }}{% endif %}"
    "{% else %}{{ '<|u|>' + m.content + '\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|a|>' }}{% endif %}"
)
BUILT_BEFORE = (
    "{% for m in messages %}"
    "{% set content = '<|start|>' + m.role + '<|sep|>' + m.content | trim + '<|im_end|>' %}"
    "{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant<|sep|>' }}{% endif %}"
)
INDENTED = (
    "{% for m in messages %}\n"
    "    {{- '<|' + m.role + '|>' -}}\n"
    "    {{- m.content -}}\n"
    "    {{- '<|im_end|>\\n' -}}\n"
    "{% endfor %}\n"
    "{%- if add_generation_prompt -%}\n    {{- '<|assistant|>' -}}\n{%- endif -%}\n"
)
AS_DATA = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

UNMARKED = {
    "one expression": unmarked_chatml(),
    "a branch for each role": SEPARATE,
    "last answer apart": LAST_APART,
    "built before it is written": BUILT_BEFORE,
    "white space signs": INDENTED,
    "turn end as plain text": AS_DATA,
}
FAULTY = {
    "double-bos": "{{ bos_token }}{{- bos_token }}" + SOUND,
    "double-bos, one spelt out": "<s>{{ bos_token }}" + SOUND,
    "double-bos, in a sum": "{{ bos_token + bos_token }}" + SOUND,
    "no-generation-prompt": chatml(prompt=""),
    "no-generation-prompt, with a last line break": chatml(prompt="") + "\n",
    "no-generation-prompt, always": chatml(prompt="{{ '<|im_start|>assistant\\n' }}"),
    "no-generation-prompt, always and plain": chatml(prompt="<|im_start|>assistant"),
    "no-turn-end": unmarked_chatml(end="''"),
    "no-turn-end, an output of its own": AS_DATA.replace("<|im_end|>", ""),
    "no-turn-end, line breaks": unmarked_chatml(end="'\\n'"),
    "no-turn-end, a branch for each role": SEPARATE.replace("<|im_end|>", ""),
    "generation-mask-wrong": chatml(end="''", after="{{ '<|im_end|>' }}"),
    **{f"no-generation-markers, {name}": text for name, text in UNMARKED.items()},
}


def fixed(text: str) -> Fixed:
    return fix(TemplateSource(text=text), bos=BOS, eos=EOS, stops=(TURN_END,))


def linted(text: str) -> dict[str, Finding]:
    source = TemplateSource(text=text)
    findings = lint(source, use=Use.TRAINING, bos=BOS, eos=EOS, stops=(TURN_END,))
    return {one.rule: one for one in findings if one.severity in GRAVE}


def renders(text: str) -> Mapping[str, Rendered | None]:
    outcomes = render_all(text, calls(PROBES, BOS, EOS)).outcomes
    return {
        probe.name: one if isinstance(one, Rendered) else None
        for probe, one in zip(PROBES, outcomes, strict=True)
    }


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_repaired_and_the_lint_finds_it_no_more(name: str) -> None:
    rule = name.partition(",")[0]
    assert rule in linted(FAULTY[name])
    done = fixed(FAULTY[name])
    assert rule in [repair.rule for repair in done.repairs]
    assert rule not in linted(done.template.text)


@pytest.mark.parametrize("name", FAULTY)
def test_a_repair_brings_no_new_fault(name: str) -> None:
    assert set(linted(fixed(FAULTY[name]).template.text)) <= set(linted(FAULTY[name]))


@pytest.mark.parametrize("name", FAULTY)
def test_what_is_repaired_stays_as_it_is(name: str) -> None:
    once = fixed(FAULTY[name])
    twice = fixed(once.template.text)
    assert twice.template == once.template
    assert twice.repairs == ()


@pytest.mark.parametrize("name", UNMARKED)
def test_tags_change_no_byte_and_hold_each_answer_with_its_end(name: str) -> None:
    done = fixed(UNMARKED[name])
    before, after = renders(UNMARKED[name]), renders(done.template.text)
    assert {k: v and v.text for k, v in before.items()} == {
        k: v and v.text for k, v in after.items()
    }
    told = after["UAUA"]
    assert told is not None
    marked = [told.text[start:end] for start, end in told.generation_spans]
    assert len(marked) == 2
    for part, answer in zip(marked, (ANSWER, NEXT_ANSWER), strict=True):
        assert part.startswith(answer)
        assert part.rstrip().endswith((TURN_END, EOS))


def test_a_second_bos_goes_and_nothing_else() -> None:
    before = renders(FAULTY["double-bos"])
    after = renders(fixed(FAULTY["double-bos"]).template.text)
    for name, was in before.items():
        now = after[name]
        assert (was is None) == (now is None)
        if was is not None and now is not None:
            assert BOS + now.text == was.text


def test_a_missing_prompt_comes_to_stand_behind_prompts_only() -> None:
    before, after = renders(chatml(prompt="")), renders(fixed(chatml(prompt="")).template.text)
    for probe in PROBES:
        was, now = before[probe.name], after[probe.name]
        if was is not None and now is not None:
            header = "<|im_start|>assistant\n" if probe.asked else ""
            assert now.text == was.text + header


def test_a_turn_end_comes_to_stand_behind_answers_only() -> None:
    faulty = FAULTY["no-turn-end, line breaks"]
    before, after = renders(faulty), renders(fixed(faulty).template.text)
    for name in ("U", "UU", "SU", "U asked"):
        assert before[name] == after[name]
    told, was = after["UA"], before["UA"]
    assert told is not None
    assert was is not None
    assert told.text == was.text.replace(ANSWER, ANSWER + EOS)


def test_a_repair_shows_the_conversation_before_and_after() -> None:
    (repair, *_) = fixed(chatml(prompt="")).repairs
    assert repair.rule == "no-generation-prompt"
    assert repair.after.text == repair.before.text + "<|im_start|>assistant\n"


def test_what_failed_before_fails_still() -> None:
    refuses = "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    done = fixed(refuses + unmarked_chatml())
    assert [repair.rule for repair in done.repairs] == ["no-generation-markers"]
    assert renders(done.template.text)["SU"] is None


def test_a_sound_template_is_left_alone() -> None:
    done = fixed(SOUND)
    assert done.template.text == SOUND
    assert done.repairs == ()


def test_what_cannot_be_repaired_is_left_and_told() -> None:
    silent = chatml(loop="{% if message['role'] == 'system' %}{% continue %}{% endif %}")
    done = fixed(silent)
    assert done.template.text == silent
    assert "system-dropped" in {finding.rule for finding in done.left}


def test_a_template_that_does_not_render_is_left_alone() -> None:
    for text in ("{% for %}", "{{ raise_exception('never') }}", "{{ 'a' * 10 ** 9 }}"):
        done = fixed(text)
        assert done.template.text == text
        assert done.repairs == ()


_PARTS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["m.role", "m['role']", "(m.role | upper)"]),
        "plus": st.sampled_from([" + ", "+", " ~ "]),
        "content": st.sampled_from(["m.content", "m['content']", "m.content | trim"]),
        "end": st.sampled_from(["''", "'<|im_end|>'", "'<|im_end|>\\n'", "eos_token", "'\\n'"]),
        "sign": st.sampled_from(["", "-"]),
        "gap": st.sampled_from(["", "\n", "\n  "]),
        "prompt": st.sampled_from(["", HEADER, "{{ '<|im_start|>assistant\\n' }}"]),
        "bos": st.sampled_from(["", "{{ bos_token }}", "{{ bos_token }}{{ bos_token }}"]),
    }
)


@given(parts=_PARTS)
@settings(max_examples=25, deadline=None)
def test_any_repaired_template_is_stable_and_no_worse(parts: dict[str, str]) -> None:
    plus, sign, gap = parts["plus"], parts["sign"], parts["gap"]
    terms = ["'<|im_start|>'", parts["role"], "'\\n'", parts["content"], parts["end"]]
    text = (
        f"{parts['bos']}{{% for m in messages %}}{gap}"
        f"{{{{{sign} {plus.join(terms)} {sign}}}}}{gap}{{% endfor %}}{parts['prompt']}"
    )
    done = fixed(text)
    assert set(linted(done.template.text)) <= set(linted(text))
    assert not {repair.rule for repair in done.repairs} & set(linted(done.template.text))
    assert fixed(done.template.text).template == done.template
