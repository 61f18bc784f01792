"""What a GGUF file's metadata declares."""

import struct
from collections.abc import Iterator
from pathlib import Path

from headstart.checkpoints.card import Card
from headstart.checkpoints.declared import Declared, Network, Vocabulary
from headstart.checkpoints.declared_files import ROLES, id_stop
from headstart.checkpoints.gguf_cursor import GgufArray
from headstart.checkpoints.gguf_header import GgufHeader, read_strings
from headstart.checkpoints.gguf_types import GgufType
from headstart.checkpoints.vocabulary import tokens_fingerprint
from headstart.domain.evidence import StopSource
from headstart.domain.template import TemplateSource
from headstart.domain.value import NotMeasured

_CONTROL, _USER, _UNUSED = 3, 4, 5
"""Values of `tokenizer.ggml.token_type`."""
_KEYS = {
    "eos": ("eos_token_id", "eot_token_id", "eom_token_id"),
    "bos": ("bos_token_id",),
    "pad": ("padding_token_id",),
}
_NAMES = ("general.name", "general.basename", "general.finetune", "general.size_label")


def declare_gguf(path: Path, header: GgufHeader) -> Declared:
    """Bring the metadata into one form.

    GGUF has no generation_config: what its end tokens are was decided when it was converted.
    """
    vocabulary = _vocabulary(path, header)
    return Declared(
        templates=tuple(_templates(header)),
        stops=tuple(_stops(header, vocabulary)),
        vocabulary=vocabulary,
        network=_network(header),
        card=_card(header),
        adds_bos=_flag(header, "tokenizer.ggml.add_bos_token"),
    )


def _flag(header: GgufHeader, key: str) -> bool | None:
    found = header.metadata.get(key)
    return found if isinstance(found, bool) else None


def _vocabulary(path: Path, header: GgufHeader) -> Vocabulary:
    tokens = read_strings(path, header.metadata.get("tokenizer.ggml.tokens"))
    if not tokens:
        why = "metadata `tokenizer.ggml.tokens` is absent or empty"
        return Vocabulary(fingerprint=NotMeasured(why=why))
    types = _numbers(path, header.metadata.get("tokenizer.ggml.token_type"))[: len(tokens)]
    added = {
        tokens[number].decode("utf-8", errors="replace"): number
        for number, sort in enumerate(types)
        if sort in (_CONTROL, _USER)
    }
    unused = frozenset(number for number, sort in enumerate(types) if sort == _UNUSED)
    return Vocabulary(tokens, added, unused, tokens_fingerprint(tokens))


def _numbers(path: Path, array: object) -> tuple[int, ...]:
    """An array of 32-bit integers from the file; empty where it is none."""
    if isinstance(array, tuple):
        return tuple(item for item in array if isinstance(item, int))
    if not isinstance(array, GgufArray) or array.item_type not in (GgufType.INT32, GgufType.UINT32):
        return ()
    with path.open("rb") as file:
        file.seek(array.start)
        raw = file.read(array.stop - array.start)
    return struct.unpack(f"<{len(raw) // 4}i", raw)


def _templates(header: GgufHeader) -> Iterator[TemplateSource]:
    prefix = "tokenizer.chat_template"
    for key, text in header.metadata.items():
        if key.startswith(prefix) and isinstance(text, str) and text.strip():
            name = key[len(prefix) :].lstrip(".") or "default"
            yield TemplateSource(name=name[:80], source=key, text=text)


def _stops(header: GgufHeader, vocabulary: Vocabulary) -> Iterator[StopSource]:
    for role in ROLES:
        for name in _KEYS[role]:
            key = f"tokenizer.ggml.{name}"
            yield from id_stop(key, role, header.metadata.get(key), vocabulary)


def _network(header: GgufHeader) -> Network:
    architecture = header.text("general.architecture")

    def count(key: str) -> int | None:
        value = header.metadata.get(f"{architecture}.{key}")
        if isinstance(value, tuple) and value:
            value = value[0]
        return value if type(value) is int and value > 0 else None

    return Network(
        architecture=architecture[:120] if architecture else None,
        model_type=architecture[:120] if architecture else None,
        layers=count("block_count"),
        hidden=count("embedding_length"),
        heads=count("attention.head_count"),
        key_heads=count("attention.head_count_kv"),
        vocabulary=count("vocab_size"),
        context=count("context_length"),
    )


def _card(header: GgufHeader) -> Card:
    found = header.metadata.get("general.tags")
    tags = found if isinstance(found, tuple) else ()
    models = (header.text(f"general.base_model.{at}.name") for at in range(4))
    owners = (header.text(f"general.base_model.{at}.organization") for at in range(4))
    named = [
        f"{owner}/{model}".replace(" ", "-") if owner else model
        for model, owner in zip(models, owners, strict=True)
        if model
    ]
    return Card(
        license=header.text("general.license"),
        base_models=tuple(named),
        tags=tuple(tag.lower() for tag in tags if isinstance(tag, str)),
        names=tuple(name for name in map(header.text, _NAMES) if name),
        source="GGUF metadata",
    )
