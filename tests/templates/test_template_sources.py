import pytest
from planted import SOUND, chatml

from headstart.domain.template import Severity, TemplateSource
from headstart.errors import CheckpointBroken
from headstart.templates.sources import compare, differing, named_templates


def test_one_text_is_the_default_template() -> None:
    (only,) = named_templates(SOUND, "tokenizer_config.json")
    assert (only.name, only.source, only.text) == ("default", "tokenizer_config.json", SOUND)


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_nothing_is_no_template_and_no_fault(value: str | None) -> None:
    assert named_templates(value, "tokenizer_config.json") == ()
    assert compare(()) == ()


def test_named_templates_keep_their_names() -> None:
    value = [{"name": "default", "template": SOUND}, {"name": "tool_use", "template": "x"}]
    found = named_templates(value, "tokenizer_config.json")
    assert [one.name for one in found] == ["default", "tool_use"]
    assert compare(found) == ()


def test_no_default_among_named_templates_is_an_error() -> None:
    found = named_templates([{"name": "rag", "template": SOUND}], "tokenizer_config.json")
    (finding,) = compare(found)
    assert (finding.rule, finding.severity) == ("no-default-template", Severity.ERROR)
    assert "'rag'" in finding.evidence


def test_a_default_in_another_place_is_enough() -> None:
    named = named_templates([{"name": "rag", "template": SOUND}], "tokenizer_config.json")
    assert compare([*named, TemplateSource(source="chat_template.jinja", text=SOUND)]) == ()


@pytest.mark.parametrize(
    "value",
    [7, ["text"], [{"name": "default"}], [{"name": 1, "template": "x"}]],
)
def test_a_value_of_another_shape_is_a_broken_checkpoint(value: object) -> None:
    with pytest.raises(CheckpointBroken, match=r"tokenizer_config\.json"):
        named_templates(value, "tokenizer_config.json")


def test_a_name_that_stands_twice_is_a_broken_checkpoint() -> None:
    twice = [{"name": "default", "template": "x"}, {"name": "default", "template": "y"}]
    with pytest.raises(CheckpointBroken, match="twice"):
        named_templates(twice, "tokenizer_config.json")


def test_places_that_disagree_are_graver_where_renders_differ() -> None:
    here = TemplateSource(source="chat_template.jinja", text=SOUND)
    alike = TemplateSource(source="model.gguf", text=SOUND + "{# the same #}")
    other = TemplateSource(source="model.gguf", text=chatml(end="'</s>'"))
    (same,) = compare([here, alike])
    (different,) = compare([here, other])
    assert (same.rule, same.severity) == ("sources-disagree", Severity.INFO)
    assert (different.rule, different.severity) == ("sources-disagree", Severity.WARNING)
    assert "chat_template.jinja" in different.evidence
    assert "model.gguf" in different.evidence


def test_places_that_agree_are_not_told() -> None:
    places = [TemplateSource(source=name, text=SOUND) for name in ("a.jinja", "b.json")]
    assert compare(places) == ()


def test_templates_differ_exactly_where_their_renders_do() -> None:
    assert differing(SOUND, SOUND + "{# the same #}") == ()
    asked = chatml(prompt="{% if add_generation_prompt %}{{ 'answer:' }}{% endif %}")
    assert differing(SOUND, asked) == ("U asked", "U asked later", "SU asked", "UAU asked")
