"""What a checkpoint is: found, checked from its headers, and fingerprinted without loading it."""

from headstart.checkpoints.resolve import resolve, resolve_all

__all__ = ["resolve", "resolve_all"]
