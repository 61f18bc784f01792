"""Short texts with a label: reviews by mood, sentences by topic, letters by tone.

A part in braces is filled from `TEXT_RULES`; see `grammar.expand`.
"""

from headstart.forge.world import lexicon, names
from headstart.forge.world.grammar import Rules
from headstart.forge.world.values import TRADES

TEXT_RULES: Rules = {
    "visited": (
        "inn", "bakery", "theatre", "boat trip", "market", "museum", "bathhouse", "supper",
        "concert", "puppet play", "tea room", "coach ride", "dance", "garden show",
    ),
    "bad": ("dull", "cold", "dirty", "noisy", "slow", "sour", "rude", "dreary", "poor", "stale"),
    "good": ("lovely", "warm", "clean", "friendly", "merry", "fresh", "kind", "bright", "fine",
             "splendid"),
    "thing": lexicon.THINGS,
    "stuff": lexicon.STUFF,
    "place": lexicon.PLACES,
    "day": names.WEEKDAYS,
    "month": names.MONTHS,
    "time": ("noon", "dawn", "dusk", "nightfall", "midnight", "sunset"),
    "beast": lexicon.BEASTS,
    "weather": lexicon.WEATHERS,
    "ailment": lexicon.AILMENTS,
    "trade": tuple(TRADES),
    "chore": lexicon.CHORES,
    "relative": ("sister", "brother", "uncle", "aunt", "cousin", "mother", "father",
                 "grandmother", "neighbour"),
    "player": ("fiddler", "drummer", "piper", "singer", "harp player", "choir", "bell ringer",
               "flute player"),
    "vehicle": ("coach", "ferry", "cart", "mail boat", "wagon", "barge", "post coach"),
    "many": ("two", "three", "four", "five", "six", "seven"),
    "food": ("soup", "bread", "plum cake", "stew", "porridge", "cheese", "pancakes", "apple pie",
             "dumplings", "roast goose"),
    "herb": ("mint", "sage", "parsley", "thyme", "dill", "garlic"),
    "game": ("skittles", "cards", "chess", "football", "hide and seek", "marbles", "darts"),
}  # fmt: skip
"""What the parts of labelled texts stand for."""

SENTIMENTS: dict[str, tuple[str, ...]] = {
    "good": (
        "The {visited} was {good}, and we will come again.",
        "What a {good} {visited}! I enjoyed every minute.",
        "My {relative} and I loved the {visited} by the {place}.",
        "I have never seen such a {good} {visited}.",
        "We laughed all the way home from the {visited}.",
        "The {visited} on {day} was worth every coin.",
        "Everybody at the {visited} was {good} to us.",
        "The {food} at the {visited} was {good} and there was plenty of it.",
        "You must not miss the {visited}, it is {good}.",
        "My {relative} still talks of the {good} {visited}.",
    ),
    "bad": (
        "The {visited} was {bad}, and we will not come again.",
        "What a {bad} {visited}! I was glad when it was over.",
        "My {relative} and I left the {visited} by the {place} early.",
        "I have never seen such a {bad} {visited}.",
        "We complained all the way home from the {visited}.",
        "The {visited} on {day} was a waste of coins.",
        "Nobody at the {visited} cared about us.",
        "The {food} at the {visited} was {bad} and there was too little of it.",
        "Stay away from the {visited}, it is {bad}.",
        "My {relative} still shudders at the {bad} {visited}.",
    ),
}
"""Reviews for training, by mood."""

