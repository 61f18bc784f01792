"""What the user names, and what can be asked of it."""

from pathlib import Path

import pytest
from serving import serve
from tiny import save_tiny
from toy_voices import ToyVoice

from headstart.domain.tax import Battery, Mode
from headstart.errors import RequestError
from headstart.tax.subjects import Subject, asked_of, beside_base, no_shift, resolve_subjects

SERVED = {"data": [{"id": "far"}]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("subjects")
    save_tiny(room / "base", template=None, seed=1)
    save_tiny(room / "chat", seed=2)
    return room


def two(folder: Path) -> tuple[Subject, ...]:
    return resolve_subjects([str(folder / "base"), f"mine={folder / 'chat'}"])


def test_checkpoints_and_servers_stand_in_the_order_given(folder: Path) -> None:
    with serve(lambda *_: (200, {}, SERVED)) as url:
        found = resolve_subjects([f"a={folder / 'base'}", url, f"c={folder / 'chat'}"])
    assert [each.name for each in found] == ["a", "far", "c"]
    assert [each.served is None for each in found] == [True, False, True]
    assert found[1].template is None
    assert len({each.fingerprint for each in found}) == 3


def test_one_alone_is_no_base(folder: Path) -> None:
    alone = resolve_subjects([str(folder / "chat")])
    assert tuple(beside_base(alone)) == alone
    asked = asked_of(alone[0], alone, None, has_template=True, is_given=False)
    assert asked.intended is Mode.TEMPLATE
    assert beside_base(two(folder)) == two(folder)[1:]


def test_none_and_two_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(RequestError, match="no checkpoint is given"):
        resolve_subjects([])
    with serve(lambda *_: (200, {}, SERVED)) as url, pytest.raises(RequestError, match="'far'"):
        resolve_subjects([url, f"far={folder / 'base'}"])


def test_shift_needs_one_vocabulary_and_loaded_weights(folder: Path) -> None:
    base, chat = two(folder)
    assert no_shift(base, chat) is None
    assert chat.checkpoint is not None
    other = chat.checkpoint.model_copy(update={"tokenizer_fingerprint": "x"})
    told = no_shift(base, Subject("other", "", other, None))
    assert told is not None
    assert "vocabulary is not that of base" in told
    with serve(lambda *_: (200, {}, SERVED)) as url:
        far = resolve_subjects([url, str(folder / "base")])[0]
    assert "served" in (no_shift(base, far) or "")


def test_each_is_meant_for_what_it_ships(folder: Path) -> None:
    subjects = two(folder)
    base, chat = (
        asked_of(each, subjects, None, has_template=True, is_given=False) for each in subjects
    )
    assert (base.intended, chat.intended) == (Mode.RAW, Mode.TEMPLATE)
    assert base.modes == chat.modes == tuple(Mode)
    assert chat.batteries == frozenset(Battery)
    bare = asked_of(subjects[1], subjects, None, has_template=False, is_given=False)
    assert bare.modes == (Mode.RAW,)


def test_a_template_that_is_given_is_meant_for_all_but_the_base(folder: Path) -> None:
    subjects = resolve_subjects([f"a={folder / 'base'}", f"b={folder / 'base'}"])
    found = [asked_of(s, subjects, None, has_template=True, is_given=True) for s in subjects]
    assert [each.intended for each in found] == [Mode.RAW, Mode.TEMPLATE]


def test_a_server_is_asked_for_what_it_tells(folder: Path) -> None:
    with serve(lambda *_: (200, {}, SERVED)) as url:
        mixed = resolve_subjects([str(folder / "base"), url])
        alone = resolve_subjects([f"a={url}", f"b={url}"])
    spoken = asked_of(mixed[1], mixed, None, has_template=True, is_given=False).batteries
    scored = asked_of(mixed[1], mixed, ToyVoice(), has_template=True, is_given=False)
    assert spoken == {Battery.SAFE, Battery.UNSAFE, Battery.INSTRUCTIONS, Battery.SAMPLES}
    assert scored.batteries - spoken == {Battery.CHOICES}
    assert (Battery.CHOICES, Mode.TEMPLATE) in scored.without
    both = asked_of(alone[1], alone, ToyVoice(), has_template=True, is_given=False).batteries
    assert both - spoken == {Battery.CHOICES, Battery.PASSAGES}
