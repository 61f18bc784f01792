"""Measuring a checkpoint from its folder, apart from the trainer that made it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from headstart.domain.value import Score
from headstart.engine.device import deterministic
from headstart.engine.load import Loaded
from headstart.engine.packs import packs
from headstart.engine.reader import reads_segments
from headstart.engine.render import Rendered
from headstart.engine.score import likelihoods
from headstart.engine.train import Packing, pack_loss

Tokens = tuple[int, ...]
Z95 = 1.959964


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt, in ids."""

    prompt: Tokens
    chosen: Tokens
    """With its turn end."""
    rejected: Tokens
    """With its turn end."""


@dataclass(frozen=True)
class PairScores:
    """Log-probabilities (nats) of whole answers, one for each pair."""

    chosen: tuple[float, ...]
    rejected: tuple[float, ...]


def mean_loss(loaded: Loaded, rows: Sequence[Rendered]) -> float:
    """Mean negative log-likelihood (nats) of the trained tokens of `rows`, at least one."""
    total = 0.0
    count = sum(sum(row.trained[1:]) for row in rows)
    with deterministic(), torch.no_grad():
        for pack in packs(rows, Packing().tokens, shared=reads_segments(loaded.model)):
            with loaded.device.autocast(loaded.model.dtype), pack_loss(loaded.model, pack) as loss:
                total += float(loss)
    return total / count


def score_pairs(loaded: Loaded, pairs: Sequence[Pair]) -> PairScores:
    """How likely both answers of each pair are."""
    items = [(p.prompt, p.chosen) for p in pairs] + [(p.prompt, p.rejected) for p in pairs]
    with deterministic(), loaded.device.autocast(loaded.model.dtype):
        sums = [math.fsum(values) for values in likelihoods(loaded.model, items)]
    return PairScores(tuple(sums[: len(pairs)]), tuple(sums[len(pairs) :]))


def share(hits: Sequence[bool]) -> Score:
    """A share with its 95% interval (Wilson), as fractions; `hits` at least one."""
    n = len(hits)
    mean = sum(hits) / n
    spread = Z95 * math.sqrt(mean * (1 - mean) / n + Z95**2 / (4 * n**2))
    centre, scale = mean + Z95**2 / (2 * n), 1 + Z95**2 / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return Score(mean=mean, low=max(0.0, low), high=min(1.0, high), n=n)


def mean_score(values: Sequence[float]) -> Score:
    """A mean with its 95% interval (normal approximation); `values` at least one."""
    n = len(values)
    mean = math.fsum(values) / n
    variance = math.fsum((x - mean) ** 2 for x in values) / max(1, n - 1)
    half = Z95 * math.sqrt(variance / n)
    return Score(mean=mean, low=mean - half, high=mean + half, n=n)
