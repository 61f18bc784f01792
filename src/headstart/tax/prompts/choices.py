"""Multiple choice on common knowledge, made from small tables of facts.

Wrong options are other values of the same table, drawn with a fixed seed, so that a model cannot
tell the right one by its sort.
"""

import functools
from collections.abc import Mapping, Sequence
from random import Random

from headstart.domain.tax import Choice

_CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid",
    "Portugal": "Lisbon", "Greece": "Athens", "Austria": "Vienna", "Poland": "Warsaw",
    "Norway": "Oslo", "Sweden": "Stockholm", "Finland": "Helsinki", "Denmark": "Copenhagen",
    "Ireland": "Dublin", "Hungary": "Budapest", "Russia": "Moscow", "Egypt": "Cairo",
    "Kenya": "Nairobi", "Japan": "Tokyo", "China": "Beijing", "South Korea": "Seoul",
    "Thailand": "Bangkok", "Cuba": "Havana", "Peru": "Lima", "Chile": "Santiago",
    "Argentina": "Buenos Aires", "Canada": "Ottawa", "Iran": "Tehran", "Iraq": "Baghdad",
    "Turkey": "Ankara", "Belgium": "Brussels",
}  # fmt: skip
_YOUNG = {
    "dog": "puppy", "cat": "kitten", "cow": "calf", "horse": "foal", "sheep": "lamb",
    "pig": "piglet", "lion": "cub", "duck": "duckling", "goose": "gosling", "goat": "kid",
    "frog": "tadpole", "butterfly": "caterpillar", "swan": "cygnet", "kangaroo": "joey",
    "deer": "fawn", "hen": "chick",
}  # fmt: skip
_OPPOSITES = {
    "hot": "cold", "big": "small", "early": "late", "happy": "sad", "full": "empty",
    "wet": "dry", "rich": "poor", "young": "old", "strong": "weak", "loud": "quiet",
    "light": "dark", "fast": "slow", "open": "closed", "high": "low", "heavy": "weightless",
    "brave": "cowardly", "sweet": "sour", "sharp": "blunt", "deep": "shallow", "wide": "narrow",
    "smooth": "rough", "tight": "loose", "thick": "thin", "first": "last", "alive": "dead",
}  # fmt: skip
_TOOLS = {
    "cut paper": "scissors", "tell the time": "a clock", "sweep the floor": "a broom",
    "drive in a nail": "a hammer", "turn a screw": "a screwdriver", "dig a hole": "a spade",
    "see the stars more closely": "a telescope", "measure temperature": "a thermometer",
    "keep dry in the rain": "an umbrella", "find north": "a compass", "weigh flour": "scales",
    "write on a blackboard": "chalk", "cross a river by oneself": "a boat",
    "unlock a door": "a key", "sew on a button": "a needle", "iron a shirt": "an iron",
    "catch fish": "a net", "boil water": "a kettle", "cut wood": "a saw", "play chess": "a board",
}  # fmt: skip
_PLACES = {
    "a doctor": "in a hospital", "a teacher": "in a school", "a judge": "in a court",
    "a baker": "in a bakery", "a farmer": "on a farm", "a sailor": "on a ship",
    "a librarian": "in a library", "a pilot": "in an aeroplane", "a miner": "underground",
    "an actor": "on a stage", "a waiter": "in a restaurant", "an astronaut": "in space",
    "a priest": "in a church", "a mechanic": "in a garage", "a zookeeper": "in a zoo",
    "a lifeguard": "at a swimming pool", "a butcher": "in a butcher's shop",
    "a gardener": "in a garden", "a king": "in a palace", "a monk": "in a monastery",
}  # fmt: skip
_COLOURS = {
    "grass in spring": "green", "fresh snow": "white", "a ripe tomato": "red",
    "the sky on a clear day": "blue", "coal": "black", "an elephant": "grey",
    "a ripe banana": "yellow", "chocolate": "brown", "a carrot": "orange", "an aubergine": "purple",
    "a flamingo": "pink",
}  # fmt: skip
_SCIENCE = {
    "Which planet do we live on?": "Earth", "Which planet is nearest to the sun?": "Mercury",
    "Which planet is known for its rings?": "Saturn", "Which planet is the largest?": "Jupiter",
    "Which planet is called the red planet?": "Mars", "Which star is nearest to us?": "the sun",
    "What goes round the earth once a month?": "the moon",
    "What do plants take from the air to grow?": "carbon dioxide",
    "What gas do we need to breathe?": "oxygen", "What is frozen water called?": "ice",
    "What pumps blood through the body?": "the heart", "What do we think with?": "the brain",
    "What do we breathe with?": "the lungs", "What do bees make?": "honey",
    "What do caterpillars turn into?": "butterflies", "What do cows give?": "milk",
    "What do spiders spin?": "webs", "What is the hardest natural material?": "diamond",
    "Which metal is attracted by a magnet?": "iron", "What is table salt made of besides chlorine?":
    "sodium",
}  # fmt: skip
_NUMBERS = {
    "How many days are there in a week?": "seven", "How many months are there in a year?": "twelve",
    "How many legs does a spider have?": "eight", "How many legs does an insect have?": "six",
    "How many sides does a triangle have?": "three", "How many wheels does a bicycle have?": "two",
    "How many hours are there in a day?": "twenty-four", "How many players has a football team?":
    "eleven", "How many minutes are there in an hour?": "sixty",
    "How many fingers has one hand, the thumb included?": "five",
    "How many seasons are there in a year?": "four", "How many years are there in a century?":
    "a hundred", "How many letters has the English alphabet?": "twenty-six",
    "How many squares are on a chessboard?": "sixty-four", "How many suns has our solar system?":
    "one", "How many degrees has a right angle?": "ninety",
}  # fmt: skip
_PASTS = {
    "go": "went", "see": "saw", "eat": "ate", "buy": "bought", "think": "thought", "write": "wrote",
    "swim": "swam", "fly": "flew", "catch": "caught", "teach": "taught", "begin": "began",
    "choose": "chose", "drive": "drove", "give": "gave", "know": "knew", "sing": "sang",
    "speak": "spoke", "take": "took", "throw": "threw", "bring": "brought",
}  # fmt: skip
_OPTIONS = 4
_SUMS = 24
_SEED = 20


