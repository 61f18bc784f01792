"""A byte-level BPE tokenizer trained on texts, with special tokens that no text ever gives."""

from collections.abc import Iterable, Sequence

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from headstart.errors import RequestError

DOCUMENT_END, PAD, TURN_END = "<|endoftext|>", "<|pad|>", "<|end|>"
ROLE_TOKENS = ("<|system|>", "<|user|>", "<|assistant|>", TURN_END)
RESERVED = tuple(f"<|reserved_{i}|>" for i in range(10))
"""Never used: whoever reads the embedding later can tell what an untrained row looks like."""
SPECIALS = (DOCUMENT_END, PAD, *ROLE_TOKENS, *RESERVED)
BYTES = 256


def train_tokenizer(
    texts: Iterable[str], vocab_size: int, specials: Sequence[str] = SPECIALS, context: int = 512
) -> PreTrainedTokenizerFast:
    """Train byte-level BPE; digits are tokens of their own, nothing is unknown.

    Args:
        texts: what the merges are learnt from; special tokens in them count as text.
        vocab_size: of the whole vocabulary, specials and the 256 bytes included.
        specials: in the order of their ids; the first ends documents, the second pads.
        context: longest sequence in tokens, for the tokenizer's settings.

    Returns:
        A tokenizer whose eos is the document end; no chat template, no begin token. It has
        exactly `vocab_size` tokens where the texts are rich enough, else fewer.

    Raises:
        RequestError: the vocabulary is too small for specials and bytes.
    """
    least = len(specials) + BYTES
    if vocab_size < least:
        raise RequestError(
            f"a vocabulary of {vocab_size} tokens is too small",
            hint=f"{len(specials)} special tokens and {BYTES} bytes need {least}",
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[AddedToken(text, special=True, normalized=False) for text in specials],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=specials[0],
        pad_token=specials[1],
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )
