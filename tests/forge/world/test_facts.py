import re
from collections import Counter
from itertools import product

import pytest

from headstart.forge.world.facts import (
    COMPLETIONS,
    KEPT_WORDINGS,
    QUESTIONS,
    RELATIONS,
    STATEMENTS,
    World,
    ask,
    asked_wordings,
    completion,
    distractors,
    follow_up,
    is_held_out,
    kept_from_sft,
    kept_wordings,
    make_world,
    state,
    taught_wordings,
    unknown_name,
)
from headstart.forge.world.names import SORTS, owner_of, seeded
from headstart.forge.world.values import TRADES

SEEDS = range(4)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(0)


def test_equal_seeds_make_equal_worlds_and_others_do_not() -> None:
    assert make_world(3) == make_world(3)
    assert make_world(3).facts != make_world(4).facts


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_has_the_promised_size(seed: int) -> None:
    world = make_world(seed)
    assert len(world.entities) == 250
    assert len(world.facts) == 1152
    assert {entity.sort for entity in world.entities} == set(SORTS)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_entities_share_a_name_and_no_fact_has_two_values(seed: int) -> None:
    world = make_world(seed)
    assert max(Counter(entity.name for entity in world.entities).values()) == 1
    assert max(Counter(fact.id for fact in world.facts).values()) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_every_entity_has_every_fact_of_its_sort(seed: int) -> None:
    world = make_world(seed)
    for entity in world.entities:
        relations = [fact.relation for fact in world.facts_about[entity.name]]
        expected = [name for name in RELATIONS if name.startswith(f"{entity.sort}_")]
        assert sorted(relations) == sorted(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_that_are_entities_exist_and_make_sense(seed: int) -> None:
    world = make_world(seed)
    value = {fact.id: fact.value for fact in world.facts}
    for town in (entity.name for entity in world.of_sort("town")):
        river, mayor = value[f"town_river:{town}"], value[f"town_mayor:{town}"]
        assert value[f"river_region:{river}"] == value[f"town_region:{town}"]
        assert value[f"person_home:{mayor}"] == town
    for river in (entity.name for entity in world.of_sort("river")):
        assert value[f"town_river:{value[f'river_mouth:{river}']}"] == river
    for tool in (entity.name for entity in world.of_sort("tool")):
        assert value[f"tool_use:{tool}"] in TRADES[value[f"tool_trade:{tool}"]]
    for person in (entity.name for entity in world.of_sort("person")):
        assert value[f"person_dish:{person}"] in world.by_name
        assert f"the {value[f'person_pet:{person}']}" in world.by_name


@pytest.mark.parametrize("name", RELATIONS)
def test_every_relation_has_enough_wordings_each_of_them_once(name: str) -> None:
    relation = RELATIONS[name]
    assert len(set(relation.statements)) == len(relation.statements) >= 5
    assert len(set(relation.questions)) == len(relation.questions) >= 4 + KEPT_WORDINGS
    assert all(text.count("{s}") == 1 and text.endswith("?") for text in relation.questions)
    assert all(text.count("{s}") == text.count("{v}") == 1 for text in relation.statements)
    assert all(text.count("{v}") == 1 and "{s}" not in text for text in relation.follow_ups)


def test_two_wordings_of_each_relation_are_kept_and_not_the_same_ones_everywhere() -> None:
    for name in RELATIONS:
        everything = sorted((*kept_wordings(name), *taught_wordings(name)))
        assert everything == list(range(len(QUESTIONS[name])))
        assert len(kept_wordings(name)) == KEPT_WORDINGS
    counts = Counter(wording for name in RELATIONS for wording in kept_wordings(name))
    assert max(counts.values()) < len(RELATIONS) / 2


def test_a_question_names_its_relation_unmistakably() -> None:
    for sort in SORTS:
        texts = [q for name in RELATIONS if name.startswith(f"{sort}_") for q in QUESTIONS[name]]
        assert max(Counter(texts).values()) == 1


def test_a_completion_prefix_names_its_relation_unmistakably(world: World) -> None:
    prefixes = [completion(fact, wording) for fact in world.facts for wording in COMPLETIONS]
    statements = [(state(fact, wording), fact) for fact in world.facts for wording in COMPLETIONS]
    assert max(Counter(prefixes).values()) == 1
    for prefix, (text, fact) in zip(prefixes, statements, strict=True):
        assert text.startswith(f"{prefix} {fact.value}")
    for sort in SORTS:
        own = world.facts_about[world.of_sort(sort)[0].name]
        told = [(fact, state(fact, i)) for fact in own for i in range(6)]
        for fact in own:
            for prefix in (completion(fact, wording) for wording in COMPLETIONS):
                assert not [
                    text for other, text in told if text.startswith(prefix + " ") and other != fact
                ]


def test_a_wording_without_the_value_at_its_end_completes_nothing(world: World) -> None:
    with pytest.raises(ValueError, match="does not end with its value"):
        completion(world.facts[0], max(COMPLETIONS) + 1)


def test_sentences_are_capitalised_and_name_what_they_state(world: World) -> None:
    for fact in world.facts:
        told = [state(fact, wording) for wording in range(len(STATEMENTS[fact.relation]))]
        for text in told:
            assert fact.subject.removeprefix("the ") in text
            assert fact.value.removeprefix("the ").lower() in text.lower()
            assert text[0].isupper()
            assert not re.search(r"\ba [aeiou]|\ban [^aeiou]|the the|[{}]", text), text
        pronoun = world.by_name[fact.subject].pronoun
        for wording in range(len(RELATIONS[fact.relation].follow_ups)):
            text = follow_up(fact, wording, pronoun)
            assert text[0].isupper()
            assert "{" not in text


def test_about_one_question_in_six_is_held_out_and_every_fact_can_be_asked(world: World) -> None:
    pairs = list(product(world.facts, range(7)))
    share = sum(is_held_out(fact, wording) for fact, wording in pairs) / len(pairs)
    assert 0.14 < share < 0.19
    for fact in world.facts:
        assert set(asked_wordings(fact)) == {i for i in range(7) if not is_held_out(fact, i)}
        assert asked_wordings(fact)


def test_about_a_third_of_the_facts_is_kept_from_sft(world: World) -> None:
    assert 0.26 < sum(map(kept_from_sft, world.facts)) / len(world.facts) < 0.34


def test_what_is_held_out_stays_so_for_ever(world: World) -> None:
    fact = world.facts[0]
    assert fact.id == f"{fact.relation}:{fact.subject}"
    chosen = [(f.subject, i) for f in world.facts[:6] for i in range(7) if is_held_out(f, i)]
    again = [(f.subject, i) for f in make_world(0).facts[:6] for i in range(7) if is_held_out(f, i)]
    assert chosen == again != []


def test_distractors_are_wrong_distinct_and_of_the_same_kind(world: World) -> None:
    rng = seeded(0, "distractors")
    for fact in world.facts:
        wrong = distractors(world, fact, rng, 3)
        assert fact.value not in wrong
        assert len(set(wrong)) == 3
        assert set(wrong) <= set(world.values[fact.relation])


def test_more_distractors_than_there_are_is_an_error(world: World) -> None:
    with pytest.raises(ValueError, match="larger than population"):
        distractors(world, world.facts[0], seeded(0, "x"), 1000)


def test_an_unknown_name_looks_like_a_known_one_but_is_in_no_world() -> None:
    known = {entity.name for seed in SEEDS for entity in make_world(seed).entities}
    rng = seeded(0, "unknown")
    for sort in SORTS:
        unknown = {unknown_name(rng, sort) for _ in range(400)}
        assert not unknown & known
        assert not {owner_of(name) for name in unknown} & {owner_of(name) for name in known}


def test_no_two_questions_of_a_world_read_alike(world: World) -> None:
    texts = Counter(ask(fact, wording) for fact in world.facts for wording in range(7))
    assert max(texts.values()) == 1