def _table(subject: str, frame: str, facts: Mapping[str, str]) -> list[Choice]:
    rng = Random(f"{_SEED} {subject}")  # noqa: S311 - nothing is secret
    values = list(dict.fromkeys(facts.values()))
    return [
        _choice(f"{subject}-{i}", frame.format(key), right, values, rng)
        for i, (key, right) in enumerate(facts.items())
    ]


def _choice(id_: str, question: str, right: str, values: Sequence[str], rng: Random) -> Choice:
    wrong = rng.sample([value for value in values if value != right], _OPTIONS - 1)
    options = [right, *wrong]
    rng.shuffle(options)
    return Choice(id=id_, question=question, options=tuple(options), gold=options.index(right))


def _sums() -> list[Choice]:
    rng = Random(f"{_SEED} sums")  # noqa: S311 - likewise
    pairs = rng.sample([(a, b) for a in range(2, 30) for b in range(2, 20)], _SUMS)
    return [
        _choice(f"sums-{i}", f"What is {a} plus {b}?", str(a + b), _near(a + b), rng)
        for i, (a, b) in enumerate(pairs)
    ]


def _near(total: int) -> list[str]:
    return [str(total + d) for d in (0, 1, 2, -1, -2, 10)]


@functools.cache
def own_choices() -> tuple[Choice, ...]:
    """Two hundred questions, by subject; a plan draws from them with its own seed."""
    return (
        *_table("capitals", "What is the capital of {}?", _CAPITALS),
        *_table("opposites", "What is the opposite of {}?", _OPPOSITES),
        *_table("tools", "What does one need to {}?", _TOOLS),
        *_table("young", "What is the young of this animal called: {}?", _YOUNG),
        *_table("places", "Where does {} work?", _PLACES),
        *_table("colours", "What colour has {}?", _COLOURS),
        *_table("science", "{}", _SCIENCE),
        *_table("numbers", "{}", _NUMBERS),
        *_table("pasts", "What is the past tense of '{}'?", _PASTS),
        *_sums(),
    )
