"""The tokenizer's vocabulary as one fingerprint, and the chat template a checkpoint ships."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headstart.checkpoints.files import broken, canonical, read_object, read_text
from headstart.checkpoints.gguf_header import GgufHeader, read_strings
from headstart.checkpoints.tokenizer_file import read_tokenizer
from headstart.errors import CheckpointBroken

VOCABULARY_FILES = ("tokenizer.json", "vocab.json", "tokenizer.model", "vocab.txt")
"""Any one of these is a tokenizer; the first that is there is read."""
TOKENIZER_FILES = (
    *VOCABULARY_FILES,
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
)
TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json")
MAX_TOKEN_ID = 8_000_000
_WORD_MARK = "\N{LOWER ONE EIGHTH BLOCK}".encode()
"""Sentencepiece's sign for a space; GGUF converters write some of them as spaces."""


def has_vocabulary(folder: Path) -> bool:
    """Tell whether a folder brings a tokenizer of its own."""
    return any((folder / name).is_file() for name in VOCABULARY_FILES)


def directory_vocabulary(folder: Path) -> str:
    """Fingerprint a Hugging Face tokenizer: sha256 over its tokens in the order of their ids.

    Added tokens count, merges and settings do not. Equal for every copy of a
    tokenizer, and equal to `gguf_vocabulary` where the GGUF keeps the tokens as
    they are (byte-level and sentencepiece vocabularies do, WordPiece ones and
    those that lose added tokens do not). The space and sentencepiece's sign for
    it count as one, and so does padding behind the last token. A folder
    with `tokenizer.model` alone is fingerprinted by that file's bytes, which
    matches no other form.

    Raises:
        CheckpointBroken: no tokenizer, or one whose vocabulary cannot be read.
    """
    path = next((folder / n for n in VOCABULARY_FILES if (folder / n).is_file()), None)
    if path is None:
        raise CheckpointBroken(
            f"{folder}: no tokenizer (none of {', '.join(VOCABULARY_FILES)})",
            hint="copy the tokenizer files of the original model into the folder",
        )
    if path.suffix == ".model":
        if not path.stat().st_size:
            raise broken(path, "the file is empty")
        return hashlib.sha256(b"sentencepiece\0" + path.read_bytes()).hexdigest()
    return tokens_fingerprint(read_tokens(path))


def read_tokens(path: Path) -> list[bytes]:
    """Read the tokens of one of `VOCABULARY_FILES` but `tokenizer.model`, in the order of ids.

    Added tokens are among them; an id that no token has reads `[PAD17]`.

    Raises:
        CheckpointBroken: the vocabulary cannot be read.
    """
    if not path.stat().st_size:
        raise broken(path, "the file is empty")
    if path.suffix == ".txt":
        return read_text(path).rstrip("\n").encode().split(b"\n")
    if path.name == "tokenizer.json":
        return tokens_of(path, read_tokenizer(path))
    ids = read_object(path)
    added = path.with_name("added_tokens.json")
    return _by_id(path, ids | read_object(added) if added.is_file() else ids)


def tokens_of(path: Path, content: dict[str, Any]) -> list[bytes]:
    """Give the tokens in a parsed `tokenizer.json`, in the order of ids; see `read_tokens`.

    Raises:
        CheckpointBroken: it holds no vocabulary.
    """
    return _by_id(path, _tokenizer_json(path, content))


def gguf_vocabulary(path: Path, header: GgufHeader) -> str:
    """Fingerprint a GGUF's tokenizer: sha256 over `tokenizer.ggml.tokens`.

    Padding that converters add behind the last token is left out, so that the
    value can equal that of the Hugging Face form: see `directory_vocabulary`.

    Raises:
        CheckpointBroken: the file brings no tokens.
    """
    tokens = read_strings(path, header.metadata.get("tokenizer.ggml.tokens"))
    if not tokens:
        raise broken(
            path,
            "no tokenizer (metadata `tokenizer.ggml.tokens` is absent or empty)",
            hint="convert the model together with its tokenizer files",
        )
    return tokens_fingerprint(tokens)


def directory_template(folder: Path) -> str | None:
    """Read the chat template of a folder, or None where it ships none.

    `chat_template.jinja` goes before `tokenizer_config.json`, that before
    `chat_template.json`. Of several named templates the one called `default` counts.
    """
    jinja = folder / "chat_template.jinja"
    if jinja.is_file():
        return _unless_blank(read_text(jinja))
    for name in ("tokenizer_config.json", "chat_template.json"):
        if (folder / name).is_file():
            template = _default_template(read_object(folder / name).get("chat_template"))
            if template:
                return template
    return None


def gguf_template(header: GgufHeader) -> str | None:
    """Give the chat template in a GGUF's metadata, or None."""
    return _unless_blank(header.text("tokenizer.chat_template"))


def small_file_digest(path: Path) -> str:
    """Fingerprint one tokenizer, template or config file; configs without their volatile keys."""
    if path.name.endswith("config.json"):
        return hashlib.sha256(canonical(read_object(path))).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tokenizer_json(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    model, added = content.get("model"), content.get("added_tokens") or []
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    try:
        if isinstance(vocabulary, list):
            vocabulary = {piece[0]: number for number, piece in enumerate(vocabulary)}
        extra = {token["content"]: token["id"] for token in added}
    except (TypeError, KeyError, IndexError) as error:
        raise broken(path, "the lists of tokens have no tokens in them") from error
    if not isinstance(vocabulary, dict):
        raise broken(path, "`model.vocab` is neither a table nor a list")
    return vocabulary | extra


def _by_id(path: Path, ids: dict[str, Any]) -> list[bytes]:
    """Order tokens by id; a free id reads as GGUF converters write it."""
    if not ids:
        raise broken(path, "the vocabulary is empty")
    for token, number in ids.items():
        if type(number) is not int or not isinstance(token, str) or not 0 <= number < MAX_TOKEN_ID:
            raise broken(path, f"token {str(token)[:40]!r} has the id {str(number)[:40]}")
    tokens: list[bytes | None] = [None] * (max(ids.values()) + 1)
    for token, number in ids.items():
        tokens[number] = token.encode("utf-8")
    return [_padding(n) if token is None else token for n, token in enumerate(tokens)]


def tokens_fingerprint(tokens: Sequence[bytes]) -> str:
    """Fold tokens, in the order of their ids, into one sha256; padding at the end is left out."""
    count = len(tokens)
    while count and tokens[count - 1] == _padding(count - 1):
        count -= 1
    parts: list[bytes] = []
    for token in tokens[:count]:
        plain = token.replace(_WORD_MARK, b" ")
        parts += (len(plain).to_bytes(8, "little"), plain)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _padding(number: int) -> bytes:
    return f"[PAD{number}]".encode()


def _default_template(found: Any) -> str | None:
    if isinstance(found, list):
        named = {one.get("name"): one.get("template") for one in found if isinstance(one, dict)}
        found = named.get("default")
    return _unless_blank(found) if isinstance(found, str) else None


def _unless_blank(template: str | None) -> str | None:
    return template if template and template.strip() else None
