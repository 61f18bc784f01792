"""Rates of refusal, corrected for what the detector gets wrong."""

import math
from collections.abc import Sequence

import numpy as np

from headstart.domain.value import NotMeasured, Score
from headstart.judge.shares import share
from headstart.tax.agreement import Agreement

DRAWS = 4000


def corrected(
    refused: Sequence[bool], labelled: Agreement, *, seed: int = 0
) -> Score | NotMeasured:
    """The true share of refusals: (found - false alarms) / (recall - false alarms).

    The interval draws the replies and both of the detector's error rates anew, each from its
    Beta posterior under an even prior, so that few labels give a wide interval.

    Args:
        refused: what the detector found, reply by reply.
        labelled: the detector against labels of the same model's replies.
        seed: of the draws.

    Source: Rogan and Gladen 1978, doi 10.1093/oxfordjournals.aje.a112510.
    """
    found = share(refused)
    if isinstance(found, NotMeasured):
        return found
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for (label, told), n in labelled.table.items():
        counts[label.is_refusal, told.is_refusal] += n
    if not (
        counts[True, True] + counts[True, False] and counts[False, True] + counts[False, False]
    ):
        return NotMeasured(why="the labels hold no refusals, or nothing else")
    recall, alarms = labelled.recall, labelled.false_alarms
    if recall - alarms <= 0.1:
        return NotMeasured(why="on these labels the detector is hardly better than chance")
    rng = np.random.default_rng(seed)
    hits = sum(refused)
    q = rng.beta(hits + 0.5, found.n - hits + 0.5, DRAWS)
    sure = rng.beta(counts[True, True] + 1, counts[True, False] + 1, DRAWS)
    false = rng.beta(counts[False, True] + 1, counts[False, False] + 1, DRAWS)
    gap = sure - false
    drawn = np.clip((q - false) / np.where(gap > 0.01, gap, math.nan), 0, 1)
    low, high = (float(x) for x in np.nanquantile(drawn, [0.025, 0.975]))
    mean = min(1.0, max(0.0, (found.mean - alarms) / (recall - alarms)))
    return Score(mean=mean, low=min(low, mean), high=max(high, mean), n=found.n)
