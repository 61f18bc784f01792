"""Overlap of free texts: ROUGE-L and chrF, through the packages that define them."""

import functools
import re
from collections.abc import Sequence
from typing import Any

# one ideograph or kana is one token: such scripts put no spaces between words
_SPACELESS = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_WORD = re.compile(r"[^\W_]+")


class _Words:
    """Splits as rouge-score's own tokenizer does, but keeps letters of every script."""

    def tokenize(self, text: str) -> list[str]:
        return _WORD.findall(_SPACELESS.sub(r" \1 ", text.lower()))


def rouge_l(prediction: str, reference: str) -> float:
    """ROUGE-L F1 in [0, 1], lower-cased, without stemming.

    Equals rouge-score's figure on ASCII text; letters of other scripts, which
    rouge-score drops, count here.

    Source: Lin 2004, ROUGE.
    """
    if prediction.strip() == reference.strip():
        return 1.0
    return float(_rouge().score(reference, prediction)["rougeL"].fmeasure)


def chrf(prediction: str, reference: str) -> float:
    """Sentence chrF in [0, 1]: character n-grams up to 6, recall counting twice.

    Source: Popovic 2015, chrF.
    """
    import sacrebleu

    return min(1.0, sacrebleu.sentence_chrf(prediction, [reference]).score / 100)


def corpus_chrf(predictions: Sequence[str], references: Sequence[str]) -> float:
    """Corpus chrF in [0, 1]: n-gram counts are added up before they are divided."""
    import sacrebleu

    score = sacrebleu.corpus_chrf(list(predictions), [list(references)]).score
    return min(1.0, score / 100)


@functools.cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=False, tokenizer=_Words())
