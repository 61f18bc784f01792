import re

import pytest

from headstart.forge.world.names import (
    SORTS,
    Owner,
    clock,
    code,
    date,
    entity_name,
    one_off_name,
    one_off_person,
    one_off_place,
    owner_of,
    price,
    seeded,
)


def test_equal_seeds_and_purposes_draw_equally_and_others_do_not() -> None:
    first, again, other = seeded(1, "a"), seeded(1, "a"), seeded(1, "b")
    drawn = [one_off_person(first) for _ in range(20)]
    assert drawn == [one_off_person(again) for _ in range(20)]
    assert drawn != [one_off_person(other) for _ in range(20)]


@pytest.mark.parametrize("owner", list(Owner))
@pytest.mark.parametrize("sort", SORTS)
def test_a_name_is_owned_by_whom_it_was_made_for(sort: str, owner: Owner) -> None:
    rng = seeded(0, sort)
    assert {owner_of(entity_name(rng, sort, owner)) for _ in range(50)} == {owner}


def test_one_off_names_belong_to_no_world_and_are_not_unknown() -> None:
    rng = seeded(0, "one-off")
    names = [make(rng) for make in (one_off_person, one_off_name, one_off_place) for _ in range(99)]
    assert {owner_of(name) for name in names} == {Owner.ONE_OFF}


@pytest.mark.parametrize("sort", SORTS)
def test_names_of_a_sort_are_many(sort: str) -> None:
    rng = seeded(0, sort)
    drawn = {entity_name(rng, sort, Owner.UNKNOWN) for _ in range(2000)}
    assert len(drawn) > 1700


def test_one_off_names_hardly_ever_come_twice() -> None:
    rng = seeded(0, "many")
    assert len({one_off_name(rng) for _ in range(3000)}) > 2850


def test_lower_case_names_begin_with_a_consonant_so_that_a_is_right() -> None:
    rng = seeded(0, "articles")
    for sort in ("animal", "plant", "tool"):
        for _ in range(200):
            name = entity_name(rng, sort, Owner.WORLD)
            assert re.fullmatch(r"the [^aeiou][a-z]+", name), name


def test_numbers_dates_and_codes_have_their_forms() -> None:
    rng = seeded(0, "forms")
    for _ in range(200):
        assert re.fullmatch(r"\d{1,2}(\.50)?", price(rng))
        assert re.fullmatch(r"([1-9]|1\d|2[0-8]) [A-Z][a-z]+", date(rng))
        assert re.fullmatch(r"\d{1,2}:(00|15|30|45)", clock(rng))
        assert re.fullmatch(r"[A-Z]{2}-\d{3}", code(rng))
