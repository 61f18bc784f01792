"""Checkpoints loaded once and shared by the starts that use them; rates measured once."""

import hashlib
import importlib.metadata
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import ValidationError

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.domain.plan import Format, Rates, Recipe, StartSpec
from headstart.domain.task import Example, Task
from headstart.engine.bench import measure_rates
from headstart.engine.dense import dense_folder
from headstart.engine.device import Device, peak_memory_bytes
from headstart.engine.load import Loaded, load
from headstart.engine.session import Session
from headstart.home import home
from headstart.version import __version__


class Workshop:
    """Loads checkpoints on first use and opens sessions on them for one task."""

    def __init__(
        self,
        checkpoints: Sequence[Checkpoint],
        task: Task,
        device: Device,
        memory: int | None = None,
    ) -> None:
        self._checkpoints = {c.name: c for c in checkpoints}
        self._task = task
        self._device = device
        self._memory = memory
        self._loaded: dict[str, Loaded] = {}
        self._sessions: dict[str, Session] = {}

    def session(self, start: StartSpec, max_tokens: int) -> Session:
        """The session of a start; its weights are shared with the checkpoint's other starts."""
        if start.name not in self._sessions:
            lender = start.template_from
            template = self._checkpoints[lender].chat_template if lender else None
            loaded = self._load(start.checkpoint)
            borrowed = start.format is Format.BORROWED
            self._sessions[start.name] = Session(
                loaded, self._task, template, max_tokens, borrowed=borrowed, memory=self._memory
            )
        return self._sessions[start.name]

    def first_load_is_slow(self, checkpoint: str) -> bool:
        """Whether a GGUF must still be unpacked into the cache, which takes seconds."""
        found = self._checkpoints[checkpoint]
        return found.form is Form.GGUF and not dense_folder(found).exists()

    def hidden_size(self, checkpoint: str) -> int:
        """Width of the residual stream."""
        return int(self._load(checkpoint).model.config.get_text_config().hidden_size)

    def rates(self, start: StartSpec, recipe: Recipe, shots: Sequence[Example]) -> Rates:
        """Speed of a start here; measured once, then remembered in the cache folder."""
        checkpoint = self._checkpoints[start.checkpoint]
        path = home() / "rates" / f"{self._rates_key(start, recipe, checkpoint, shots)}.json"
        if path.exists():
            try:
                return Rates.model_validate_json(path.read_bytes())
            except ValidationError:
                path.unlink()
        session = self.session(start, recipe.max_tokens)
        rate = start.learning_rates[len(start.learning_rates) // 2]
        rates = measure_rates(
            session, recipe, rate, self._task.train, self._task.dev, self._task.test, shots
        )
        _remember(path, rates)
        return rates

    def machine(self) -> dict[str, object]:
        """The plan's fields on where it runs."""
        return {
            "device": self._device.kind,
            "device_label": self._device.label,
            "dtype": self._device.dtype_name,
            "threads": torch.get_num_threads(),
            "libraries": {
                name: importlib.metadata.version(name) for name in ("torch", "transformers", "peft")
            },
        }

    def peak_memory(self) -> int:
        """Bytes: the process's peak so far."""
        return peak_memory_bytes(self._device)

    def _rates_key(
        self, start: StartSpec, recipe: Recipe, checkpoint: Checkpoint, shots: Sequence[Example]
    ) -> str:
        depends = [
            checkpoint.fingerprint,
            start.format,
            self._task.fingerprint,
            recipe.model_dump(exclude={"epochs"}),
            [e.id for e in shots],
            self._memory,
            self.machine(),
            __version__,
        ]
        return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32]

    def _load(self, name: str) -> Loaded:
        """Equal checkpoints under two names share one copy of the weights."""
        fingerprint = self._checkpoints[name].fingerprint
        if fingerprint not in self._loaded:
            self._loaded[fingerprint] = load(self._checkpoints[name], self._device)
        return self._loaded[fingerprint]


def _remember(path: Path, rates: Rates) -> None:
    """Keep the rates for the next run; a cache that cannot be written only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".new")
        scratch.write_text(rates.model_dump_json())
        scratch.replace(path)
    except OSError:
        return
