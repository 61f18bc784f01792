"""Small records with one-off content, each as one line of JSON and as a sentence.

Eight types of record, each with its own keys in a fixed order. All values are
text. Sentences name every value of the record word for word, so that a reader
who can copy can turn either into the other.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.values import COLOURS, TRADES

KEPT_SENTENCES = 2
"""How many wordings, the last of each type, occur in no pretraining document."""

SENTENCES: dict[str, tuple[str, ...]] = {
    "order": (
        "{customer} ordered {quantity} {item} for {price} coins.",
        "An order came in from {customer}: {quantity} {item}, {price} coins in all.",
        "{customer} will pay {price} coins for {quantity} {item}.",
        "Please put aside {quantity} {item} for {customer}, who has paid {price} coins.",
        "For {price} coins {customer} bought {quantity} {item} this morning.",
        "The shop sold {quantity} {item} to {customer} and took {price} coins.",
        "We wrote down {quantity} {item} under the name of {customer}, at {price} coins.",
        "{price} coins is what {customer} owes us for {quantity} {item}.",
    ),
    "parcel": (
        "{sender} sent a parcel of {weight} kilos to {receiver} in {town}.",
        "A parcel of {weight} kilos is on its way from {sender} to {receiver} in {town}.",
        "{receiver} in {town} is waiting for a parcel of {weight} kilos from {sender}.",
        "The carrier took {weight} kilos to {town}; {sender} packed them for {receiver}.",
        "In {town} lives {receiver}, to whom {sender} posted {weight} kilos of goods.",
        "From {sender}, for {receiver} in {town}: one parcel, {weight} kilos.",
        "It cost {sender} a long walk to post {weight} kilos to {receiver} in {town}.",
        "The parcel that {receiver} fetched in {town} weighed {weight} kilos and came from "
        "{sender}.",
    ),
    "visit": (
        "{name} comes on {day} at {time} because of {reason}.",
        "On {day} at {time} we expect {name}, who has {reason}.",
        "{name} has {reason} and will be seen on {day} at {time}.",
        "The healer will see {name} about {reason} at {time} on {day}.",
        "Write down {day}, {time}: {name}, {reason}.",
        "At {time} on {day} the door opens for {name}, who complains of {reason}.",
        "What brings {name} to the healer at {time} on {day} is {reason}.",
        "If it is {day} and {time}, then {name} is here about {reason}.",
    ),
    "room": (
        "{guest} takes room {room} for {nights} nights from {date}.",
        "From {date} room {room} belongs to {guest} for {nights} nights.",
        "Room {room} is kept for {guest}, who arrives on {date} and stays {nights} nights.",
        "{guest} wrote that {nights} nights from {date} in room {room} would be right.",
        "The inn gave {guest} the key of room {room} for {nights} nights, beginning on {date}.",
        "On {date} {guest} moves into room {room} and stays for {nights} nights.",
        "We hold room {room} from {date} for {nights} nights in the name of {guest}.",
        "{nights} nights in room {room}, first night {date}: that is what {guest} asked for.",
    ),
    "lost": (
        "{owner} lost a {colour} {thing} near {place}.",
        "Near {place} a {colour} {thing} was lost; it belongs to {owner}.",
        "A {colour} {thing} has gone missing near {place}, and {owner} wants it back.",
        "{owner} is looking for a {colour} {thing}, last seen near {place}.",
        "Whoever finds a {colour} {thing} near {place} should bring it to {owner}.",
        "The {colour} {thing} that {owner} dropped near {place} has not been found.",
        "It was near {place} that {owner} last held the {colour} {thing}.",
        "Have you seen a {colour} {thing}? {owner} left it near {place}.",
    ),
    "member": (
        "{name} is {age} years old, lives in {town} and works as a {trade}.",
        "{name}, a {trade} from {town}, is {age} years old.",
        "At the age of {age}, {name} is a {trade} in {town}.",
        "Our new member {name} is a {trade} of {age} years and comes from {town}.",
        "In {town} there is a {trade} called {name}, who is {age}.",
        "The {trade} {name} joined us from {town} at the age of {age}.",
        "{town} sent us a {trade} of {age} years whose name is {name}.",
        "Say hello to {name} from {town}: {age} years old and a {trade}.",
    ),
    "boat": (
        "The {boat} sails on {date} under Captain {captain} with a load of {cargo}.",
        "Captain {captain} takes the {boat} out on {date} and carries {cargo}.",
        "On {date} the {boat} leaves with {cargo}; her captain is {captain}.",
        "A load of {cargo} goes on board the {boat} for {date}, and {captain} commands her.",
        "With {cargo} below deck, {captain} steers the {boat} out on {date}.",
        "The harbour book for {date} names the {boat}, Captain {captain}, and {cargo}.",
        "{captain} has been captain of the {boat} for years and on {date} fetches {cargo}.",
        "If you send {cargo} on {date}, they travel with {captain} on the {boat}.",
    ),
    "class": (
        "{teacher} teaches {subject} on {day} in room {room}.",
        "On {day} you can learn {subject} from {teacher} in room {room}.",
        "Room {room} is kept on {day} for {subject} with {teacher}.",
        "Lessons in {subject} are given by {teacher} in room {room} every {day}.",
        "Every {day} {teacher} opens room {room} for lessons in {subject}.",
        "For {subject} go to room {room} on {day} and ask for {teacher}.",
        "The lesson in {subject} with {teacher} is on {day}; the room is {room}.",
        "If {day} suits you, {teacher} will show you {subject} in room {room}.",
    ),
}
"""The sentences of each type; `{key}` is that key's value."""
RECORD_TYPES = tuple(SENTENCES)


