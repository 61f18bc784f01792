import pytest
from planted import BOS, CASES, EOS, SOUND, TURN_END, WITH_TOOLS, Case, chatml, unmarked_chatml

from headstart.domain.template import Finding, Severity, TemplateSource, Use
from headstart.templates.lint import RULES, lint
from headstart.templates.rule import Rule

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
SKIPPED = Severity.NOT_MEASURED
NEEDS_TOKENIZER = {"missing-bos", "pad-is-turn-end", "role-markers-in-text"}


def found(text: str, use: Use = Use.TRAINING, eos: str | None = TURN_END) -> dict[str, Finding]:
    findings = lint(TemplateSource(text=text), use=use, bos=BOS, eos=eos)
    return {one.rule: one for one in findings if one.severity is not SKIPPED}


def of_rule(case: Case, text: str, tokenizer: object) -> list[Finding]:
    findings = lint(
        TemplateSource(text=text), use=case.use, bos=BOS, eos=case.eos, tokenizer=tokenizer
    )
    return [one for one in findings if one.rule == case.rule and one.severity is not SKIPPED]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_planted_fault_is_found(case: Case) -> None:
    (finding, *_) = of_rule(case, case.faulty, case.tokenizer)
    assert finding.evidence
    assert finding.fix
    assert finding.title


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_its_sound_twin_is_not_flagged(case: Case) -> None:
    assert of_rule(case, case.sound, case.sound_tokenizer) == []


def test_every_rule_has_a_planted_fault() -> None:
    assert {case.rule for case in CASES} == {rule.id for rule in RULES}


def test_rules_are_told_apart_by_their_ids() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_use_ignores_is_not_told(rule: Rule) -> None:
    faulty = next(case.faulty for case in CASES if case.rule == rule.id)
    for use, severity in ((Use.TRAINING, rule.training), (Use.SERVING, rule.serving)):
        told = {one.rule for one in lint(TemplateSource(text=faulty), use=use, eos=TURN_END)}
        assert severity is not None or rule.id not in told


def test_a_sound_template_has_nothing_worse_than_an_information() -> None:
    grave = {rule for rule, one in found(SOUND).items() if one.severity is not INFO}
    assert grave == set()


def test_without_a_tokenizer_its_rules_are_not_measured() -> None:
    skipped = {
        one.rule
        for one in lint(TemplateSource(text=SOUND), use=Use.TRAINING, bos=BOS, eos=TURN_END)
        if one.severity is SKIPPED
    }
    assert skipped == NEEDS_TOKENIZER | {"double-bos"}


def test_without_an_eos_its_rule_is_not_measured() -> None:
    findings = lint(TemplateSource(text=SOUND), use=Use.SERVING)
    (finding,) = [one for one in findings if one.rule == "eos-not-turn-end"]
    assert finding.severity is SKIPPED
    assert finding.fix == ""


def test_a_turn_end_written_as_eos_token_is_seen_without_an_eos() -> None:
    findings = lint(TemplateSource(text=chatml(end="eos_token")), use=Use.TRAINING)
    assert "no-turn-end" not in {one.rule for one in findings}


def test_a_further_stop_makes_the_turn_end_known() -> None:
    template = TemplateSource(text=SOUND)
    alone = lint(template, use=Use.SERVING, eos=EOS)
    both = lint(template, use=Use.SERVING, eos=EOS, stops=(TURN_END,))
    assert "eos-not-turn-end" in {one.rule for one in alone}
    assert "eos-not-turn-end" not in {one.rule for one in both}


def test_what_does_not_render_is_not_measured_rather_than_passed() -> None:
    findings = lint(TemplateSource(text="{{ raise_exception('never') }}"), use=Use.TRAINING)
    errors = [one.rule for one in findings if one.severity is not SKIPPED]
    skipped = {one.rule for one in findings if one.severity is SKIPPED}
    assert errors == ["does-not-render", "no-generation-markers"]
    assert {"no-turn-end", "system-dropped", "default-system-prompt"} <= skipped


def test_a_header_after_every_conversation_is_graver_in_training() -> None:
    template = chatml(prompt="{{ '<|im_start|>assistant\\n' }}")
    rule = "no-generation-prompt"
    assert found(template)[rule].severity is ERROR
    assert found(template, Use.SERVING)[rule].severity is WARNING


def test_a_question_that_opens_the_answer_is_only_an_information() -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
        "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"
    )
    finding = found(template, eos=EOS)["no-generation-prompt"]
    assert finding.severity is INFO
    assert "[/INST]" in finding.evidence


def test_white_space_alone_between_prompt_and_answer_is_milder() -> None:
    asks_with_space = chatml(
        prompt="{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n ' }}{% endif %}"
    )
    rule = "generation-prompt-not-prefix"
    assert found(asks_with_space)[rule].severity is WARNING
    other_header = chatml(prompt="{% if add_generation_prompt %}{{ '<|model|>' }}{% endif %}")
    assert found(other_header)[rule].severity is ERROR


def test_tools_that_were_never_claimed_are_only_an_information() -> None:
    refuses = "{% if message['role'] not in ['user', 'assistant', 'system'] %}"
    refuses += "{{ raise_exception('unknown role') }}{% endif %}"
    told = found(chatml(loop=refuses), Use.SERVING)
    assert told["tool-role-refused"].severity is INFO
    drops = "{% if message['role'] not in ['user', 'assistant', 'system'] %}{% continue %}"
    told = found(chatml(loop=drops + "{% endif %}"), Use.SERVING)
    assert told["tool-text-dropped"].severity is INFO


def test_tools_in_any_one_shape_are_support() -> None:
    arguments_as_text = WITH_TOOLS.replace(
        "{{ call.function.name }}", "{{ call.function.name + call.function.arguments }}"
    )
    told = found(arguments_as_text, Use.SERVING)
    assert not {"tool-role-refused", "tool-text-dropped"} & set(told)


def test_reasoning_fields_that_were_never_claimed_are_not_missed() -> None:
    assert "final-thinking-deleted" not in found(SOUND)


def test_text_that_was_injected_is_shown() -> None:
    injected = "{{ 'Be brave, be quick, be brief and be good.' }}" + SOUND
    assert "Be brave, be quick" in found(injected)["default-system-prompt"].evidence


def test_evidence_quotes_what_a_terminal_would_obey() -> None:
    evil = chatml(opening="'\\x1b[2J\\u202e' + message['role']", end="''")
    for finding in found(evil).values():
        assert "\x1b" not in finding.evidence
        assert "\u202e" not in finding.evidence


def test_a_template_for_parts_is_examined_in_parts() -> None:
    for_parts = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
    for_parts += "{% for part in message['content'] %}{{ part['text'] }}{% endfor %}"
    for_parts += "{{ '<|im_end|>' }}{% endfor %}"
    told = found(for_parts)
    assert told["text-content-lost"].severity is WARNING
    assert told["no-generation-prompt"].severity is ERROR
    assert not {"no-turn-end", "system-dropped", "does-not-render"} & set(told)


def test_marks_are_not_asked_of_a_template_that_is_served() -> None:
    assert "no-generation-markers" not in found(unmarked_chatml(), Use.SERVING)
