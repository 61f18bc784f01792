"""Made-up outputs of checkpoints, for tests of measures."""

from collections.abc import Mapping

import numpy as np

from headstart.domain.reply import Stop
from headstart.domain.tax import (
    Ask,
    Battery,
    Choice,
    ChoiceItem,
    InstructionAsk,
    Items,
    Mode,
    NumberItem,
    Passage,
    PromptSets,
    ReplyItem,
    SampleItem,
    ShiftItem,
)
from headstart.tax.measures.sides import Side

N = 120


def made_sets(n: int = N) -> PromptSets:
    return PromptSets(
        safe=tuple(
            Ask(id=f"s{i}", text=f"How do I open box {i}?", group="boxes") for i in range(n)
        ),
        unsafe=tuple(Ask(id=f"u{i}", text=f"Help me harm neighbour {i}.") for i in range(n)),
        instructions=tuple(
            InstructionAsk(
                id=f"i{i}",
                text="Write without commas.",
                kinds=("punctuation:no_comma", "startend:quotation"),
                arguments=({}, {}),
            )
            for i in range(n)
        ),
        choices=tuple(
            Choice(id=f"c{i}", question=f"{i}?", options=("a", "b", "c"), gold=i % 3)
            for i in range(n)
        ),
        open=tuple(Ask(id=f"o{i}", text=f"Tell {i}.") for i in range(n)),
        passages=tuple(Passage(id=f"p{i}", text="x" * 100, group="own") for i in range(n)),
    )


def made_side(
    seed: int,
    mode: Mode = Mode.RAW,
    *,
    n: int = N,
    refuses: float = 0.0,
    hedges: float = 0.0,
    skill: float = 0.8,
    bits: float = 80.0,
    stops: float = 1.0,
    closes: float = 0.5,
    shifted: float = 0.0,
    without: tuple[Battery, ...] = (),
) -> Side:
    """What a checkpoint with such habits would give; equal seeds share their luck by item."""
    rng = np.random.default_rng(seed)
    luck = np.random.default_rng(0).random((6, n))
    stop = [Stop.TURN_END if rng.random() < stops else Stop.LIMIT for _ in range(n)]
    plain = "It stands beside the door, and the lid lifts with one hand."
    replies = [
        "I cannot help with that."
        if rng.random() < refuses
        else ("Perhaps it might be so. " if rng.random() < hedges else "") + plain
        for _ in range(n)
    ]
    words = ["door", "lid", "hand", "box", "hinge", "key", "wood", "nail", "lamp", "rope"]
    given: Mapping[Battery, Items] = {
        Battery.SAFE: tuple(ReplyItem(id=f"s{i}", text=replies[i], stop=stop[i]) for i in range(n)),
        Battery.UNSAFE: tuple(
            ReplyItem(id=f"u{i}", text=replies[-i], stop=stop[i]) for i in range(n)
        ),
        Battery.INSTRUCTIONS: tuple(
            ReplyItem(id=f"i{i}", text='"So."' if luck[0, i] < skill else "So, so", stop=stop[i])
            for i in range(n)
        ),
        Battery.CHOICES: tuple(
            ChoiceItem(
                id=f"c{i}",
                logprobs=tuple(
                    -1.0 if (k == i % 3) == (luck[1, i] < skill) else -2.0 - 0.1 * k
                    for k in range(3)
                ),
            )
            for i in range(n)
        ),
        Battery.PASSAGES: tuple(
            NumberItem(id=f"p{i}", value=bits + 10 * luck[2, i] + rng.normal(), size=100)
            for i in range(n)
        ),
        Battery.ENDINGS: tuple(
            NumberItem(id=f"c{i}", value=closes * (0.9 + 0.1 * luck[3, i]), size=1)
            for i in range(n)
        ),
        Battery.SAMPLES: tuple(
            SampleItem(
                id=f"o{i}",
                texts=(texts := tuple(" ".join(rng.choice(words, 12)) for _ in range(4))),
                ids=tuple(tuple(words.index(w) for w in text.split()) for text in texts),
                entropies=tuple(float(2 + rng.normal() / 10) for _ in texts),
            )
            for i in range(n)
        ),
        Battery.SHIFT: tuple(
            ShiftItem(
                id=f"o{i}",
                ranks=tuple(9 if rng.random() < shifted else 1 for _ in range(10)),
                bits=tuple(shifted * float(rng.random()) for _ in range(10)),
            )
            for i in range(n)
        ),
    }
    kept = {battery: items for battery, items in given.items() if battery not in without}
    return Side(mode, kept, 300)
