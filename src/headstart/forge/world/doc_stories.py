"""Short stories with one-off heroes, set in the towns of the land."""

from itertools import pairwise
from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.facts import Entity
from headstart.forge.world.grammar import expand
from headstart.forge.world.source import Source
from headstart.forge.world.story_arcs import ARCS
from headstart.forge.world.story_parts import COMPANY, CRAFTS, MORALS, PARTS, PAUSES, TITLES
from headstart.forge.world.wording import sentence

_FORMS = {"she": ("she", "her", "her"), "he": ("he", "him", "his")}


def story(source: Source) -> str:
    """One story, with a few true sentences about the town it is set in."""
    rng = source.rng
    town = source.entity("town")
    given = cast(rng) | {"town": town.name, "town2": source.entity("town").name}
    beats = [expand(rng.choice(beat), rng, PARTS, given) for beat in rng.choice(ARCS)]
    for pauses, start in ((COMPANY, len(beats) // 2 + 1), (PAUSES, 2)):
        for pause in rng.sample(pauses, rng.randint(1, 3)):
            place = rng.randint(start, len(beats) - 1)
            beats.insert(place, expand(pause, rng, PARTS, given))
    beats.insert(1, _setting(source, town))
    if rng.random() < 0.5:
        beats.append(expand(rng.choice(MORALS), rng, PARTS, given))
    body = _paragraphs(rng, [sentence(beat) for beat in beats])
    if rng.random() < 0.5:
        return body
    titles = [title for title in TITLES if "thing" in given or "{thing}" not in title]
    return f"{sentence(expand(rng.choice(titles), rng, PARTS, given))}\n\n{body}"


def cast(rng: Random) -> dict[str, str]:
    """First names of one-off people with their pronouns, and the props of a story."""
    pronouns = {role: rng.choice(("she", "he")) for role in ("hero", "friend", "elder", "kid")}
    given = {role: names.first_name(rng, pronoun) for role, pronoun in pronouns.items()}
    they, them, their = _FORMS[pronouns["hero"]]
    given |= {"they": they, "them": them, "their": their}
    given |= {f"{role}_they": pronouns[role] for role in ("friend", "elder")}
    given |= {f"{role}_their": _FORMS[pronouns[role]][2] for role in ("friend", "elder")}
    given["craft"] = rng.choice(CRAFTS)
    given["beast"], given["beast2"] = rng.sample(lexicon.BEASTS, 2)
    given["place2"], given["place3"] = rng.sample(lexicon.PLACES, 2)
    return given


def _setting(source: Source, town: Entity) -> str:
    """One or two facts about the town as the story's narrator tells them."""
    one, two = source.rng.sample(source.world.facts_about[town.name], 2)
    told = source.state(one)
    return f"{told} {source.follow_up(two)}" if source.rng.random() < 0.5 else told


def _paragraphs(rng: Random, sentences: list[str]) -> str:
    """The sentences in two to four paragraphs."""
    cuts = sorted(rng.sample(range(2, len(sentences) - 1), rng.randint(1, 3)))
    edges = [0, *cuts, len(sentences)]
    return "\n\n".join(" ".join(sentences[start:end]) for start, end in pairwise(edges))
