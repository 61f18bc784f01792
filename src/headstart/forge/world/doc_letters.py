"""Letters and diaries of one-off people who live in the land."""

from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.grammar import Rules, expand
from headstart.forge.world.source import Rounds, Source
from headstart.forge.world.wording import sentence

GREETINGS = (
    "Dear {you},", "My dear {you},", "Dear cousin {you},", "Dear Aunt {you},", "Good {you},",
    "To {you}, with many greetings,", "Dear old friend,", "Hello {you},",
)  # fmt: skip
OPENINGS = (
    "Thank you for your letter of {date}.",
    "It is a long time since I wrote, and I am sorry.",
    "I am writing to you from {town}.",
    "You asked how I am. I am {glad}.",
    "At last I have found a pen and a quiet hour.",
    "{Weather}, so I have time for a letter.",
    "How are you, and how is your {beast}?",
    "I hope that this letter finds you well.",
    "Guess where I am: in {town}!",
)
NEWS = (
    "Yesterday I met {friend} at the {place}, who sends you greetings.",
    "{friend} has bought {a!thing} and talks of nothing else.",
    "My {thing} broke, and I had to {chore} without it.",
    "We have a new {beast}, and the children call it {pet}.",
    "On {day} there was music at the {place}, and I danced until my shoes gave up.",
    "The roof leaks again, but {friend} has promised to look at it.",
    "I have learnt to {chore}, and I am rather good at it.",
    "Your brother still owes me {count} coins. Please remind him.",
    "I paid {count} coins for {a!thing}. Was that too much?",
    "Every morning I {chore}, and every evening I fall asleep over my book.",
    "The {thing} you gave me stands by my bed.",
    "I have been {sad} since {friend} moved away, but it gets better.",
    "There was an accident with {a!thing}, but nobody was hurt.",
    "{Weather} on {day}, and we all stayed in the kitchen.",
    "Next month I shall be {age}. I do not feel it.",
    "Do you remember the {place}? It has been painted green.",
    "I saw {a!beast} on the roof this morning. It saw me too.",
)
FACT_LEADS = (
    "Here is what I have learnt:", "You wanted to know about the land.", "They told me this:",
    "Now for something useful.", "I have also found out a few things.", "Did you know?",
    "For your notebook:",
)  # fmt: skip
WISHES = (
    "Please send me {a!thing} if you can spare one.",
    "Come and see me in {month}.",
    "Write soon, and tell me about the {beast}.",
    "Could you {chore} at my house while I am away?",
    "Give my love to {friend} and to the whole house.",
    "If you come, bring your {thing}.",
    "I shall be home on {date}.",
    "Do not forget to {chore}.",
)
CLOSINGS = (
    "With love,", "Yours,", "Many greetings from", "Until we meet,", "Your friend",
    "Always yours,", "In haste,", "Warmly,",
)  # fmt: skip
AFTERWORDS = (
    "The pen is nearly empty.", "{friend} has just come in and says hello.",
    "I have put a leaf into the letter.", "Burn this, or {friend} will laugh at me.",
    "The stamp cost {count} coins!", "I almost forgot: the {thing} is for you.",
)  # fmt: skip

DIARY = (
    "{Weather}.",
    "Got up early to {chore}.",
    "Could not {chore}, because the {thing} was gone.",
    "Met {friend} at the {place}. We talked for an hour about {a!thing}.",
    "{friend} came by with {a!beast}.",
    "Ate too much and slept badly.",
    "Spent {count} coins on {a!thing}. I regret nothing.",
    "Was {sad} all morning and {glad} all afternoon.",
    "Lost my {thing} and found it in my other coat.",
    "Read until the lamp went out.",
    "Must remember to {chore} tomorrow.",
    "Nobody came to the {place} today.",
    "{friend} is angry with me about the {thing}.",
    "Made up with {friend} over a plate of cheese.",
    "Dreamt of {a!beast} that could talk. It only talked about the weather.",
    "Walked as far as the {place} and back.",
    "My knee hurts, which means rain.",
    "A letter came for me, but I have not opened it.",
    "Everyone says that I look well. I do not trust it.",
    "The stove smoked until I opened both windows.",
    "Sold {a!thing} to a stranger with a red nose.",
    "Tried to {chore} and gave up after an hour.",
    "{friend} is learning the fiddle. I am learning patience.",
    "Had soup, then more soup.",
    "Somebody had left {a!thing} on my doorstep. Who?",
    "Counted my coins twice: {*coins}, and again {coins}.",
    "Saw {a!beast} asleep in the middle of the road.",
    "The neighbours are painting their door again.",
    "Helped {friend} to {chore}.",
    "Quiet day. Nothing to report but a sneeze.",
    "Bought new laces, and one broke at once.",
    "{friend} asked me a riddle, and I am still thinking.",
    "Stood in line at the {place} and heard all the gossip.",
    "Cut my finger on {a!thing}. It is nothing.",
    "The bread did not rise, and neither did I.",
    "Sang in the bath. The dog left.",
    "Someone has moved my {thing} again.",
    "Planted beans behind the house.",
    "Wrote half a letter to {friend}.",
    "Old shoes, wet road, long face.",
    "Won {count} coins at cards and bought cake for all.",
)