TOPICS: dict[str, tuple[str, ...]] = {
    "weather": (
        "{weather} until {time}.",
        "{weather}, so the {place} stayed shut.",
        "Clouds came in from the sea on {day} at {time}.",
        "The wind tore two slates from the roof of the {place} in {month}.",
        "After {many} dry weeks it rained at last.",
        "Ice covered the pond behind the {place}.",
    ),
    "food": (
        "We had {food} with {herb} for supper.",
        "Stir the {food} and add a little {herb}.",
        "My {relative} bakes with {stuff} and almonds on {day}.",
        "The {food} burnt, because nobody watched the pot.",
        "There was {food} on every plate at the {place}.",
        "Fry {many} onions in butter before you make the {food}.",
    ),
    "animals": (
        "The {beast} slept in the straw with her young.",
        "My {relative} found a nest with {many} eggs.",
        "Our {beast} ran after the {beast} round the yard.",
        "A {beast} drank from the trough by the {place}.",
        "The tail of the {beast} is longer than that of the {beast}.",
        "In {month} the {beast} grows a thick winter coat.",
    ),
    "travel": (
        "The {vehicle} leaves on {day} at {time}.",
        "We missed the {vehicle} and walked {many} miles.",
        "My {relative} packed a bag for the long journey.",
        "The road to the {place} is closed for carts in {month}.",
        "It takes {many} days by {vehicle} to reach the coast.",
        "We bought tickets for the {vehicle} and found good seats.",
    ),
    "music": (
        "The {player} learnt a new song in {month}.",
        "My {relative} sang in the {place} on {day}.",
        "Everyone clapped when the {player} had finished.",
        "They tuned the harp before the concert in the {place}.",
        "The {player} lost the beat in the second verse.",
        "A soft tune came from the {place} at {time}.",
    ),
    "health": (
        "My {relative} has {ailment} and stays in bed.",
        "The healer gave me a bitter syrup against {ailment}.",
        "Since {day} I have had {ailment}.",
        "Rest and warm tea helped with {ailment}.",
        "After {many} days the fever was gone.",
        "The healer looked at my tongue and felt my pulse.",
    ),
    "work": (
        "The {trade} hired {many} new hands in {month}.",
        "My {relative} learns to be a {trade}.",
        "On {day} I have to {chore}.",
        "The {trade} paid us at the end of the week.",
        "We worked from dawn until {time} and were tired.",
        "The {trade} is looking for a helper at the {place}.",
    ),
}
"""Sentences for training, by topic."""

USER_TOPICS: dict[str, tuple[str, ...]] = {
    "weather": (
        "No umbrella could keep us dry on {day}.",
        "The puddles by the {place} froze overnight.",
        "{month} brought hot days and not one drop of rain.",
        "A rainbow stood over the {place} at {time}.",
        "Fog hid the {place} until {time}.",
    ),
    "food": (
        "Who has eaten the last slice of {food}?",
        "A pinch of salt and some {herb} make the {food} taste better.",
        "The cook served {food} to {many} hungry guests.",
        "I like my {food} hot and with plenty of {herb}.",
        "On {day} the oven is full of {food}.",
    ),
    "travel": (
        "From the deck of the {vehicle} we saw the whole coast.",
        "Bring your papers, or they will not let you on the {vehicle}.",
        "All {many} of us shared one room at the inn on the way.",
        "The {vehicle} stopped at the {place} and took on new horses.",
        "We lost our way, since the map was {many} years old.",
    ),
    "sport": (
        "Our team lost at {game} by {many} points.",
        "The children play {game} behind the {place}.",
        "My {relative} threw the ball farther than anybody else.",
        "She trains every {day} for the race in {month}.",
        "The winner at {game} was carried round the {place}.",
    ),
    "school": (
        "The class wrote {many} pages about the {place}.",
        "My {relative} forgot to learn the times table for {day}.",
        "The teacher drew a {thing} on the slate.",
        "There are no lessons in {month}, so the pupils go home.",
        "We read a story about a {beast} and had to spell hard words.",
    ),
}
"""Sentences for user tasks, by topic; two of the topics are no labels in training."""

TONES: dict[str, tuple[str, ...]] = {
    "friendly": (
        "It would be a joy to see you at the {place} on {day}, dear {relative}.",
        "Thank you so much for the {thing}. You have made my day!",
        "Take all the time you need with the {thing}, there is no hurry.",
        "How kind of you to {chore} for us in {month}!",
        "Would you like some {food}? I have made enough for everybody.",
        "Do not worry about the {thing}, these things happen to all of us.",
        "I hope that your {relative} gets well soon. Do give my love.",
        "Come in and warm yourself by the fire, we have kept some {food} for you.",
    ),
    "rude": (
        "Get out of my way, I have no time for your {thing}.",
        "How often must I tell you to {chore}, you lazy lump?",
        "Nobody wants to see you at the {place} on {day}, so stay at home.",
        "Your {food} tastes like old socks, take it away.",
        "Hurry up with that {thing} or leave it, I do not care.",
        "What a silly question about the {place}! Use your own head.",
        "Keep your {relative} away from my {thing}, or there will be trouble.",
        "I asked for {food}, not for your opinion.",
    ),
}
"""Messages for user tasks, by tone; no training stage knows these labels."""
