"""Sums with plain digits: which are kept out of every training text, and how they are put.

Addition and subtraction take numbers up to 99, times tables go to 12. About one
ordered pair in eight is held out. Both orders of an addition are held out
together; of a product at most one order is, since a times table has to be seen
to be known; the one-digit sums and their reverses, on which the column method
rests, are never held out.
"""

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from headstart.forge.world.wording import sentence

OPERATIONS = ("+", "-", "x")
LARGEST = 99
"""The largest number in an addition or a subtraction."""
LARGEST_FACTOR = 12

SPOKEN = {
    "+": ("{a} + {b}", "{a} plus {b}", "{a} and {b}"),
    "-": ("{a} - {b}", "{a} minus {b}", "{a} take away {b}"),
    "x": ("{a} x {b}", "{a} times {b}"),
}
"""Ways to write a sum without its result."""
SUM_QUESTIONS = (
    "What is {e}?",
    "How much is {e}?",
    "What do you get for {e}?",
    "Work out {e}.",
    "What does {e} come to?",
    "Can you work out {e}?",
    "What is the result of {e}?",
)
"""Ways to ask for a sum; `{e}` is one of `SPOKEN`."""


@dataclass(frozen=True)
class Sum:
    """Two numbers and what to do with them."""

    left: int
    """The first number as written."""
    operation: str
    """One of `OPERATIONS`."""
    right: int
    """The second number as written; at most `left` in a subtraction."""

    @property
    def result(self) -> int:
        """Between 0 and 198."""
        if self.operation == "+":
            return self.left + self.right
        if self.operation == "-":
            return self.left - self.right
        return self.left * self.right

    def spoken(self, wording: int) -> str:
        """Without the result: "37 + 45", "37 plus 45"; wordings count round."""
        ways = SPOKEN[self.operation]
        return ways[wording % len(ways)].format(a=self.left, b=self.right)

    def question(self, asking: int, wording: int) -> str:
        """A whole question or order, in one of `SUM_QUESTIONS` and one of `SPOKEN`."""
        return sentence(SUM_QUESTIONS[asking].format(e=self.spoken(wording)))

    @property
    def equation(self) -> str:
        """With the result: "37 + 45 = 82"."""
        return f"{self.spoken(0)} = {self.result}"


def larger_first(found: Sum) -> Sum:
    """A product with its larger factor first, unless that order is held out; all else as it is."""
    turned = Sum(found.right, found.operation, found.left)
    is_turned = found.operation == "x" and found.left < found.right
    return turned if is_turned and not is_held_out_sum(turned.left, "x", turned.right) else found


def is_held_out_sum(left: int, operation: str, right: int) -> bool:
    """Whether this sum occurs in no training text, in figures or in a word problem.

    Raises:
        ValueError: the operation is none of `OPERATIONS`.
    """
    low, high = min(left, right), max(left, right)
    if operation == "+":
        return high > 9 and _share(f"{low}+{high}") < 1 / 8
    if operation == "-":
        return (left > 18 or right > 9) and _share(f"{left}-{right}") < 1 / 8
    if operation == "x":
        drawn = low > 1 and low != high and _share(f"{low}x{high}") < 1 / 3
        is_first_order = _share(f"order {low}x{high}") < 1 / 2
        return drawn and (left < right) == is_first_order
    raise ValueError(f"unknown operation {operation!r}")


def make_sum(rng: Random, *, held_out: bool = False, operation: str | None = None) -> Sum:
    """A sum that is held out, or one that is not.

    A third of the additions and subtractions stay below 20 where they are not
    held out, since small ones carry the rest.
    """
    while True:
        kind = operation or rng.choice(("+", "+", "-", "-", "x"))
        found = _draw(rng, kind)
        if is_held_out_sum(found.left, kind, found.right) is held_out:
            return found


def _draw(rng: Random, operation: str) -> Sum:
    if operation == "x":
        return Sum(rng.randint(1, LARGEST_FACTOR), "x", rng.randint(1, LARGEST_FACTOR))
    top = rng.choice((20, LARGEST, LARGEST))
    one, other = rng.randint(0, top), rng.randint(0, top)
    if operation == "+":
        return Sum(one, "+", other)
    return Sum(max(one, other), "-", min(one, other))


def _share(text: str) -> float:
    """A stable number in [0, 1) for a text."""
    return int.from_bytes(sha256(f"sum|{text}".encode()).digest()[:6], "big") / 2**48
