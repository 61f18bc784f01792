"""What a Hugging Face folder's small files declare."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from headstart.checkpoints.card import read_card
from headstart.checkpoints.declared import Declared, Generation, Network, Vocabulary
from headstart.checkpoints.small_files import SmallFiles
from headstart.checkpoints.vocabulary import (
    VOCABULARY_FILES,
    directory_vocabulary,
    read_tokens,
    tokens_fingerprint,
    tokens_of,
)
from headstart.domain.evidence import StopSource
from headstart.domain.template import TemplateSource

Role = Literal["eos", "bos", "pad"]
ROLES: tuple[Role, ...] = ("eos", "bos", "pad")
MOST_STOPS = 64
"""Ids that one place may name; generation_config lists two or three."""
_TEXT_PLACES = ("tokenizer_config.json", "special_tokens_map.json")
_ID_PLACES = ("config.json", "generation_config.json")
_CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx")
_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
_HIDDEN = ("hidden_size", "n_embd", "d_model", "model_dim")
_HEADS = ("num_attention_heads", "n_head", "num_heads", "n_heads")


def declare(files: SmallFiles) -> Declared:
    """Bring the small files into one form.

    Raises:
        CheckpointBroken: the vocabulary cannot be read.
    """
    vocabulary = _vocabulary(files)
    config = files.objects.get("config.json", {})
    names = (config.get("_name_or_path"),)
    card = read_card(files.card)
    return Declared(
        templates=tuple(_templates(files)),
        stops=tuple(_stops(files, vocabulary)),
        vocabulary=vocabulary,
        network=_network(config),
        card=replace(card, names=tuple(name for name in names if isinstance(name, str) and name)),
        generation=_generation(files.objects.get("generation_config.json", {})),
        adds_bos=_adds_bos(files.objects),
    )


def _generation(config: Mapping[str, Any]) -> Generation:
    return Generation(
        derived=config.get("_from_model_config") is True,
        chat_format=_word(config.get("chat_format")),
    )


def _adds_bos(objects: Mapping[str, dict[str, Any]]) -> bool | None:
    """By tokenizer.json's post-processor and tokenizer_config's flag; None where they differ."""
    flag = objects.get("tokenizer_config.json", {}).get("add_bos_token")
    said = {flag} if isinstance(flag, bool) else set()
    processor = objects.get("tokenizer.json", {}).get("post_processor")
    if isinstance(processor, dict):
        inner = processor.get("processors")
        parts = inner if isinstance(inner, list) else [processor]
        said.add(any(_begins_with_special(part) for part in parts))
    return said.pop() if len(said) == 1 else None


def _begins_with_special(processor: object) -> bool:
    """Whether a post-processor of the tokenizers library puts a special token before a text."""
    single = processor.get("single") if isinstance(processor, dict) else None
    first = single[0] if isinstance(single, list) and single else None
    return isinstance(first, dict) and "SpecialToken" in first


def _vocabulary(files: SmallFiles) -> Vocabulary:
    added = _added(files.objects)
    tokenizer = files.objects.get("tokenizer.json")
    if tokenizer is not None and files.folder is not None:
        tokens = tokens_of(files.folder / "tokenizer.json", tokenizer)
        return Vocabulary(tokens, added, fingerprint=tokens_fingerprint(tokens))
    if files.folder is None:
        return Vocabulary(None, added)
    path = next((files.folder / n for n in VOCABULARY_FILES if (files.folder / n).is_file()), None)
    if path is None:
        return Vocabulary(None, added)
    if path.suffix == ".model":
        return Vocabulary(None, added, fingerprint=directory_vocabulary(files.folder))
    tokens = read_tokens(path)
    return Vocabulary(tokens, added, fingerprint=tokens_fingerprint(tokens))


def _added(objects: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """Added tokens from every file that lists them; the tokenizer's own list goes last and wins."""
    found: dict[str, int] = {}
    found |= {
        text: number
        for text, number in objects.get("added_tokens.json", {}).items()
        if type(number) is int
    }
    decoder = objects.get("tokenizer_config.json", {}).get("added_tokens_decoder")
    for number, token in decoder.items() if isinstance(decoder, dict) else ():
        text = _content(token)
        if text is not None and number.isascii() and number.isdigit() and len(number) < 9:
            found[text] = int(number)
    listed = objects.get("tokenizer.json", {}).get("added_tokens")
    for token in listed if isinstance(listed, list) else ():
        text = _content(token)
        if text is not None and type(token.get("id")) is int:
            found[text] = token["id"]
    return found


