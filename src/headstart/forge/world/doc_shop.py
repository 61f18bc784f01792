"""Messages that customers send to shops, and what the shops reply."""

from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.source import Source
from headstart.forge.world.wording import with_article

MESSAGES: dict[str, tuple[str, ...]] = {
    "order": (
        "Please send me {count} {goods}.",
        "I would like to order {count} {goods} for {day}.",
        "Put me down for {count} {goods}, to be fetched on {date}.",
        "We need {a_thing} for the kitchen. Can you send one to {place}?",
        "{count} {goods}, please, and the bill to {other}.",
    ),
    "late": (
        "I am still waiting for the {thing} I ordered on {date}.",
        "Order {code} should have been here on {day}. Where is it?",
        "The {goods} have not arrived. Did the cart break down?",
        "It has been {count} days and there is no parcel at my door.",
        "You promised me the {thing} for {day}, and it is not here.",
    ),
    "broken": (
        "The {thing} came with a crack in it.",
        "Of the {goods} you sent, one is broken.",
        "When I opened the parcel, the {thing} lay in two pieces.",
        "The handle of my new {thing} came off on the first day.",
        "The {thing} does not work. I have tried everything.",
    ),
    "hours": (
        "At what time do you open on {day}?",
        "Are you open on {date}?",
        "How late can I come by this evening?",
        "Is the shop closed during the harvest?",
        "Can I still come at {time} on {day}?",
    ),
    "price": (
        "How much do you ask for {a_thing}?",
        "What would {count} {goods} cost me?",
        "Is the {thing} in the window still {price} coins?",
        "Do I pay less if I take {count} {goods}?",
        "Please tell me the price of the {thing}.",
    ),
    "address": (
        "I have moved. Please send order {code} to {place}.",
        "My new house is in {place}, so do not send the {thing} to the old one.",
        "Please write down that {name} now lives in {place}.",
        "The parcel is to go to {other} in {place}, not to me.",
        "From {date} on you will find me in {place}.",
    ),
    "cancel": (
        "I no longer need the {thing}. Please cancel order {code}.",
        "Please forget about the {goods}. I have found some in the attic.",
        "Stop order {code}, if it is not too late.",
        "I have changed my mind about the {thing}.",
        "Do not send the {goods} after all.",
    ),
    "money": (
        "I sent the {thing} back on {date} and want my {price} coins.",
        "You charged me twice for the {goods}.",
        "When will I get my money back for order {code}?",
        "The bill says {price} coins, but the sign said less.",
        "I paid for {count} {goods} and got fewer. Please return the rest of the money.",
    ),
    "thanks": (
        "The {thing} is even better than the old one. Thank you!",
        "Thank you for the quick help on {day}.",
        "Everyone here loves the {goods}.",
        "I want to say that {other} was very kind to me in your shop.",
        "The {thing} arrived safe and sound, many thanks.",
    ),
}
"""Messages by what they are about."""

REPLIES: dict[str, tuple[str, ...]] = {
    "order": (
        "Thank you, {name}. The order is {code} and leaves on {day}.",
        "Gladly. We have put the order aside for you.",
        "It will be ready on {day} at {time}.",
    ),
    "late": (
        "We are sorry, {name}. The carrier was held up and comes on {day}.",
        "It left here on {date}. Please wait until {day}, and write again if nothing comes.",
        "The mistake is ours. {other} is bringing it to you today.",
    ),
    "broken": (
        "We are sorry. A new one is on its way to you.",
        "Please bring it back, {name}, and we will mend it for nothing.",
        "That should not happen. Keep it and take a second one as a gift.",
    ),
    "hours": (
        "We open at {time} and close when the lamp goes out.",
        "Yes, come at {time}.",
        "On {day} we are closed, but {other} lives upstairs.",
    ),
    "price": (
        "That comes to {price} coins.",
        "For you, {name}, {price} coins.",
        "The price is {price} coins, and {other} will wrap it for you.",
    ),
    "address": (
        "We have written it down. Everything now goes to {place}.",
        "Thank you, {name}. The old address is crossed out.",
        "Good luck in {place}!",
    ),
    "cancel": (
        "Order {code} has been cancelled.",
        "It is done, {name}. You owe us nothing.",
        "That was just in time. The cart had not left yet.",
    ),
    "money": (
        "You are right. {price} coins are on their way back to you.",
        "We have looked into it, {name}, and you will be paid on {day}.",
        "Please come by, and {other} will give you the coins from the box.",
    ),
    "thanks": (
        "You are most welcome, {name}.",
        "That made our day. Come again!",
        "We shall tell {other}, who will be pleased.",
    ),
}

HEADINGS = {
    "order": "New order", "late": "Where is my order?", "broken": "Broken", "hours": "Open?",
    "price": "A price", "address": "New address", "cancel": "Cancel", "money": "Money back",
    "thanks": "Thanks",
}  # fmt: skip

TITLES = (
    "Messages at the shop of {name}", "The letter box of {name}", "This week's messages",
    "Notes on the counter", "Shop of {name}, {place}", "Messages and replies",
)  # fmt: skip


def shop_messages(source: Source) -> str:
    """Several messages to a shop, with or without replies and headings."""
    rng = source.rng
    layout = rng.randrange(5)
    blocks: list[str] = []
    while sum(map(len, blocks)) < 950:
        blocks.append(_block(rng, layout))
    body = ("\n" if layout == 4 else "\n\n").join(blocks)
    if rng.random() < 0.4:
        title = rng.choice(TITLES).format(name=names.one_off_person(rng), place=_place(rng))
        return f"{title}\n\n{body}"
    return body


def _place(rng: Random) -> str:
    return names.one_off_place(rng)


def _block(rng: Random, layout: int) -> str:
    about = rng.choice(tuple(MESSAGES))
    filling = _filling(rng)
    message = rng.choice(MESSAGES[about]).format(**filling)
    reply = rng.choice(REPLIES[about]).format(**filling)
    name = filling["name"]
    if layout == 0:
        return f"From {name}: {message}\nReply: {reply}"
    if layout == 1:
        hello = rng.choice(("Good morning.", "Hello,", "Dear shop,", "Good day."))
        return f"{HEADINGS[about]}\n{hello} {message} {name}"
    if layout == 2:
        return f'{name} wrote, "{message}" The shop wrote back, "{reply}"'
    if layout == 3:
        return f"{message}\n{name}\n{reply}"
    return f"{filling['time']} {name}: {message}"


def _filling(rng: Random) -> dict[str, str]:
    noun = lexicon.thing(rng)
    return {
        "name": names.one_off_person(rng),
        "other": names.one_off_person(rng).split()[0],
        "place": names.one_off_place(rng),
        "thing": noun,
        "a_thing": with_article(noun),
        "goods": lexicon.goods(rng),
        "count": names.number(rng, 2, 48),
        "price": names.price(rng),
        "code": names.code(rng),
        "day": rng.choice(names.WEEKDAYS),
        "date": names.date(rng),
        "time": names.clock(rng),
    }
