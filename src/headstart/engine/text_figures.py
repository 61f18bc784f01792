"""The user's texts through a checkpoint's tokenizer, without its weights."""

import contextlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging

from headstart.domain.checkpoint import Form
from headstart.domain.evidence import MemoryNeed, TextFigures
from headstart.domain.value import NotMeasured
from headstart.engine.gguf_reader import lean_gguf
from headstart.errors import first_line

MOST_SPECIALS = 8
_BATCH = 1_000
_UNLOADABLE = (
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def text_figures(
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[str],
    context: int | NotMeasured,
    memory: Callable[[int], MemoryNeed | NotMeasured],
) -> TextFigures:
    """Count tokens, rows over the context, and special tokens inside the text.

    Args:
        tokenizer: a checkpoint's own.
        rows: one text for each row, prompt and completion joined; at least one.
        context: longest sequence of the model, in tokens.
        memory: says what tuning takes at a row length in tokens.
    """
    lengths: list[int] = []
    for start in range(0, len(rows), _BATCH):
        batch = list(rows[start : start + _BATCH])
        encoded = tokenizer(batch, add_special_tokens=False)["input_ids"]
        lengths += [len(ids) for ids in encoded]
    text_bytes = sum(len(row.encode("utf-8", errors="replace")) for row in rows)
    holding, specials = _specials(tokenizer, rows)
    limit = None if isinstance(context, NotMeasured) else context
    fitting = [n for n in lengths if limit is None or n <= limit]
    return TextFigures(
        rows=len(rows),
        text_bytes=text_bytes,
        tokens=sum(lengths),
        tokens_per_byte=sum(lengths) / max(1, text_bytes),
        longest=max(lengths),
        over_context=context
        if isinstance(context, NotMeasured)
        else 1 - len(fitting) / len(lengths),
        special_rows=holding,
        specials=specials,
        memory=memory(max(fitting)) if fitting else NotMeasured(why="no row fits the context"),
    )


def tokenizer_at(path: Path, form: Form) -> PreTrainedTokenizerBase | NotMeasured:
    """Load a tokenizer from a folder or a GGUF file; says why where transformers cannot."""
    logging.set_verbosity_error()
    try:
        with _place(path, form) as (folder, file):
            loaded: PreTrainedTokenizerBase
            if file is None:
                loaded = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            else:
                with lean_gguf():
                    loaded = AutoTokenizer.from_pretrained(
                        folder, gguf_file=file, local_files_only=True
                    )
            return loaded
    except Exception as error:
        # the tokenizers library raises nothing more exact than Exception itself
        if not isinstance(error, _UNLOADABLE) and type(error) is not Exception:
            raise
        return NotMeasured(why=f"the tokenizer cannot be loaded: {first_line(error)}")


@contextlib.contextmanager
def _place(path: Path, form: Form) -> Iterator[tuple[str, str | None]]:
    """A GGUF in a folder of its own: transformers takes a tokenizer beside it for the file's."""
    if form is not Form.GGUF:
        yield str(path), None
        return
    with tempfile.TemporaryDirectory() as room:
        (Path(room) / path.name).symlink_to(path.absolute())
        yield room, path.name


def _specials(
    tokenizer: PreTrainedTokenizerBase, rows: Sequence[str]
) -> tuple[int, tuple[str, ...]]:
    """How many rows hold a special token's text, and which, the most frequent first."""
    texts = {t.content for t in tokenizer.added_tokens_decoder.values() if t.special}
    known = sorted((text for text in texts if text.strip()), key=len, reverse=True)
    if not known:
        return 0, ()
    pattern = re.compile("|".join(map(re.escape, known)))
    found = [set(pattern.findall(row)) for row in rows]
    counts = Counter(text for texts_of_row in found for text in texts_of_row)
    return sum(map(bool, found)), tuple(text for text, _ in counts.most_common(MOST_SPECIALS))