def _templates(files: SmallFiles) -> Iterator[TemplateSource]:
    """Every template, in the order in which they are looked for: the first default one is used."""
    for source, text in files.templates.items():
        if text.strip():
            name = source.rpartition("/")[2].removesuffix(".jinja")
            named = "default" if name == "chat_template" else name
            yield TemplateSource(name=named, source=source, text=text)
    for source in ("tokenizer_config.json", "chat_template.json"):
        yield from _in_config(source, files.objects.get(source, {}).get("chat_template"))


def _in_config(source: str, found: Any) -> Iterator[TemplateSource]:
    if isinstance(found, str) and found.strip():
        yield TemplateSource(name="default", source=source, text=found)
    if isinstance(found, dict):
        found = [{"name": name, "template": text} for name, text in found.items()]
    for one in found if isinstance(found, list) else ():
        name, text = (one.get("name"), one.get("template")) if isinstance(one, dict) else (0, 0)
        if isinstance(name, str) and isinstance(text, str) and text.strip():
            yield TemplateSource(name=name[:80], source=source, text=text)


def _stops(files: SmallFiles, vocabulary: Vocabulary) -> Iterator[StopSource]:
    for role in ROLES:
        for place in _TEXT_PLACES:
            text = _content(files.objects.get(place, {}).get(f"{role}_token"))
            if text is not None:
                number = vocabulary.id(text)
                ids = () if number is None else (number,)
                yield StopSource(source=place, role=role, ids=ids, tokens=(text,))
        for place in _ID_PLACES:
            config = files.objects.get(place, {})
            found = config.get(f"{role}_token_id")
            if found is None and place == "config.json":
                found = _text_config(config).get(f"{role}_token_id")
            yield from id_stop(place, role, found, vocabulary)


def id_stop(source: str, role: Role, found: object, vocabulary: Vocabulary) -> Iterator[StopSource]:
    """A place that names its tokens by ids, one or several; nothing where it names none."""
    listed = found if isinstance(found, list | tuple) else [found]
    ids = tuple(one for one in listed[:MOST_STOPS] if type(one) is int and one >= 0)
    if ids:
        texts = tuple(text for text in map(vocabulary.text, ids) if text is not None)
        yield StopSource(source=source, role=role, ids=ids, tokens=texts)


def _network(config: Mapping[str, Any]) -> Network:
    inner = _text_config(config)
    listed = config.get("architectures")
    model_type = _word(inner.get("model_type")) or _word(config.get("model_type"))
    first = listed[0] if isinstance(listed, list) and listed else None
    return Network(
        architecture=_word(first) or model_type,
        model_type=model_type,
        layers=_count(inner, _LAYERS),
        hidden=_count(inner, _HIDDEN),
        heads=_count(inner, _HEADS),
        key_heads=_count(inner, ("num_key_value_heads", "num_kv_heads", "n_head_kv")),
        vocabulary=_count(inner, ("vocab_size", "padded_vocab_size")),
        context=_count(inner, _CONTEXT),
    )


def _text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language part of a model that also sees or hears."""
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) else config


def _count(config: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    values = (config.get(key) for key in keys)
    return next((value for value in values if type(value) is int and value > 0), None)


def _word(found: object) -> str | None:
    return found[:120] if isinstance(found, str) and found else None


def _content(token: object) -> str | None:
    """A token's text: plain, or an object with `content`."""
    text = token.get("content") if isinstance(token, dict) else token
    return text if isinstance(text, str) and text else None