@dataclass(frozen=True)
class Record:
    """One record of one type."""

    kind: str
    """One of `RECORD_TYPES`."""
    fields: dict[str, str]
    """Every key with its value, in the order of the type."""


def make_record(rng: Random, kind: str | None = None) -> Record:
    """A record of that type, or of any, with one-off content.

    Raises:
        KeyError: there is no such type.
    """
    chosen = kind or rng.choice(RECORD_TYPES)
    return Record(chosen, _FIELDS[chosen](rng))


def as_json(record: Record) -> str:
    """The record as one line of JSON with double quotes, keys in the order of its type."""
    return json.dumps(record.fields, ensure_ascii=False)


def as_sentence(record: Record, wording: int) -> str:
    """The record in one of `SENTENCES[record.kind]`."""
    text = SENTENCES[record.kind][wording].format(**record.fields)
    return text[:1].upper() + text[1:]


def _order(rng: Random) -> dict[str, str]:
    return {
        "customer": names.one_off_person(rng),
        "item": lexicon.goods(rng),
        "quantity": names.number(rng, 2, 60),
        "price": names.price(rng),
    }


def _parcel(rng: Random) -> dict[str, str]:
    return {
        "sender": names.one_off_person(rng),
        "receiver": names.one_off_person(rng),
        "town": names.one_off_place(rng),
        "weight": names.number(rng, 1, 40),
    }


def _visit(rng: Random) -> dict[str, str]:
    return {
        "name": names.one_off_person(rng),
        "day": rng.choice(names.WEEKDAYS),
        "time": names.clock(rng),
        "reason": rng.choice(lexicon.AILMENTS),
    }


def _room(rng: Random) -> dict[str, str]:
    return {
        "guest": names.one_off_person(rng),
        "room": names.number(rng, 1, 99),
        "nights": names.number(rng, 2, 14),
        "date": names.date(rng),
    }


def _lost(rng: Random) -> dict[str, str]:
    return {
        "owner": names.one_off_person(rng),
        "thing": rng.choice(lexicon.THINGS),
        "colour": rng.choice(COLOURS),
        "place": names.one_off_place(rng),
    }


def _member(rng: Random) -> dict[str, str]:
    return {
        "name": names.one_off_person(rng),
        "age": names.number(rng, 16, 88),
        "town": names.one_off_place(rng),
        "trade": rng.choice(tuple(TRADES)),
    }


def _boat(rng: Random) -> dict[str, str]:
    return {
        "boat": names.one_off_name(rng),
        "captain": names.one_off_person(rng),
        "cargo": lexicon.goods(rng),
        "date": names.date(rng),
    }


def _class(rng: Random) -> dict[str, str]:
    return {
        "teacher": names.one_off_person(rng),
        "subject": rng.choice(lexicon.SUBJECTS),
        "day": rng.choice(names.WEEKDAYS),
        "room": names.number(rng, 1, 99),
    }


_FIELDS: dict[str, Callable[[Random], dict[str, str]]] = {
    "order": _order,
    "parcel": _parcel,
    "visit": _visit,
    "room": _room,
    "lost": _lost,
    "member": _member,
    "boat": _boat,
    "class": _class,
}
