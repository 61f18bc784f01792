"""The small files of a Hugging Face folder, each read at most once and never beyond its limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headstart.checkpoints.card import MAX_BYTES as MOST_OF_A_CARD
from headstart.checkpoints.files import broken, parse_object, read_text
from headstart.checkpoints.tokenizer_file import read_tokenizer

MAX_BYTES = 16_000_000
"""Of any of these but `tokenizer.json`; the largest in use have about 2 MB."""
OBJECTS = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.json",
)
_NAMED_TEMPLATES = "additional_chat_templates"
MOST_TEMPLATES = 64


@dataclass(frozen=True)
class SmallFiles:
    """What was found, parsed."""

    objects: Mapping[str, dict[str, Any]]
    """JSON objects by file name, `tokenizer.json` (without merges) among them."""
    templates: Mapping[str, str]
    """`chat_template.jinja` and the named templates by path."""
    card: str
    """The beginning of README.md; empty where there is none."""
    folder: Path | None = None
    """Where they lie, if on disk."""


def read_small_files(folder: Path) -> SmallFiles:
    """Read all small files of a folder.

    Raises:
        CheckpointBroken: one of them is too large, no JSON object, or not UTF-8.
    """
    objects = {
        name: parse_object(folder / name, _not_empty(folder / name))
        for name in OBJECTS
        if (folder / name).is_file()
    }
    tokenizer = folder / "tokenizer.json"
    if tokenizer.is_file():
        objects["tokenizer.json"] = read_tokenizer(tokenizer)
    return SmallFiles(objects, _templates(folder), _card(folder), folder)


def given_files(texts: Mapping[str, str]) -> SmallFiles:
    """The same from texts by file name, for checkpoints that are not on this disk.

    Raises:
        CheckpointBroken: one of them is no JSON object.
    """
    objects = {
        name: parse_object(Path(name), texts[name])
        for name in (*OBJECTS, "tokenizer.json")
        if texts.get(name, "").strip()
    }
    templates = {name: text for name, text in texts.items() if name.endswith(".jinja")}
    return SmallFiles(objects, templates, texts.get("README.md", "")[:MOST_OF_A_CARD])


def _templates(folder: Path) -> dict[str, str]:
    named = sorted((folder / _NAMED_TEMPLATES).glob("*.jinja"))[:MOST_TEMPLATES]
    files = [folder / "chat_template.jinja", *named]
    return {str(path.relative_to(folder)): _text(path) for path in files if path.is_file()}


def _card(folder: Path) -> str:
    path = folder / "README.md"
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(MOST_OF_A_CARD).decode("utf-8", errors="replace")


def _text(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise broken(path, f"{size:,} bytes, more than the {MAX_BYTES:,} it may have")
    return read_text(path)


def _not_empty(path: Path) -> str:
    text = _text(path)
    if not text.strip():
        raise broken(path, "the file is empty")
    return text
