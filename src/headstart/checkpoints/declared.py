"""What a checkpoint's small files declare, in one form for folders, GGUF files and test rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headstart.checkpoints.card import Card
from headstart.domain.evidence import StopSource
from headstart.domain.template import TemplateSource
from headstart.domain.value import NotMeasured


@dataclass(frozen=True)
class Vocabulary:
    """The tokenizer's tokens, as far as the files give them."""

    tokens: Sequence[bytes] | None = None
    """In the order of their ids; None where only added tokens are known."""
    added: Mapping[str, int] = field(default_factory=dict)
    """Added or control tokens to their ids."""
    unused: frozenset[int] = frozenset()
    """Ids that the file itself marks as unused, or that no token has."""
    fingerprint: str | NotMeasured = field(
        default_factory=lambda: NotMeasured(why="no tokenizer was read")
    )
    """sha256 over the tokens."""

    @property
    def size(self) -> int | None:
        """How many tokens, added ones included; None where that is not known."""
        return None if self.tokens is None else len(self.tokens)

    def text(self, number: int) -> str | None:
        """A token's text, or None where it is not known."""
        if self.tokens is not None and 0 <= number < len(self.tokens):
            return self.tokens[number].decode("utf-8", errors="replace")
        return next((text for text, id_ in self.added.items() if id_ == number), None)

    def id(self, text: str) -> int | None:
        """A token's id, or None where the vocabulary is not known to have it."""
        if text in self.added or self.tokens is None:
            return self.added.get(text)
        try:
            return self.tokens.index(text.encode("utf-8", errors="replace"))
        except ValueError:
            return None

    def knows(self, text: str) -> bool | None:
        """Whether the text is one token; None where not the whole vocabulary is known."""
        if self.tokens is None and text not in self.added:
            return None
        return self.id(text) is not None


@dataclass(frozen=True)
class Network:
    """What the config says about the network; None where it says nothing."""

    architecture: str | None = None
    """The first of `architectures`, else `model_type`, or GGUF's `general.architecture`."""
    model_type: str | None = None
    """The sort of network in lower case, such as `llama`."""
    layers: int | None = None
    """Blocks."""
    hidden: int | None = None
    """Width of the residual stream."""
    heads: int | None = None
    """Attention heads."""
    key_heads: int | None = None
    """Heads of keys and values."""
    vocabulary: int | None = None
    """Rows of the embedding."""
    context: int | None = None
    """Longest sequence in tokens."""


@dataclass(frozen=True)
class Generation:
    """What a generation_config.json tells about how it came to be."""

    derived: bool = False
    """Whether a program wrote it from config.json, so that it repeats what stands there."""
    chat_format: str | None = None
    """The mode in which the publisher's own code is to ask the model: `chatml`, or `raw`."""


@dataclass(frozen=True)
class Declared:
    """Everything but the weights."""

    templates: tuple[TemplateSource, ...] = ()
    """Every chat template found, the one that is used first."""
    stops: tuple[StopSource, ...] = ()
    """Every place that names an end, begin or padding token."""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    """The tokenizer's tokens."""
    network: Network = field(default_factory=Network)
    """The config's figures."""
    card: Card = field(default_factory=Card)
    """License, lineage, tags and names."""
    generation: Generation = field(default_factory=Generation)
    """What generation_config.json says beside its tokens."""
    adds_bos: bool | None = None
    """Whether the tokenizer puts bos before a text; None where no file says so, or two differ."""

    @property
    def template(self) -> TemplateSource | None:
        """The template that is used where none is named."""
        return next((one for one in self.templates if one.name == "default"), None)

    def named(self, role: str, *sources: str) -> frozenset[str]:
        """Texts of the tokens that places whose name starts with any of `sources` give a role."""
        return frozenset(
            text
            for stop in self.stops
            if stop.role == role and stop.source.startswith(sources or ("",))
            for text in stop.tokens
        )
