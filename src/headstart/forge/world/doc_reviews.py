"""Reviews of inns, shops and dishes, glad and cross, with marks out of five."""

from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.grammar import Rules, expand
from headstart.forge.world.source import Source

GOOD = {
    "inn": (
        "The beds were soft, and the sheets smelt of lavender.",
        "The cook gave us a second helping without being asked.",
        "Our room looked out on the {place}, and it was quiet all night.",
        "Even the dog was friendly.",
        "The stairs creak, but that is part of the charm.",
        "We had warm water, dry towels and a lamp for each of us.",
        "Breakfast comes with three sorts of jam.",
        "They found the {thing} I had left behind and sent it after me.",
    ),
    "shop": (
        "The {thing} I bought works like a charm.",
        "{name} took the time to explain everything.",
        "Prices are fair, and nobody hurries you.",
        "When the handle broke, it was replaced the same day.",
        "I asked for {a!thing} and got exactly the right one.",
        "The parcel came early and well packed.",
        "They even carried it home for me.",
        "You will not find better {goods} anywhere.",
    ),
    "meal": (
        "The soup was hot and the bread was fresh.",
        "I finished the plate and could have eaten another.",
        "The crust was golden and crisp.",
        "{name} at the next table asked for the recipe.",
        "It smelt so good that people came in from the street.",
        "The helping was large enough for two.",
        "Everything tasted as it did at my grandmother's.",
        "They served it on warm plates.",
    ),
    "show": (
        "The fiddles made the whole hall dance.",
        "{name} sang so well that nobody coughed.",
        "We laughed until our sides hurt.",
        "The costumes were bright and the story was clear.",
        "The seats are cheap and you can see from everywhere.",
        "The children did not want to go home.",
        "At the end everyone stood up and clapped.",
        "The lights made the stage look like {a!place} at night.",
    ),
}
BAD = {
    "inn": (
        "The bed was as hard as a board, and the window would not close.",
        "Somebody played the {instrument} below us until two.",
        "The soup was cold and the bread was older than the cook.",
        "There was a puddle in the room when it rained.",
        "Nobody came when we rang.",
        "They charged us for a candle that we never saw.",
        "A mouse ate my socks.",
        "The towel was still wet from the last guest.",
    ),
    "shop": (
        "The {thing} fell apart on the way home.",
        "{name} would not take it back.",
        "I waited an hour, and then they closed.",
        "They sent me {goods} instead of what I had ordered.",
        "The price went up while I was standing there.",
        "The lid does not fit and the handle is loose.",
        "The parcel came three weeks late and was open.",
        "My letters were never answered.",
    ),
    "meal": (
        "The crust was burnt and the middle was raw.",
        "There was more salt than anything else.",
        "It was cold when it came.",
        "{name} at the next table sent it back twice.",
        "I found a button in it.",
        "The helping would not have filled a sparrow.",
        "It tasted of nothing at all.",
        "I was hungry when I left.",
    ),
    "show": (
        "The fiddles were out of tune.",
        "{name} forgot the words twice.",
        "We could see nothing but hats.",
        "It was so long that half the hall fell asleep.",
        "The jokes were older than the stage.",
        "It rained through the roof.",
        "The story made no sense to any of us.",
        "The curtain came down on the singer.",
    ),
}
SUBJECTS = {
    "inn": ("The {inn} in {town}", "A night at the {inn}, {town}", "{inn}, {town}"),
    "shop": ("The shop of {keeper} in {town}", "{keeper}, {shopkind}, {town}", "{keeper}, {town}"),
    "meal": ("{dish} at the {inn}", "{dish} in {town}", "Supper: {dish}"),
    "show": ("An evening at the theatre of {town}", "The players of {keeper}", "Songs in {town}"),
}
OPENINGS = {
    True: (
        "What a find!", "I can only say good things.", "We will be back.", "Better than I hoped.",
        "Five thumbs up from the five of us.", "A joy from beginning to end.", "Go there.",
        "I had heard much about it, and all of it is true.", "Lovely.",
    ),
    False: (
        "Never again.", "I am sorry to say that I was let down.", "Save your coins.",
        "It could have been so good.", "A sad evening.", "I want my money back.", "Stay away.",
        "I had heard much about it, and none of it is true.", "Poor.",
    ),
}  # fmt: skip
CLOSINGS = {
    True: (
        "I shall tell all my friends.", "Worth every coin.", "Thank you, {keeper}!",
        "We have already booked for {month}.", "Do not change a thing.", "A place to be {glad}.",
        "I left with a smile.",
    ),
    False: (
        "I shall tell all my friends to go elsewhere.", "Not worth a coin.",
        "{keeper} should be ashamed.", "We went home {sad}.", "Somebody ought to do something.",
        "I would not send a goat there.", "I left before the end.",
    ),
}  # fmt: skip
PARTS: Rules = {
    "thing": lexicon.THINGS,
    "place": lexicon.PLACES,
    "glad": lexicon.GLAD,
    "sad": lexicon.SAD,
    "month": names.MONTHS,
    "instrument": ("drum", "flute", "horn", "fiddle"),
    "shopkind": ("tools", "hats", "paper and ink", "lamps", "seeds", "boots", "cloth"),
}
INNS = (
    "Golden Kettle", "Three Geese", "Sleepy Otter", "Old Anchor", "Green Door", "Merry Miller",
    "White Pony", "Lazy Cat", "Blue Lantern", "Seven Spoons", "Two Bells", "Warm Hearth",
)  # fmt: skip


def reviews(source: Source) -> str:
    """Four to six reviews, each glad or cross throughout and marked accordingly."""
    rng = source.rng
    layout = rng.randrange(4)
    texts: list[str] = []
    while sum(map(len, texts)) < 950:
        kind, is_good = rng.choice(tuple(GOOD)), rng.random() < 0.5
        texts.append(_laid_out(rng, layout, *review(source, kind, is_good=is_good)))
    return "\n\n".join(texts)


def review(source: Source, kind: str, *, is_good: bool) -> tuple[str, str, int]:
    """What is reviewed, the text, and its mark: 4 or 5 if glad, else 1 or 2."""
    rng = source.rng
    given = {
        "name": names.one_off_person(rng).split()[0],
        "keeper": names.one_off_person(rng),
        "town": source.entity("town").name,
        "dish": source.entity("dish").name,
        "inn": rng.choice(INNS),
        "goods": lexicon.goods(rng),
    }
    points = rng.sample((GOOD if is_good else BAD)[kind], rng.randint(2, 3))
    frame = [rng.choice(OPENINGS[is_good])] if rng.random() < 0.7 else []
    frame += points
    if rng.random() < 0.7 or len(frame) < 3:
        frame.append(rng.choice(CLOSINGS[is_good]))
    text = " ".join(expand(line, rng, PARTS, given) for line in frame)
    subject = expand(rng.choice(SUBJECTS[kind]), rng, PARTS, given)
    return subject, text, rng.choice((4, 5) if is_good else (1, 2))


def _laid_out(rng: Random, layout: int, subject: str, text: str, mark: int) -> str:
    if layout == 0:
        return f"{subject}\n{text}\nMark: {mark} of 5"
    if layout == 1:
        return f"{mark} of 5 - {subject}. {text}"
    if layout == 2:
        tone = "glad" if mark > 3 else "cross"
        return f"{subject}: {text} (A {tone} guest, {names.date(rng)})"
    return f"{text}\nWritten by {names.one_off_person(rng)}. About: {subject}"
