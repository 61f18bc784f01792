"""Which windows of a token file each step of a training sees, and at which rate."""

import math

import numpy as np

from headstart.domain.stage import PretrainRecipe
from headstart.engine.documents import Ids
from headstart.engine.token_file import TokenFile

FLOOR = 0.1
"""The share of the peak rate that the cosine falls to."""


class Schedule:
    """Batches by their step alone, so that a resumed run sees what it would have seen."""

    def __init__(self, tokens: TokenFile, window: int, recipe: PretrainRecipe) -> None:
        """Cut `tokens` into windows of `window` predicted tokens; shorter texts into one."""
        self._tokens, self._recipe = tokens, recipe
        self.window = min(window, len(tokens.ids) - 1)
        """Tokens predicted in a window."""
        self._count = (len(tokens.ids) - 1) // self.window
        self.batch = min(recipe.batch_windows, self._count)
        """Windows in a step."""
        self.steps = max(1, self._count * recipe.epochs // self.batch)
        """Optimiser steps in all; what does not fill a last one is dropped."""
        self._turn = -1
        self._order = np.zeros(0, dtype=np.int64)

    def windows(self, step: int) -> Ids:
        """[batch, window + 1] ids; every pass over the text is in an order of its own."""
        places = range(step * self.batch, (step + 1) * self.batch)
        starts = [self._at(place) * self.window for place in places]
        ids = self._tokens.ids
        return np.stack([ids[s : s + self.window + 1].astype(np.int64) for s in starts])

    def share(self, step: int) -> float:
        """Of the peak rates: a linear rise, then a cosine down to a tenth."""
        warm = max(1, round(self.steps * self._recipe.warmup_share))
        if step < warm:
            return (step + 1) / warm
        done = (step - warm) / max(1, self.steps - warm)
        return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done))

    def _at(self, place: int) -> int:
        turn, within = divmod(place, self._count)
        if turn != self._turn:
            self._turn = turn
            self._order = np.random.default_rng([self._recipe.seed, turn]).permutation(self._count)
        return int(self._order[within])
