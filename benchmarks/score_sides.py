"""The two sides of `score_speed`: headstart's label search, and lm-evaluation-harness.

Both are given texts and give the pick for each item. What a side's clock sees is all that
lies between: tokenising, batching, the model, and reading off the best label.
"""

import contextlib
import functools
import io
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from headstart.checkpoints.resolve import resolve
from headstart.checkpoints.samples import sample_path
from headstart.domain.checkpoint import Checkpoint
from headstart.engine.dense import dense_copy
from headstart.engine.device import pick_device
from headstart.engine.labels import best_labels
from headstart.engine.load import Loaded, load
from headstart.engine.reader import reads_segments
from score_items import Benchmark, Item

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.models.huggingface import HFLM

Tokens = tuple[int, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """How one side computes."""

    precision: str
    """bfloat16 or float32."""
    batch: int | None = None
    """Sequences a forward pass, for the harness; headstart packs by tokens."""

    def __str__(self) -> str:
        return self.precision + (f", batch {self.batch}" if self.batch is not None else "")


@dataclass(frozen=True)
class Clock:
    """How long a side took."""

    seconds: float
    """Wall time; the rates are taken from it."""
    waited: float
    """Share of it in which not even one thread ran: others had the processor."""


def clocked(work: Callable[[], T]) -> tuple[Clock, T]:
    """What `work` took, and what it gives."""
    begun, computed = time.perf_counter(), time.process_time()
    found = work()
    seconds = time.perf_counter() - begun
    waited = seconds - (time.process_time() - computed)
    return Clock(seconds, max(0.0, waited) / seconds), found


@functools.cache
def checkpoint(sample: str) -> Checkpoint:
    """The sample checkpoint, resolved."""
    return resolve(str(sample_path(sample)))


class Ours:
    """headstart's `best_labels`, on a model object of its own."""

    name = "headstart"

    def __init__(self, sample: str, device: str, labels: Sequence[str]) -> None:
        self._sample = sample
        self._device = device
        self._labels = labels
        self._loaded: dict[str, Loaded] = {}

    def loaded(self, precision: str) -> Loaded:
        """The checkpoint in that precision; loaded once."""
        if precision not in self._loaded:
            device = pick_device(self._device, precision)
            self._loaded[precision] = load(checkpoint(self._sample), device)
        return self._loaded[precision]

    def tokens(self, precision: str, items: Sequence[Item]) -> tuple[list[Tokens], list[Tokens]]:
        """Ids of the prompts, as the tokenizer opens a text, and of the labels."""
        encode = self.loaded(precision).tokenizer.encode
        return (
            [tuple(encode(item.prompt)) for item in items],
            [tuple(encode(f" {label}", add_special_tokens=False)) for label in self._labels],
        )

    def way(self, precision: str) -> str:
        """How the model is read there; padded rows, the slow way, are for foreign layers."""
        return "segments" if reads_segments(self.loaded(precision).model) else "padded rows"

    def picks(self, setting: Setting, items: Sequence[Item]) -> list[int]:
        """Index of the most probable label, for each item."""
        prompts, labels = self.tokens(setting.precision, items)
        found = best_labels(self.loaded(setting.precision).model, prompts, labels)
        return [pick.label for pick in found]


class Peer:
    """lm-evaluation-harness: its task builds the requests, its HF backend scores them.

    Clocked is `HFLM.loglikelihood` on all requests of the items at once, which tokenises,
    sorts, batches and computes; not the building of prompts, and not its metrics. One-token
    continuations of one context share a forward pass, as they do by default.
    """

    name = "lm-evaluation-harness"

    def __init__(self, sample: str, device: str, benchmark: Benchmark) -> None:
        self._sample = sample
        self._device = device
        self._models: dict[str, PreTrainedModel] = {}
        self._backends: dict[Setting, HFLM] = {}
        logging.getLogger("lm_eval").setLevel(logging.ERROR)
        self._tasks = {group: _task(benchmark, group) for group in benchmark.tasks}
        self._requests: dict[str, list[Instance]] = {}
        for task in self._tasks.values():
            with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
                task.build_all_requests(rank=0, world_size=1)
            for request in task.instances:
                self._requests.setdefault(request.doc["id"], []).append(request)

    def loglikelihoods(
        self, setting: Setting, items: Sequence[Item], labels: Sequence[int] | None = None
    ) -> list[list[float]]:
        """Log-probability (nats) of every label for each item, or of `labels` only."""
        chosen = [
            [r for r in self._requests[item.id] if labels is None or r.idx in labels]
            for item in items
        ]
        found = iter(
            self._backend(setting).loglikelihood(
                [request for requests in chosen for request in requests], disable_tqdm=True
            )
        )
        return [[next(found)[0] for _ in requests] for requests in chosen]

    def clocked(self, setting: Setting, items: Sequence[Item]) -> tuple[Clock, list[list[float]]]:
        """`loglikelihoods`, and how long it took here."""
        return clocked(lambda: self.loglikelihoods(setting, items))

    def accuracy(self, items: Sequence[Item], values: Sequence[Sequence[float]]) -> list[float]:
        """1 or 0 for each item, as the harness's own task judges its log-probabilities."""
        return [
            float(
                self._tasks[item.group].process_results(
                    self._requests[item.id][0].doc, [(value, False) for value in of_item]
                )["acc"]
            )
            for item, of_item in zip(items, values, strict=True)
        ]

    def warm_up(self, setting: Setting, item: Item) -> None:
        """Load the model and let it compute once, off the clock."""
        self.loglikelihoods(setting, [item], labels=[0, 1])

    def model(self, precision: str) -> PreTrainedModel:
        """A model object that headstart never touches, with PyTorch's own attention."""
        if precision not in self._models:
            model = AutoModelForCausalLM.from_pretrained(
                dense_copy(checkpoint(self._sample)),
                dtype=getattr(torch, precision),
                attn_implementation="sdpa",
                local_files_only=True,
            )
            kind = pick_device(self._device, precision).kind
            self._models[precision] = model.to(kind).eval()  # type: ignore[arg-type]
        return self._models[precision]

    def logit_bytes(self, setting: Setting, longest: int) -> int:
        """Memory of a batch's logits and their log-softmax, its sequences of `longest` tokens."""
        model = self.model(setting.precision)
        width = model.config.get_text_config().vocab_size * model.dtype.itemsize
        return int(2 * (setting.batch or 1) * longest * width)

    def require_same_text(
        self,
        setting: Setting,
        items: Sequence[Item],
        labels: Sequence[str],
        ids: tuple[list[Tokens], list[Tokens]],
    ) -> None:
        """Stop unless the harness scores the same ids after the same prompts as headstart."""
        backend = self._backend(setting)
        for item, prompt in zip(items, ids[0], strict=True):
            wanted = [(item.prompt, f" {label}") for label in labels]
            requests = [request.args for request in self._requests[item.id]]
            assert requests == wanted, f"{item.id}: prompts differ: {requests[0]} {wanted[0]}"
            for pair, label in zip(wanted, ids[1], strict=True):
                context, choice = backend._encode_pair(*pair)
                assert (tuple(context), tuple(choice)) == (prompt, label), f"ids differ: {pair}"

    def _backend(self, setting: Setting) -> "HFLM":
        from lm_eval.models.huggingface import HFLM

        if setting not in self._backends:
            folder = dense_copy(checkpoint(self._sample))
            self._backends[setting] = HFLM(
                pretrained=self.model(setting.precision),
                tokenizer=AutoTokenizer.from_pretrained(folder, local_files_only=True),
                batch_size=setting.batch,
            )
        return self._backends[setting]


def _task(benchmark: Benchmark, group: str) -> "ConfigurableTask":
    from datasets import Dataset
    from lm_eval.api.task import ConfigurableTask

    rows = [{"id": i.id, **i.row, "gold": i.gold} for i in benchmark.items if i.group == group]
    splits = {"test": Dataset.from_list(rows)}
    if benchmark.examples[group]:
        splits["dev"] = Dataset.from_list(benchmark.examples[group])

    def local_rows(**_: Any) -> dict[str, Dataset]:
        return splits

    return ConfigurableTask(config={**benchmark.tasks[group], "custom_dataset": local_rows})


def best(values: Sequence[float]) -> int:
    """The pick, as the harness makes it: the first of the largest."""
    return int(np.argmax(values))
