"""Documents as one long row of token ids on disk, read again without tokenising again.

tokens.bin     the ids, 2 or 4 bytes each
tokens.json    how many there are, of how many documents; written last
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from headstart.domain.event import Event, OnEvent
from headstart.engine.alignment.saving import write_atomically
from headstart.engine.documents import encode_documents
from headstart.errors import DataError

_NARROW = 2**16
_TELL_EVERY = 250_000


@dataclass(frozen=True)
class TokenFile:
    """Token ids of documents, one after another, each with its end."""

    ids: NDArray[np.uint16] | NDArray[np.uint32]
    """[tokens], on disk."""
    documents: int
    """How many documents they are."""


def collect_tokens(
    tokenizer: PreTrainedTokenizerBase,
    documents: Iterable[str],
    most: int,
    folder: Path,
    on_event: OnEvent,
) -> TokenFile:
    """The tokens of `documents` up to `most`; those that lie in `folder` already are taken.

    Raises:
        DataError: there are no documents.
    """
    told = folder / "tokens.json"
    if not told.is_file():
        _write(tokenizer, documents, most, folder, on_event)
    about = json.loads(told.read_text())
    ids = np.memmap(folder / "tokens.bin", dtype=about["dtype"], mode="r", shape=(about["tokens"],))
    return TokenFile(ids, about["documents"])


def _write(
    tokenizer: PreTrainedTokenizerBase,
    documents: Iterable[str],
    most: int,
    folder: Path,
    on_event: OnEvent,
) -> None:
    dtype = "<u2" if len(tokenizer) <= _NARROW else "<u4"
    count = number = said = 0
    with (folder / "tokens.bin").open("wb") as handle:
        for ids in encode_documents(tokenizer, documents):
            number += 1
            part = np.array(ids[: most - count], dtype=dtype)
            handle.write(part.tobytes())
            count += len(part)
            if count >= most:
                break
            if count - said >= _TELL_EVERY:
                said = count
                on_event(Event(stage="forge", message="collecting tokens", done=count, total=most))
        handle.flush()
        os.fsync(handle.fileno())
    if count < 2:
        raise DataError("the documents hold no text", hint="give files with text in them")
    told = {"dtype": dtype, "tokens": count, "documents": number}
    write_atomically(folder / "tokens.json", json.dumps(told).encode())
