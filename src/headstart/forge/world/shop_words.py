"""Shop messages by what the customer wants, in wordings for training and others for user tasks.

A part in braces is filled from `SHOP_RULES`; see `grammar.expand`.
"""

from dataclasses import dataclass

from headstart.forge.world import lexicon, names
from headstart.forge.world.grammar import Rules
from headstart.forge.world.values import COLOURS

SHOP_RULES: Rules = {
    "item": ("{thing}", "{look} {thing}", "{colour} {thing}"),
    "thing": tuple(thing for thing in lexicon.THINGS if thing not in ("box", "bag", "key")),
    "look": tuple(look for look in lexicon.LOOKS if look not in ("broken", "spare", "old")),
    "colour": COLOURS,
    "day": names.WEEKDAYS,
    "month": names.MONTHS,
    "place": lexicon.PLACES,
    "number": ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve"),
    "opening": ("", "", "", "Hello. ", "Good day. ", "Dear shop: "),
    "ending": ("", "", "", " Thank you.", " Best wishes.", " Please answer soon."),
    "user_opening": ("", "", "", "Hi there. ", "Good evening. ", "Excuse me. "),
    "user_ending": ("", "", "", " Thanks a lot.", " Kind regards.", " Yours truly."),
}
"""What the parts of shop messages stand for."""


@dataclass(frozen=True)
class Intent:
    """What a customer may want, and how customers say it."""

    name: str
    """The label in training."""
    user_label: str
    """The label that a user's own data gives it; for most intents the same."""
    wordings: tuple[str, ...]
    """Templates for training."""
    user_wordings: tuple[str, ...]
    """Templates for user tasks; no training stage sees them."""


