"""How unlike one another a model's answers to one prompt are.

All samples of a comparison are cut to one length in tokens, since longer texts repeat more.
"""

from collections.abc import Sequence

from sacrebleu.metrics.bleu import BLEU

LEAST_TOKENS = 8
"""Samples shorter than this leave a prompt out: too little to compare."""


def distinct(samples: Sequence[Sequence[int]], n: int, vocabulary: int) -> float:
    """Expectation-adjusted distinct n-grams over all samples together.

    Distinct n-grams over the number expected if the same many were drawn evenly from the
    vocabulary; 1 for such draws, near 0 for one text repeated.

    Args:
        samples: token ids, equally long.
        n: length of the n-grams.
        vocabulary: size of the model's own, above 1.

    Source: Liu et al. 2022, arXiv 2202.13587; with n-grams above one as in Kirk et al. 2023,
    arXiv 2310.06452, the vocabulary standing for each n-gram's.
    """
    grams = [tuple(s[i : i + n]) for s in samples for i in range(len(s) - n + 1)]
    if not grams:
        return 0.0
    missed = ((vocabulary - 1) / vocabulary) ** len(grams)
    return len(set(grams)) / (vocabulary * (1 - missed))


def self_bleu(samples: Sequence[str]) -> float:
    """Mean BLEU-4 of each sample against the others, in [0, 1]; 1 where all are the same.

    Raises:
        ValueError: fewer than two samples.

    Source: Zhu et al. 2018, arXiv 1802.01886.
    """
    if len(samples) < 2:
        raise ValueError("self-BLEU needs at least two samples")
    metric = BLEU(max_ngram_order=4, effective_order=True)
    found = [
        metric.sentence_score(sample, [*samples[:i], *samples[i + 1 :]]).score / 100
        for i, sample in enumerate(samples)
    ]
    return sum(found) / len(found)


def equal_length(groups: Sequence[Sequence[Sequence[int]]]) -> int:
    """To how many tokens all samples can be cut: the shortest, over `LEAST_TOKENS`.

    Args:
        groups: samples of one prompt each; those with a sample below the least are left out.
    """
    lengths = [min(map(len, group)) for group in groups if group]
    return min((length for length in lengths if length >= LEAST_TOKENS), default=0)
