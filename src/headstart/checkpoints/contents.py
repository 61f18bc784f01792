"""What reading a checkpoint brings, before it has a name."""

from headstart.domain.value import Value


class Contents(Value):
    """What a folder, GGUF or adapter says about itself; becomes a `Checkpoint`."""

    fingerprint: str
    """sha256 over what defines the model."""
    architecture: str
    """The config's architecture, or GGUF's `general.architecture`."""
    tokenizer_fingerprint: str
    """sha256 over the vocabulary."""
    chat_template: str | None
    """The template it ships, or None."""
    weights_bytes: int
    """Size of the weight files on disk."""
    parent: str | None = None
    """For an adapter: absolute path of what it changes."""
