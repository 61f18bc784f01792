"""The closed sets from which facts take their values."""

from headstart.forge.world.wording import words

REGIONS = (
    "the Green Vale",
    "the Stone Hills",
    "the Long Coast",
    "the Salt Marshes",
    "the High Moor",
    "the Old Forest",
    "the Lake Country",
    "the Windy Plain",
)

COLOURS = words("red blue green yellow white black purple grey brown pink")
"""All begin with a consonant, so that "a {v} flag" is right for each."""

WATERS = words("clear brown green grey black blue white golden red")

GOODS = (
    "rope", "glass", "cheese", "bells", "honey", "red tiles", "paper", "wool", "candles",
    "clay pots", "knives", "apples", "salt", "leather boots", "silver spoons", "blankets",
    "barrels", "kites", "lace", "drums", "mustard", "clocks", "straw hats", "soap",
)  # fmt: skip

TRADES = {
    "baker": ("shape bread", "lift hot loaves"),
    "smith": ("bend iron", "turn hot nails"),
    "weaver": ("comb wool", "tighten threads"),
    "potter": ("smooth clay", "mark bowls"),
    "miller": ("clean grindstones", "sift flour"),
    "fisher": ("mend nets", "scale fish"),
    "shepherd": ("shear sheep", "brush lambs"),
    "carpenter": ("cut beams", "smooth planks"),
    "tailor": ("press seams", "measure sleeves"),
    "gardener": ("trim hedges", "plant bulbs"),
    "painter": ("mix colours", "stretch canvas"),
    "teacher": ("draw circles", "sharpen chalk"),
    "sailor": ("splice ropes", "clean decks"),
    "beekeeper": ("smoke hives", "scrape honeycombs"),
    "cobbler": ("stitch soles", "punch holes"),
    "glassblower": ("turn hot glass", "trim bottles"),
    "healer": ("grind herbs", "roll bandages"),
    "mason": ("split stones", "level walls"),
    "saddler": ("cut straps", "wax reins"),
    "cooper": ("bend hoops", "seal barrels"),
}
"""Each trade and what its tools do; no two trades share a use."""

MATERIALS = words("iron wood copper bone brass horn stone silver glass tin steel")

HABITATS = (
    "marshes", "pine woods", "caves", "meadows", "barns", "hedges", "orchards", "reed beds",
    "old walls", "hollow trees", "sand dunes", "rock pools",
)  # fmt: skip

FOODS = (
    "snails", "berries", "acorns", "moss", "beetles", "grass seeds", "fish eggs", "mushrooms",
    "worms", "honey", "nuts", "roots", "frogs",
)  # fmt: skip

COATS = words("grey brown black white red golden spotted striped silver")

SIZES = words("mouse cat goat hen cow fox duck dog pony hare badger sparrow")

PLANT_USES = (
    "tea", "dye", "rope", "soap", "ink", "perfume", "baskets", "glue", "paper", "candles",
    "thread", "brushes", "mats", "vinegar",
)  # fmt: skip

CUSTOMS = (
    "carry lanterns", "race on stilts", "ring bells at dawn", "float paper boats", "throw flour",
    "dance in masks", "climb a greased pole", "fly kites", "roll cheeses down a hill", "swap hats",
    "row in tubs", "sing from rooftops", "light bonfires", "paint their doors", "walk backwards",
    "eat with wooden spoons", "wear coats inside out", "tell riddles", "throw apples",
    "drum on pots", "plant young trees", "give away buttons", "whistle all day",
    "carry geese through the streets",
)  # fmt: skip

SWEET_THINGS = words("plums cherries pears chestnuts oats pumpkin almonds raspberries")
SAVOURY_THINGS = (
    "barley", "leeks", "smoked fish", "lentils", "turnips", "goose", "cabbage", "mutton", "beans",
    "goat cheese", "mushrooms", "carrots", "peas", "onions",
)  # fmt: skip

SWEET_TASTES = words("sweet buttery mild fresh tangy")
SAVOURY_TASTES = words("salty sour spicy smoky peppery bitter mild creamy")
"""All begin with a consonant, so that "a {v} dish" is right for each."""