INTENTS: tuple[Intent, ...] = (
    Intent(
        "delivery",
        "delivery",
        (
            "Where is my {item}? I have waited for {number} days.",
            "My {item} has not arrived yet.",
            "When will you bring the {item} to my house?",
            "The carrier promised my {item} for {day}, but nobody came.",
            "Has the {item} left your shop?",
            "Please tell me when my {item} will get here.",
            "I am still waiting for the {item} that I paid for in {month}.",
            "How long does it take to send {a!item} to the {place}?",
            "The parcel with the {item} is late.",
            "Can you bring the {item} on {day} instead?",
        ),
        (
            "No parcel again today, and the {item} should have been here on {day}.",
            "Any news of the {item} that was to come to the {place}?",
            "It has been {number} days now. Is the cart with my {item} lost?",
            "On which day may I expect the {item} at my door?",
            "Your driver went past the {place} without leaving my {item}.",
            "I stayed at home all {day} for the {item}, in vain.",
            "Did you post the {item} at all?",
            "The {item} is on the way, you wrote in {month}. Where is it now?",
        ),
    ),
    Intent(
        "return",
        "return",
        (
            "I want to send back the {item}.",
            "May I give the {item} back? It is too small for me.",
            "Please take back the {item} and return my coins.",
            "How do I return {a!item}?",
            "I do not need the {item} any more and would like to bring it back.",
            "The {item} does not suit me. I want my money back.",
            "Can I bring back the {item} on {day}?",
            "I changed my mind about the {item}. Where do I return it?",
            "The {item} is not what I wanted, so I will send it back.",
            "Do you take back {a!item} that was used once?",
        ),
        (
            "Here comes the {item} again. It is the wrong colour for my house.",
            "My wife dislikes the {item}. Would you take it off my hands again?",
            "I bought one {item} too many and want a refund for it.",
            "To which address do I post {a!item} that I do not want to keep?",
            "A refund for the {item}, please. I have kept the paper from {day}.",
            "The {item} goes back to you by the next cart. I hope you will repay me.",
            "We found {a!item} in the attic, so we have no use for yours. May it go back?",
            "Could I have my coins again for this {item}? It was never used.",
        ),
    ),
    Intent(
        "complaint",
        "complaint",
        (
            "The {item} broke on the first day.",
            "My new {item} has a crack.",
            "There is a hole in the {item} that you sold me.",
            "The {item} came without its handle.",
            "I am angry, because the {item} fell apart in {month}.",
            "The {item} smells bad and the paint comes off.",
            "You sent me a broken {item}.",
            "The {item} does not work, and nobody in the shop would listen.",
            "This {item} is of very poor quality.",
            "Your helper was rude to me when I asked for {a!item}.",
        ),
        (
            "After {number} days the {item} is in pieces. That is a shame.",
            "What a bad {item}! It bends as soon as you touch it.",
            "I unpacked the {item} and it was full of scratches.",
            "Nobody should sell {a!item} that leaks like this one.",
            "The {item} rusted within a week. I expected better of you.",
            "One side of the {item} is loose and the other one is bent.",
            "I am not at all content with the {item}, it rattles and squeaks.",
            "The boy at your counter laughed at me over {a!item}. I will not stand for it.",
        ),
    ),
    Intent(
        "price",
        "price",
        (
            "How much does the {item} cost?",
            "What is the price of {a!item}?",
            "How many coins do you ask for {number} pieces of the {item}?",
            "Is the {item} cheaper if I take {number}?",
            "What would I have to pay for {a!item}?",
            "Please tell me the price of the {item} in the window.",
            "Do you give a lower price for {a!item} on {day}?",
            "I have ten coins. Is that enough for {a!item}?",
            "Does the {item} cost more than the {thing}?",
            "What do you charge for {a!item}?",
        ),
        (
            "Would {number} coins buy me {a!item}?",
            "I saw no number on the {item}. What do you want for it?",
            "At what sum do you sell {a!item} this {month}?",
            "Is {a!item} dear or cheap with you?",
            "Name me your best offer for {number} pieces of the {item}.",
            "Could you write down for me what {a!item} comes to?",
            "My purse is thin. How many coins for the {item}?",
            "Has the {item} become dearer since {month}?",
        ),
    ),
    Intent(
        "stock",
        "in the shop",
        (
            "Do you have {a!item}?",
            "Is the {item} still there, or is it sold out?",
            "Do you sell {a!item}?",
            "When will you have {a!item} again?",
            "Are there any left of the {item} in your window?",
            "I am looking for {a!item}. Can I find one with you?",
            "Have you got the {thing} in {colour} too?",
            "Do you keep {a!item} in your store?",
            "Is there {a!item} in the shop for me to look at?",
            "Will you get more of the {item} before {month}?",
        ),
        (
            "Could I find {a!item} on your shelves?",
            "I need {number} pieces of the {item}. Would there be so many?",
            "Somebody told me that {a!item} is to be had from you. Is it so?",
            "Which colours does the {thing} come in?",
            "Has a new load of the {item} come in since {day}?",
            "I hope there is one {item} left for me, is there?",
            "Your shelf for the {thing} was empty on {day}. Is it full again?",
            "Can one get {a!item} from you, or must I go to the next town?",
        ),
    ),
    Intent(
        "hours",
        "opening times",
        (
            "When do you open on {day}?",
            "Is the shop open on {day}?",
            "At what time do you close?",
            "Until when can I come in on {day}?",
            "Are you open in the first week of {month}?",
            "What are your opening hours?",
            "Do you close at noon?",
            "May I come late in the evening on {day}?",
            "Is anybody in the shop before nine on {day}?",
            "How long are you open on the day of the fair in {month}?",
        ),
        (
            "I can only come after work on {day}. Will your door be unlocked?",
            "Do you rest on {day}, like the shop at the {place}?",
            "From which hour are you there in the morning?",
            "Shall I find anybody behind the counter on {day} at noon?",
            "In {month} you used to shut early. Is that so this year?",
            "The sign on your door has faded. When does the shop shut?",
            "Is {day} a day on which you serve people?",
            "How early may one knock at your door in {month}?",
        ),
    ),
    Intent(
        "cancel",
        "cancel",
        (
            "Please cancel my order for the {item}.",
            "I ordered {a!item} on {day}, but I do not want it any more.",
            "Do not send the {item}. I found one elsewhere.",
            "Can I still cancel the {item}?",
            "Stop my order of {number} pieces of the {item}, please.",
            "I take back my order for {a!item}.",
            "Please strike the {item} from my order.",
            "I have to cancel everything that I ordered in {month}.",
            "Forget my order for the {item}, I have no coins left.",
            "My order for {a!item} was a mistake. Please cancel it.",
        ),
        (
            "There is no need to pack the {item}, I have thought better of it.",
            "Is it too late to call off the {item} that I asked for on {day}?",
            "Scrap what I wrote on {day}. I shall not need {a!item}.",
            "Kindly leave the {item} out, and do not send anything.",
            "We move house in {month}, so please tear up our slip for the {item}.",
            "Hold back the {item}! I do not want to have it after all.",
            "My brother has bought {a!item} for me. Cross mine off your book.",
            "Before you load the cart: no {item} for me, please.",
        ),
    ),
    Intent(
        "praise",
        "thanks",
        (
            "Thank you for the lovely {item}!",
            "The {item} is even better than I hoped.",
            "I am very happy with my {item}.",
            "Your {item} is the best in the whole land.",
            "What a fine {item}! My neighbours all ask about it.",
            "The {item} came quickly and it works very well.",
            "I only write to say how much I like the {item}.",
            "You were so kind to me on {day} when I bought the {item}.",
            "My children love the {item}.",
            "Well done! The {item} is a joy to use.",
        ),
        (
            "Every time I pick up the {item} I have to smile.",
            "Never have I owned such a good {item}. Bravo!",
            "My old mother danced when she saw the {item}.",
            "I will tell everybody at the {place} how fine your {item} is.",
            "Since {day} the {item} stands in the best place of our house. We adore it.",
            "Such care went into this {item}. It shows, and I am grateful.",
            "Please tell the maker of the {item} that he is an artist.",
            "All who come to tea admire my {item}, and I am proud of it.",
        ),
    ),
)
"""The eight intents of shop messages."""
