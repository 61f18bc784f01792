"""Formats and warnings of a run, from what inspection says of its checkpoints."""

from pathlib import Path

import pytest
from planted import SOUND
from synthetic import CHATML, END, SPECIALS, TURN_END, moved, save, tensors
from toy_trials import checkpoint

from headstart.checkpoints.inspection import inspect
from headstart.domain.evidence import Inspection, Kind
from headstart.domain.plan import Format, StartSpec
from headstart.domain.task import Shape
from headstart.errors import AuditFailed
from headstart.preflight import TemplateLint
from headstart.trials.forewarned import inspection_notes, require_harmless
from headstart.trials.starts import choose_starts

ENDS = [SPECIALS.index(TURN_END), SPECIALS.index(END)]
BASE = tensors(trained=False)
HANGS = "{% for a in range(9999) %}{{ range(99999)|map('string')|list|length }}{% endfor %}"
WALKS = SOUND + "{{ messages.__class__ }}"


def seen(folder: Path, *, trained: bool, template: str | None) -> Inspection:
    held = moved(BASE, by=0.05) if trained else BASE
    eos = TURN_END if trained else END
    generation = ENDS if trained else None
    save(folder, held, template=template, eos=eos, generation=generation)
    return inspect(str(folder), lint=TemplateLint())


def starts(found: Inspection, template: str | None = CHATML) -> tuple[StartSpec, ...]:
    return choose_starts([checkpoint("one", template)], (), Shape.SHORT_ANSWER, {"one": found})


def test_a_base_is_not_tried_in_a_template_that_it_was_never_trained_in(tmp_path: Path) -> None:
    found = seen(tmp_path, trained=False, template=CHATML)
    assert found.kind is Kind.BASE
    (start,) = starts(found)
    assert (start.name, start.format, start.template_from) == ("one-raw", Format.RAW, None)
    assert "by turn-rows" in start.rule
    assert "never trained" in start.rule
    (flag,) = (note for note in inspection_notes([start], {"one": found}) if "base" in note)
    assert flag.startswith("one: a base checkpoint that ships a chat template")


def test_an_instruct_and_an_undecided_one_are_tried_in_their_template(tmp_path: Path) -> None:
    for name, trained, kind in (("i", True, Kind.INSTRUCT), ("u", True, Kind.UNDECIDED)):
        found = seen(tmp_path / name, trained=trained, template=CHATML)
        (start,) = starts(found.model_copy(update={"kind": kind}))
        assert start.format is Format.CHAT
    assert (
        inspection_notes([start], {"one": seen(tmp_path / "i", trained=True, template=CHATML)})
        == ()
    )


def test_what_was_asked_for_goes_before_what_was_found(tmp_path: Path) -> None:
    found = seen(tmp_path, trained=False, template=CHATML)
    (start,) = choose_starts(
        [checkpoint("one", CHATML)], ("one:chat",), Shape.SHORT_ANSWER, {"one": found}
    )
    assert start.format is Format.CHAT


def test_an_instruct_that_lost_its_template_is_told(tmp_path: Path) -> None:
    found = seen(tmp_path, trained=True, template=None)
    (start,) = starts(found, None)
    assert start.format is Format.RAW
    assert any("ships no chat template" in n for n in inspection_notes([start], {"one": found}))


def test_errors_of_a_template_in_use_are_told_and_of_others_not(tmp_path: Path) -> None:
    faulty = CHATML.replace("{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}", "")
    found = {"one": seen(tmp_path, trained=True, template=faulty)}
    chat = choose_starts([checkpoint("one", faulty)], ("one:chat",), Shape.SHORT_ANSWER, found)
    raw = choose_starts([checkpoint("one", faulty)], ("one:raw",), Shape.SHORT_ANSWER, found)
    assert any("add_generation_prompt" in note for note in inspection_notes(chat, found))
    assert not any("add_generation_prompt" in note for note in inspection_notes(raw, found))


@pytest.mark.parametrize("template", [HANGS, WALKS], ids=["hangs", "walks"])
def test_a_hostile_template_is_refused_with_another_way(template: str, tmp_path: Path) -> None:
    found = {"one": seen(tmp_path, trained=True, template=template)}
    of = [checkpoint("one", template)]
    (chat,) = choose_starts(of, ("one:chat",), Shape.SHORT_ANSWER, found)
    with pytest.raises(AuditFailed, match="not safe to use") as caught:
        require_harmless(chat, found)
    assert "--starts one:raw" in caught.value.hint
    (raw,) = choose_starts(of, ("one:raw",), Shape.SHORT_ANSWER, found)
    require_harmless(raw, found)


def test_a_sound_template_and_an_unseen_one_are_let_through(tmp_path: Path) -> None:
    found = {"one": seen(tmp_path, trained=True, template=CHATML)}
    (start,) = starts(found["one"])
    require_harmless(start, found)
    require_harmless(start, {})
