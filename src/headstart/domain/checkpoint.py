"""A checkpoint as stored: where it lies, what it weighs, how it is written."""

from enum import StrEnum

from headstart.domain.value import Value


class Form(StrEnum):
    """How a checkpoint is stored."""

    DIRECTORY = "directory"
    HUB = "hub"
    GGUF = "gguf"
    ADAPTER = "adapter"


class Checkpoint(Value):
    """A checkpoint found and checked, with nothing of it in memory."""

    name: str
    """The name the user gave (`name=path`), or the last part of the path."""
    source: str
    """What the user typed, without the name."""
    form: Form
    """Directory, hub, GGUF or adapter."""
    path: str
    """Absolute path of the folder or GGUF file on this machine."""
    revision: str | None = None
    """The hub commit, where the source is a hub id."""
    parent: str | None = None
    """For an adapter: the path or hub id of the checkpoint it changes."""
    fingerprint: str
    """sha256 over what defines the model; equal for equal models, whatever their names."""
    architecture: str
    """The config's architecture, or GGUF's `general.architecture`."""
    tokenizer_fingerprint: str
    """sha256 over the tokenizer's vocabulary; equal fingerprints make losses comparable."""
    chat_template: str | None
    """The template the checkpoint ships, or None."""
    weights_bytes: int
    """Size of the weight files on disk."""