PARTS: Rules = {
    "thing": lexicon.THINGS,
    "place": lexicon.PLACES,
    "beast": lexicon.BEASTS,
    "glad": lexicon.GLAD,
    "sad": lexicon.SAD,
    "weather": lexicon.WEATHERS,
    "chore": lexicon.CHORES,
    "day": names.WEEKDAYS,
    "month": names.MONTHS,
    "count": tuple(str(number) for number in range(2, 41)),
    "coins": tuple(str(number) for number in range(2, 60)),
    "age": tuple(str(number) for number in range(17, 81)),
}


def _given(source: Source) -> dict[str, str]:
    rng = source.rng
    return {
        "you": names.one_off_person(rng).split()[0],
        "friend": names.one_off_person(rng),
        "pet": names.one_off_name(rng),
        "town": source.entity("town").name,
        "date": names.date(rng),
    }


def letter(source: Source) -> str:
    """A letter with news, a few facts about the land, wishes and a signature."""
    rng = source.rng
    given = _given(source)

    news = Rounds(NEWS, rng)

    def some(frames: tuple[str, ...], count: int) -> str:
        chosen = (
            [news.take() for _ in range(count)] if frames is NEWS else rng.sample(frames, count)
        )
        return " ".join(expand(frame, rng, PARTS, given) for frame in chosen)

    facts = _facts(source)
    parts = [some(OPENINGS, 1) + " " + some(NEWS, rng.randint(4, 6))]
    parts.append(f"{some(FACT_LEADS, 1)} {facts}")
    parts.append(f"{some(NEWS, rng.randint(2, 3))} {some(WISHES, rng.randint(2, 3))}")
    if rng.random() < 0.3:
        parts[0], parts[1] = parts[1], parts[0]
    signed = f"{rng.choice(CLOSINGS)}\n{names.one_off_person(rng)}"
    letter_text = [some(GREETINGS, 1), *parts, signed]
    if rng.random() < 0.3:
        letter_text.append(f"P.S. {some(AFTERWORDS, 1)}")
    if rng.random() < 0.4:
        letter_text.insert(0, f"{given['town']}, {names.date(rng)}")
    return "\n\n".join(letter_text)


def _facts(source: Source) -> str:
    if source.rng.random() < 0.5:
        return " ".join(source.statement() for _ in range(source.rng.randint(3, 5)))
    facts = list(source.world.facts_about[source.entity().name])
    source.rng.shuffle(facts)
    follow_ups = [source.follow_up(fact) for fact in facts[1:]]
    return " ".join([source.state(facts[0]), *follow_ups])


def diary(source: Source) -> str:
    """Entries of several days in one hand."""
    rng = source.rng
    day, month = rng.randint(1, 12), rng.choice(names.MONTHS)
    weekday = rng.randrange(7)
    style = rng.randrange(3)
    friends = [names.one_off_person(rng).split()[0] for _ in range(3)]
    frames = Rounds(DIARY, rng)
    entries: list[str] = []
    while sum(map(len, entries)) < 950:
        dated = _dated(style, day, month, weekday)
        entries.append(dated + _day(source, frames, rng.choice(friends)))
        step = rng.randint(1, 2)
        day, weekday = day + step, (weekday + step) % 7
    return "\n\n".join(entries)


def _dated(style: int, day: int, month: str, weekday: int) -> str:
    if style == 0:
        return f"{day} {month}. "
    if style == 1:
        return f"{names.WEEKDAYS[weekday]}, {day} {month}\n"
    return f"{names.WEEKDAYS[weekday]}. "


def _day(source: Source, frames: Rounds[str], friend: str) -> str:
    rng = source.rng
    given = {"friend": friend}
    lines = [expand(frames.take(), rng, PARTS, given) for _ in range(rng.randint(3, 5))]
    if rng.random() < 0.6:
        lines.insert(rng.randint(1, len(lines)), _learnt(rng, source.statement()))
    return " ".join(lines)


def _learnt(rng: Random, statement: str) -> str:
    return sentence(
        rng.choice(("Learnt today: ", "Note: ", "They say: ", "", "Heard it again: ")) + statement
    )
