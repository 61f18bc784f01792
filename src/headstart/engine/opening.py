"""Checkpoints loaded once and shared by the starts that use them."""

import importlib.metadata

import torch

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.plan import Format
from headstart.domain.task import Task
from headstart.engine.device import Device
from headstart.engine.load import Loaded, load
from headstart.engine.session import Session


class Workshop:
    """Loads checkpoints on first use and opens sessions on them."""

    def __init__(self, checkpoints: tuple[Checkpoint, ...], device: Device) -> None:
        self._checkpoints = {c.name: c for c in checkpoints}
        self._device = device
        self._loaded: dict[str, Loaded] = {}
        self._sessions: dict[tuple[str, Format, str | None], Session] = {}

    def session(
        self,
        checkpoint: str,
        style: Format,
        template_from: str | None,
        task: Task,
        max_tokens: int,
    ) -> Session:
        """The session of one start; its weights are shared with the checkpoint's other starts."""
        key = (checkpoint, style, template_from)
        if key not in self._sessions:
            template = self._checkpoints[template_from].chat_template if template_from else None
            self._sessions[key] = Session(self._load(checkpoint), task, template, max_tokens)
        return self._sessions[key]

    def hidden_size(self, checkpoint: str) -> int:
        """Width of the residual stream."""
        return int(self._load(checkpoint).model.config.get_text_config().hidden_size)

    def _load(self, name: str) -> Loaded:
        """Equal checkpoints under two names share one copy of the weights."""
        fingerprint = self._checkpoints[name].fingerprint
        if fingerprint not in self._loaded:
            self._loaded[fingerprint] = load(self._checkpoints[name], self._device)
        return self._loaded[fingerprint]


def threads() -> int:
    """Processor threads that torch computes with."""
    return torch.get_num_threads()


def library_versions() -> dict[str, str]:
    """Versions of the libraries that compute a trial."""
    return {name: importlib.metadata.version(name) for name in ("torch", "transformers", "peft")}
