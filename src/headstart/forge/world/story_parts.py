"""What the plots of stories are filled with: props, pauses, last words and titles."""

from headstart.forge.world.grammar import Rules
from headstart.forge.world.lexicon import CHORES, GLAD, PLACES, SAD, THINGS, WEATHERS

CRAFTS = ("pie", "kite", "scarecrow", "basket", "cake", "whistle", "lantern", "cheese", "hat")

PAUSES = (
    "A dog barked somewhere and was quiet again.",
    "From the {place} came the smell of fresh bread.",
    "{hero} whistled a tune to keep up {their} courage.",
    "{Weather}.",
    "The bell struck {hour}.",
    "Two old men on a bench had been watching and shook their heads.",
    "{hero} took a deep breath.",
    "It was so quiet that you could hear the snow fall.",
    "In the distance somebody was trying to {chore}.",
    "The lamps were lit one after another.",
    "{A!beast} looked over the fence and chewed.",
    "{hero} had eaten nothing since breakfast but half a pear.",
    "The children of the street had followed them all the way.",
    "A cart full of {goods} rattled past.",
    "{hero} counted to ten, as {their} mother had taught {them}.",
    "Nobody spoke for a while.",
    "Far away a boat blew its horn.",
    "A window opened and was shut again.",
    "{hero} found an old button and took it for a good sign.",
    "Somebody in the {place} was singing out of tune.",
    "{hero} thought of supper and then of something else.",
    "There was a smell of rain and wet dog.",
    "{A!thing} fell over all by itself.",
    "At the {place} they were talking about the price of {goods}.",
    "The moon came out and looked surprised.",
)
"""What may happen between two beats of any plot."""

COMPANY = (
    '"Well, well," said old {elder}, who said that often.',
    "{friend} ate an apple and thought about it.",
    '"What would you do?" asked {hero}. {friend} did not answer at once.',
    '"I once knew a man who owned {a!thing} like that," said old {elder}.',
    '"Do not give up," said {friend}, "not before supper."',
    '"That reminds me," said old {elder}, "I still have to {chore}."',
    "{friend} scratched {friend_their} nose, which was a good sign.",
    '"It could be worse," said {friend}, "it could be Monday."',
    "{friend} shared out the last of the {food}.",
    '"Hush," said {friend}. They listened, but it was only {a!beast}.',
    "Old {elder} nodded, though nobody had asked.",
    '"Have you thought of the {place}?" said {friend}.',
    "{friend} laughed so loudly that {a!beast} ran away.",
)
"""What may happen once the friend has come into the story."""

PARTS: Rules = {
    "thing": THINGS,
    "ware": ("sack of beans", "cheese", "coil of rope", "jar of honey", "goose egg", "ham"),
    "place": PLACES,
    "weather": WEATHERS,
    "chore": CHORES,
    "glad": GLAD,
    "sad": SAD,
    "food": ("bread", "cheese", "plums", "nuts", "cold pie", "dried fish"),
    "hour": ("three", "five", "seven", "eight", "nine", "eleven"),
    "goods": ("cabbages", "barrels", "straw", "bricks", "apples", "milk cans", "blue plates"),
    "daytime": ("morning", "evening", "Monday", "Friday", "afternoon", "spring morning", "night"),
    "wrap": ("old paper", "a blue cloth", "straw", "three scarves", "a map"),
    "look": ("heavy and smooth", "older than the house", "painted with birds", "as light as a nut"),
    "hide": ("haystack", "water barrel", "wood pile", "garden wall", "big clock", "oven"),
    "look2": ("small", "locked", "painted", "wooden", "dusty", "rattling"),
    "weather2": (
        "it rained a little", "the sun came out", "the wind was strong", "it was very hot",
        "there was mist in the valley", "it snowed, though it was late in the year",
    ),
}  # fmt: skip

MORALS = (
    "That is how it was.",
    "And if you do not believe it, ask in {town}.",
    "This is a true story, or nearly.",
    "It is still told in {town} when the evenings are long.",
    "So ends the tale of {hero}.",
    "Ask {friend}, who was there.",
)

TITLES = (
    "{hero} of {town}", "The {thing}", "A story from {town}", "What happened to {hero}",
    "{hero} and {friend}", "A tale for the evening", "Told by the fire", "The day in {town}",
)  # fmt: skip
