"""Raw documents to token ids: each with its opening and its end, special tokens never from text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from headstart.domain.task import Example
from headstart.engine.render import Renderer

Ids = NDArray[np.int64]
DOCUMENT_ENDS = ("<|endoftext|>", "<|end_of_text|>", "<eos>", "</s>")
AT_ONCE = 512
"""Documents handed to the tokenizer together, which uses all processors for them."""


def encode_documents(
    tokenizer: PreTrainedTokenizerBase, texts: Iterable[str]
) -> Iterator[list[int]]:
    """The ids of each document, with the begin token if the tokenizer sets one, and its end.

    What looks like a special token inside a document stays text.

    Args:
        tokenizer: of a base or an instruct checkpoint.
        texts: documents; empty ones are left out.
    """
    renderer = Renderer(tokenizer, None)
    bare = renderer.training(Example(id="", prompt=(), completion="", group=""))
    opening, end = list(bare.ids[:-1]), [document_end(tokenizer)]
    marker = _markers(tokenizer)
    waiting = iter(texts)
    while chunk := list(islice(waiting, AT_ONCE)):
        wanted = [text for text in chunk if text]
        plain = [text for text in wanted if not marker.search(text)]
        encoded = iter(tokenizer(plain, add_special_tokens=False)["input_ids"] if plain else [])
        for text in wanted:
            if marker.search(text):
                whole = Example(id="", prompt=(), completion=text, group="")
                yield list(renderer.training(whole).ids[:-1]) + end
            else:
                yield opening + next(encoded) + end


def document_end(tokenizer: PreTrainedTokenizerBase) -> int:
    """The id that ends documents: the eos, but where that is a chat's turn end."""
    vocabulary = tokenizer.get_vocab()
    known = [vocabulary[token] for token in DOCUMENT_ENDS if token in vocabulary]
    if tokenizer.chat_template is not None and known:
        return int(known[0])
    return int(tokenizer.eos_token_id)


def windows_of(tokenizer: PreTrainedTokenizerBase, texts: Iterable[str], window: int) -> Ids:
    """Documents one after another, cut into rows: [windows, window].

    What is left over at the end is dropped, unless it is all there is: it is then repeated to
    fill one row.
    """
    ids = [i for document in encode_documents(tokenizer, texts) for i in document]
    if ids and len(ids) < window:
        ids = (ids * (window // len(ids) + 1))[:window]
    count = len(ids) // window
    return np.array(ids[: count * window], dtype=np.int64).reshape(count, window)


def _markers(tokenizer: PreTrainedTokenizerBase) -> re.Pattern[str]:
    """Finds any added token in a text, white space apart."""
    texts: Sequence[str] = [t.content for t in tokenizer.added_tokens_decoder.values()]
    longest_first = sorted((t for t in texts if len(t.strip()) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
