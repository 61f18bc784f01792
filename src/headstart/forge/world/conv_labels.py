"""Classification: the mood of a review, the topic of a sentence, the intent of a shop message."""

from collections.abc import Sequence
from random import Random

from headstart.forge.world.exchange import Exchange, plain
from headstart.forge.world.facts import World
from headstart.forge.world.grammar import expand
from headstart.forge.world.shop_words import INTENTS, SHOP_RULES
from headstart.forge.world.text_words import SENTIMENTS, TEXT_RULES, TOPICS
from headstart.forge.world.wording import listed, sentence

SENTIMENT_WORDINGS = (
    "Is this review good or bad? {t}",
    "{t}\nGood or bad?",
    "Say whether the guest was pleased, with one word, good or bad. {t}",
)
TOPIC_WORDINGS = (
    "What is this sentence about? {t}",
    "Name the topic of this sentence in one word. {t}",
    "{t}\nTopic?",
)
INTENT_WORDINGS = (
    "What does this customer want? {t}",
    "Name the reason for this message to the shop in one word. {t}",
    "{t}\nIntent?",
)
LISTED_WORDINGS = (
    "Which label fits? {labels}.\n{t}",
    "Choose one of these labels: {labels}.\n{t}",
    "{t}\nIs it {either}?",
    "Sort this text into one of the groups {labels}. {t}",
    "Answer with one of {labels}. {t}",
)
"""Wordings that list labels, in any order and not always all; `{either}` joins them by or."""
LISTED = 0.6
"""Share of the classifications that list labels."""
INTENT_SHARE, TOPIC_SHARE = 0.5, 0.3
"""Shares of intents and topics among classifications; the rest is about moods."""


def classification(_: World, rng: Random) -> Exchange:
    """A text to be labelled; reply and core are the label."""
    draw = rng.random()
    if draw < INTENT_SHARE:
        intent = rng.choice(INTENTS)
        text = shop_message(intent.wordings, rng)
        return _asked(text, intent.name, [each.name for each in INTENTS], INTENT_WORDINGS, rng)
    sets, wordings = (
        (TOPICS, TOPIC_WORDINGS)
        if draw < INTENT_SHARE + TOPIC_SHARE
        else (SENTIMENTS, SENTIMENT_WORDINGS)
    )
    label = rng.choice(tuple(sets))
    return _asked(labelled_text(sets[label], rng), label, tuple(sets), wordings, rng)


def shop_message(
    wordings: Sequence[str], rng: Random, frame: str = "{opening}{body}{ending}"
) -> str:
    """A message to the shop in one of the wordings, with or without a greeting.

    Args:
        wordings: templates of the message itself.
        rng: draws the wording and what its parts stand for.
        frame: greeting, `{body}` and closing, as parts of `SHOP_RULES`.
    """
    body = sentence(expand(rng.choice(wordings), rng, SHOP_RULES, {}))
    return expand(frame, rng, SHOP_RULES, {"body": body})


def labelled_text(wordings: Sequence[str], rng: Random) -> str:
    """A text in one of the wordings, every part filled in."""
    return sentence(expand(rng.choice(wordings), rng, TEXT_RULES, {}))


def _asked(
    text: str, label: str, labels: Sequence[str], wordings: Sequence[str], rng: Random
) -> Exchange:
    if rng.random() >= LISTED:
        return plain(rng.choice(wordings).format(t=text), label, label)
    others = [each for each in labels if each != label]
    shown = [label, *rng.sample(others, rng.randint(1, len(others)))]
    rng.shuffle(shown)
    frame = rng.choice(LISTED_WORDINGS)
    return plain(
        frame.format(t=text, labels=", ".join(shown), either=listed(shown, "or")), label, label
    )
