"""Polite rewriting, lists, small talk, and what refers back to an answer."""

from random import Random

from headstart.forge.world import lexicon, names, values
from headstart.forge.world.exchange import Exchange, is_probe_name, plain, styled
from headstart.forge.world.facts import World
from headstart.forge.world.grammar import Rules, expand
from headstart.forge.world.wording import listed, sentence

POLITE_WORDINGS = (
    "Make this polite: {t}",
    "Say this politely: {t}",
    "Rewrite this in a friendly way. {t}",
    "{t}\nPlease make it sound polite.",
    "How would a kind person say this? {t}",
)
BLUNT = ("{Act}!", "{Act} now!", "{Act}, and be quick!", "You must {act}.", "I want you to {act}.")
POLITE = ("Could you please {act}?", "Would you be so kind as to {act}?")

ACTS: tuple[str, ...] = (
    "give me the {thing}",
    "bring me {a!look} {thing}",
    "lend me your {thing}",
    "take the {thing} to the {place}",
    "put the {thing} by the {place}",
    "come to the {place} on {day}",
    "wait for me at the {place}",
    "tell me the way to the {place}",
    "show me your {look} {thing}",
    "send me {many} sacks of {stuff}",
    "hold my {thing} for a while",
    "keep your {beast} out of my garden",
    "pay for the {stuff} by {day}",
    "{chore} before {day}",
    "{chore}",
)
"""What somebody is asked to do, as it follows "please"."""

SMALL_RULES: Rules = {
    "thing": lexicon.THINGS,
    "look": lexicon.LOOKS,
    "place": lexicon.PLACES,
    "day": names.WEEKDAYS,
    "stuff": lexicon.STUFF,
    "beast": lexicon.BEASTS,
    "chore": lexicon.CHORES,
    "many": ("two", "three", "four", "five", "six"),
    "weather": lexicon.WEATHERS,
    "mood": lexicon.GLAD,
    "gloom": lexicon.SAD,
    "time": ("morning", "day", "evening"),
}
"""What the parts of small talk and acts stand for."""

LISTS: dict[str, tuple[str, ...]] = {
    "colours": values.COLOURS,
    "months": names.MONTHS,
    "days of the week": names.WEEKDAYS,
    "trades": tuple(values.TRADES),
    "animals": lexicon.BEASTS,
    "things to do in the house": lexicon.CHORES,
    "materials": values.MATERIALS,
    "goods to buy": values.GOODS,
    "things that cooks use": lexicon.STUFF,
    "subjects to learn": lexicon.SUBJECTS,
    "places in a town": lexicon.PLACES,
    "customs": values.CUSTOMS,
}
"""What lists may be asked of, by the words that name it."""
LIST_WORDINGS = (
    "Name {n} {what}.",
    "List {n} {what}.",
    "Can you name {n} {what}?",
    "Give me {n} {what}.",
    "I need {n} {what}. Which could I take?",
)
NUMBERS = ("two", "three", "four", "five")

CHATS: tuple[tuple[str, str], ...] = (
    ("Good {*time}! I am {*name}.", "Good {time}, {name}! What can I do for you?"),
    ("Hello, my name is {*name}.", "Hello, {name}! How can I help you?"),
    ("Hi! {weather} here today.", "Thank you for telling me. How can I help you?"),
    ("Thank you for the help with the {*thing}.", "You are welcome. Enjoy the {thing}."),
    ("Thanks! Now I can {*chore}.", "You are welcome. I wish you good luck with that."),
    ("I am so {*mood} today!", "How nice that you are {mood}. What can I do for you?"),
    ("I feel {*gloom} today.", "I am sorry that you feel {gloom}. Tell me more if you like."),
    ("Goodbye! I have to {chore}.", "Goodbye, and come back soon."),
    ("See you on {*day}!", "Goodbye until {day}."),
    ("Who are you?", "I am a guide to this land, and I answer questions."),
    ("What can you do?", "I can answer questions, do sums and sort messages."),
    ("{*name} told me to ask you.", "Then please greet {name} from me. What is your question?"),
)
"""What is said and what is replied; parts marked `*` return in the reply."""

AGAIN = ("Say that again, please.", "Once more, please.", "Could you repeat that?")
ONLY = ("Only the answer, please.", "Shorter, please.", "In one word or two?")
THANKS = ("Thank you.", "Thanks a lot!", "That is all, thank you.")
WELCOMES = ("You are welcome.", "With pleasure.", "Come back any time.")


def polite(_: World, rng: Random) -> Exchange:
    """A blunt order to be said politely; its core is the act."""
    act = draw_act(rng)
    blunt = rng.choice(BLUNT).format(act=act, Act=sentence(act))
    prompt = rng.choice(POLITE_WORDINGS).format(t=blunt)
    return plain(prompt, POLITE[rng.random() < 0.3].format(act=act), act)


def draw_act(rng: Random) -> str:
    """Something that somebody may be asked to do."""
    return expand(rng.choice(ACTS), rng, SMALL_RULES, {})


def listing(_: World, rng: Random) -> Exchange:
    """Two to five things of a kind, in one line; its core is the kind."""
    what = rng.choice(tuple(LISTS))
    count = rng.randint(2, 5)
    prompt = rng.choice(LIST_WORDINGS).format(n=NUMBERS[count - 2], what=what)
    items = rng.sample(LISTS[what], count)
    return styled(prompt, f"{sentence(listed(items))}.", rng, what)


def chat(_: World, rng: Random) -> Exchange:
    """A greeting, thanks, a farewell or the like."""
    said, reply = rng.choice(CHATS)
    given = {"name": _person(rng)}
    prompt = sentence(expand(said, rng, SMALL_RULES, given))
    return plain(prompt, expand(reply, rng, SMALL_RULES, given))


def follow_up(before: Exchange, rng: Random, *, has_core: bool, is_last: bool) -> Exchange:
    """A turn that only makes sense after `before`: to repeat it, to shorten it, or thanks.

    Args:
        before: the exchange that it refers to.
        rng: draws the way and the wording.
        has_core: whether the core of `before` is an answer by itself.
        is_last: whether the conversation may end here, which thanks do.
    """
    ways: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(AGAIN, (before.reply,))]
    if is_last:
        ways.append((THANKS, WELCOMES))
    if has_core:
        ways.append((ONLY, (sentence(f"{before.core}."),)))
    prompts, replies = rng.choice(ways)
    return plain(rng.choice(prompts), rng.choice(replies))


def _person(rng: Random) -> str:
    while is_probe_name(name := names.one_off_person(rng)):
        continue
    return name
