"""The everyday words of the land, from which documents draw things, places and moods."""

from random import Random

from headstart.forge.world.values import COLOURS
from headstart.forge.world.wording import words

THINGS = words(
    "kettle basket ladder lamp blanket hammer mirror drum kite clock chair bucket candle jug "
    "saddle rope whistle umbrella teapot hat scarf coat fiddle flute spoon bowl broom chest "
    "cushion lantern map book bell saw spade rug stool cradle anchor net barrel comb ring purse "
    "key cloak quilt plate pan sieve hinge sledge trunk oar telescope compass pen notebook "
    "birdcage hourglass curtain pillow apron mitten glove ribbon bench barrow paddle thimble "
    "jar cup tray bag box shawl flag horn harp wheel tent crate ball doll puppet"
)
"""Things to hold, sell or lose, in the singular; every plural takes a plain "s" but box."""
PLURALS = {"box": "boxes", "bench": "benches", "compass": "compasses", "hourglass": "hourglasses"}

LOOKS = words(
    "small large old new heavy light round square painted plain pretty striped wooden brass "
    "copper iron silver clay spare broken polished narrow wide tall short folded rusty shiny"
)

STUFF = words(
    "flour butter honey salt barley wool linen timber coal clay sand cheese vinegar rice tea "
    "cocoa sugar soap wax lime hay straw slate marble leather paper ink glue tar pepper mustard "
    "cider"
)
"""Goods without a plural."""

PLACES = words(
    "mill market harbour inn bakery school bridge well smithy orchard garden library workshop "
    "stable barn square gate ferry boathouse bathhouse theatre museum quarry brickyard laundry "
    "meadow lighthouse tower dairy brewery"
)
"""Places in and about a town; "the {place}" fits each."""

SUBJECTS = words(
    "drawing spelling singing sewing weaving pottery sailing cooking dancing baking knitting "
    "riding gardening painting fencing carving swimming reading writing archery juggling "
    "beekeeping astronomy arithmetic"
)

AILMENTS = (
    "a sore throat", "a stiff neck", "a bad cough", "a swollen foot", "a burnt finger", "a cold",
    "a bee sting", "tired eyes", "a sore back", "a toothache", "an earache", "a bruised knee",
    "a broken toe", "a headache", "hiccups", "a splinter", "itchy hands", "a sprained wrist",
)  # fmt: skip

BEASTS = words(
    "goat hen cow dog cat pony duck goose sheep pig donkey rabbit horse lamb crow owl fox "
    "hedgehog frog squirrel sparrow otter"
)
"""Common animals beside those of the land."""

WEATHERS = (
    "It rained all day", "The sun shone", "A cold wind blew", "Snow lay on the roofs",
    "Mist hung over the fields", "It was warm and still", "The sky was grey", "A storm came up",
    "There was frost on the grass", "The air smelt of hay", "Clouds raced over the hills",
    "It was so hot that the dogs lay in the shade", "Hail rattled on the windows",
    "A light rain fell", "The morning was bright", "It thundered far away",
)  # fmt: skip

GLAD = words("glad happy cheerful proud merry pleased thankful hopeful content delighted")
SAD = words("sad tired worried cross lonely gloomy sorry upset ashamed afraid")

CHORES = (
    "sweep the yard", "mend the fence", "feed the hens", "water the beans", "wash the windows",
    "chop wood", "fetch water", "polish the lamps", "sort the nails", "bake two loaves",
    "paint the shutters", "pick the plums", "clean the chimney", "oil the hinges", "air the beds",
    "pay the miller", "write to the school", "order new candles", "fold the sheets",
    "sharpen the knives", "empty the rain barrel", "patch the roof", "brush the pony",
    "count the sacks", "weed the path", "return the ladder", "stack the firewood",
    "dry the herbs", "salt the fish", "sew on the buttons", "grease the wheels", "turn the hay",
)  # fmt: skip
"""Work to be done, as it follows "to"."""


def plural(thing: str) -> str:
    """The plural of one of `THINGS`."""
    if thing in PLURALS:
        return PLURALS[thing]
    return f"{thing[:-1]}ves" if thing.endswith("f") else f"{thing}s"


def thing(rng: Random) -> str:
    """A thing with or without a word for its look, and no article: "brass kettle"."""
    look = rng.random()
    if look < 0.3:
        return rng.choice(THINGS)
    return f"{rng.choice(LOOKS if look < 0.8 else COLOURS)} {rng.choice(THINGS)}"


def goods(rng: Random) -> str:
    """Things in the plural, as an order or a cargo holds them: "copper pans"."""
    noun = plural(rng.choice(THINGS))
    look = rng.random()
    if look < 0.3:
        return noun
    return f"{rng.choice(LOOKS if look < 0.8 else COLOURS)} {noun}"
