"""License, lineage and tags from a model card's front matter; hints, never proof.

The front matter is YAML; of it the few forms that cards use are read: `key: value`, lists in
dashes or brackets. Anything else is passed over.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from headstart.domain.evidence import Relative

MAX_BYTES = 65_536
"""Of a README.md; front matter beyond is not read."""
_INSTRUCT = re.compile(
    r"(?i)(?:^|[-_ .])(?:instruct|chat|it|sft|dpo|rlhf|assistant|zephyr|tulu)(?=$|[-_ .v])"
)
_BASE = re.compile(r"(?i)(?:^|[-_ .])(?:base|pt|pretrain(?:ed)?|foundation)(?=$|[-_ .v])")
_PACKING = re.compile(r"(?i)[-._](?:i?q\d\w*|b?f16|f32)$")
_CHAT_TAGS = frozenset({"conversational", "chat", "instruct", "instruction-tuned", "sft", "dpo"})
_CONVERTED = frozenset({"quantized", "merge"})


@dataclass(frozen=True)
class Card:
    """What people wrote about a checkpoint."""

    license: str | None = None
    """The license's id."""
    base_models: tuple[str, ...] = ()
    """Hub ids or names of what it was made from."""
    relation: str | None = None
    """How: finetune, adapter, quantized or merge."""
    tags: tuple[str, ...] = ()
    """Free words."""
    names: tuple[str, ...] = ()
    """The model's own name, wherever it is written."""
    source: str = ""
    """Where it stands: README.md or GGUF metadata."""


def read_card(text: str) -> Card:
    """Read the front matter of a README.md; an empty card where it has none."""
    match = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(?:\n|$)", text[:MAX_BYTES], re.DOTALL)
    if match is None:
        return Card()
    found = _front_matter(match[1])
    return Card(
        license=_first(found, "license") or _first(found, "license_name"),
        base_models=found.get("base_model", ()),
        relation=_first(found, "base_model_relation"),
        tags=tuple(tag.lower() for tag in found.get("tags", ())),
        source="README.md",
    )


def named_kind(name: str) -> str | None:
    """`base`, `instruct`, or None: what the last part of a name says of itself."""
    last = re.split("[/:]", name)[-1]
    if _INSTRUCT.search(last):
        return "instruct"
    return "base" if _BASE.search(last) else None


def is_chat_tag(tag: str) -> bool:
    """Whether a card's tag speaks of chat."""
    return tag in _CHAT_TAGS


def relatives(card: Card, name: str) -> tuple[Relative, ...]:
    """Name the likely sibling and origin, and say how sure that is.

    Args:
        card: what the files state.
        name: the hub id or file name, for a guess where nothing is stated.
    """
    found = [_stated(card, one) for one in card.base_models]
    if any(one.relation == "base" for one in found):
        return tuple(found)
    return (*found, *_guessed(name or next(iter(card.names), "")))


def _stated(card: Card, ref: str) -> Relative:
    where = f"{card.source} names it as base_model"
    if card.relation in _CONVERTED:
        why = f"{where} with the relation {card.relation}"
        return Relative(ref=ref, relation="origin", sure="stated", why=why)
    tuned = named_kind(ref) == "instruct"
    if card.relation in ("finetune", "adapter"):
        why = f"{where} with the relation {card.relation}"
        relation = "origin" if tuned else "base"
        return Relative(ref=ref, relation=relation, sure="stated", why=why)
    if tuned:
        why = f"{where}, and it is itself named as an instruct"
        return Relative(ref=ref, relation="origin", sure="likely", why=why)
    return Relative(ref=ref, relation="base", sure="likely", why=where)


def _guessed(name: str) -> tuple[Relative, ...]:
    """A sibling's name made from this one's, a file's packing left out."""
    owner, slash, last = _PACKING.sub("", name).rpartition("/")
    kind = named_kind(last)
    if not last or kind is None:
        return ()
    pattern, other = (_INSTRUCT, "base") if kind == "instruct" else (_BASE, "instruct")
    bare = pattern.sub("", last, count=1).strip("-_ .")
    sibling = bare if other == "base" else f"{bare}-Instruct"
    if not bare or sibling == last:
        return ()
    why = f"made from the name {last} alone"
    ref = f"{owner}{slash}{sibling}"
    return (
        Relative(
            ref=ref, relation="base" if other == "base" else "instruct", sure="guess", why=why
        ),
    )


def _front_matter(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    key = ""
    for line in text.splitlines():
        if re.match(r"\s*#", line) or not line.strip():
            continue
        if match := re.match(r"([A-Za-z_][\w-]*)\s*:\s*(.*)$", line):
            key = match[1]
            found[key] = _values(match[2])
        elif key and (match := re.match(r"\s*-\s+(.*)$", line)):
            found[key] = (*found[key], *_values(match[1]))
        else:
            key = ""
    return found


def _values(text: str) -> tuple[str, ...]:
    text = re.sub(r"\s+#.*$", "", text).strip()
    inner = text[1:-1].split(",") if text.startswith("[") and text.endswith("]") else [text]
    plain = (part.strip().strip("'\"") for part in inner)
    return tuple(part[:200] for part in plain if part)


def _first(found: Mapping[str, tuple[str, ...]], key: str) -> str | None:
    return next(iter(found.get(key, ())), None)
