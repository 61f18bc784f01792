"""One start, ready to be measured and trained: the port through which trials use the engine."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from transformers import PreTrainedModel

from headstart.domain.audit import AuditedBatch
from headstart.domain.plan import Recipe, StartView, TokenView
from headstart.domain.task import Example, Shape, Task
from headstart.domain.trial import Answer, Training
from headstart.domain.value import NotMeasured
from headstart.engine.adapt import trainable
from headstart.engine.audit import audited
from headstart.engine.device import deterministic
from headstart.engine.keeping import write_checkpoint
from headstart.engine.labels import build_trie, pick_labels
from headstart.engine.load import Loaded
from headstart.engine.memory import fit_packing
from headstart.engine.rawtext import text_bits, windows
from headstart.engine.reader import reads_segments
from headstart.engine.render import BLOCK_END, Rendered, Renderer
from headstart.engine.rows import token_rows
from headstart.engine.score import (
    Writing,
    completion_logprobs,
    likelihoods,
    read_prompts,
    write,
)
from headstart.engine.train import train
from headstart.errors import DataError

Tokens = tuple[int, ...]


class Session:
    """A checkpoint in one format on one task.

    `measure` and `train` take examples and give plain values; the weights are the same
    before and after every call of `tuned`.
    """

    def __init__(
        self,
        loaded: Loaded,
        task: Task,
        template: str | None,
        max_tokens: int,
        *,
        borrowed: bool = False,
        memory: int | None = None,
    ) -> None:
        self._loaded = loaded
        self._task = task
        self._renderer = Renderer(loaded.tokenizer, template, task.instruction, task.system)
        self._max_tokens = min(max_tokens, loaded.context)
        self._memory = memory
        self._rendered: dict[str, Rendered] = {}
        self._model: PreTrainedModel = loaded.model
        self._is_tuned = False
        self._long: set[str] = set()
        self._cut: set[str] = set()
        self.trainable_rows = self._untrained_roles(borrowed) if template is not None else ()
        """Ids of role tokens that this start needs and that were never trained."""

    def view(
        self,
        train: Sequence[Example],
        test: Sequence[Example],
        shots: Sequence[Example] = (),
    ) -> StartView:
        """The first example as it is trained, and what rendering all of them showed.

        Raises:
            DataError: no training row fits the context.
        """
        fitting = [e for e in train if self._render(e)]
        for example in test:
            self._prompt(example, ())
        if not fitting:
            raise DataError(
                f"every training row is longer than {self._max_tokens} tokens",
                hint="shorten the rows; a trial needs at least one that fits",
            )
        rendered = self._render(fitting[0])[0]
        names = self._loaded.tokenizer.convert_ids_to_tokens(list(rendered.ids))
        return StartView(
            training_text=self._text(rendered.ids),
            training_tokens=tuple(
                TokenView(text=name, id=i, trained=trained)
                for name, i, trained in zip(names, rendered.ids, rendered.trained, strict=True)
            ),
            findings=(*sorted(self._renderer.findings), *self._long_rows(), *self._slow_path()),
            shots=len(self._shots_that_fit(shots)),
        )

    def audited(self, examples: Sequence[Example], start: str) -> AuditedBatch:
        """What training on `examples` really feeds; nothing is judged."""
        return audited(self._loaded, self._renderer, examples, start=start)

    def _long_rows(self) -> list[str]:
        told = []
        if self._long:
            told.append(
                f"{len(self._long)} rows are longer than {self._max_tokens} tokens and left out "
                "of training"
            )
        if self._cut:
            told.append(
                f"{len(self._cut)} prompts leave no room for an answer in {self._loaded.context} "
                "tokens of context and are cut at the front"
            )
        return told

    def _slow_path(self) -> list[str]:
        if reads_segments(self._loaded.model):
            return []
        return [
            f"{type(self._loaded.model).__name__} cannot be read in packed segments, so rows are "
            "padded to like length: the same results, but slower"
        ]

    @contextmanager
    def tuned(
        self,
        examples: Sequence[Example],
        recipe: Recipe,
        *,
        learning_rate: float,
        seed: int,
        on_step: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Iterator[Training]:
        """Train on `examples`; within the block `measure` sees the tuned weights."""
        rendered = [r for e in examples for r in self._render(e)]
        device = self._loaded.device
        with (
            deterministic(),
            trainable(self._loaded.model, recipe, seed, self.trainable_rows, device) as model,
        ):
            training = train(
                model,
                rendered,
                recipe,
                learning_rate=learning_rate,
                seed=seed,
                device=device,
                packing=fit_packing(model, rendered, self._memory, device),
                on_step=on_step,
            )
            self._model, self._is_tuned = model, True
            try:
                yield training
            finally:
                self._model, self._is_tuned = self._loaded.model, False

    def keep(self, folder: Path) -> None:
        """Write the weights as they are now, and the format, as a checkpoint.

        Raises:
            StoreError: it cannot be written.
        """
        write_checkpoint(self._model, self._renderer, self._loaded.model.dtype, folder)

    def measure(self, examples: Sequence[Example], shots: Sequence[Example] = ()) -> list[Answer]:
        """Score `examples` with the weights as they are now.

        Args:
            examples: one or more.
            shots: examples shown before each prompt.
        """
        if not examples:
            return []
        with self._precisely():
            if self._task.shape is Shape.RAW_TEXT:
                return self._raw_answers(examples)
            return self._answers(examples, self._shots_that_fit(shots))

    @contextmanager
    def _precisely(self) -> Iterator[None]:
        with deterministic(), self._loaded.device.autocast(self._model.dtype):
            yield

    def bits_per_byte(self, examples: Sequence[Example]) -> float | NotMeasured:
        """Bits per completion byte over all `examples` together."""
        with self._precisely():
            bits = self._bits(examples)
        size = sum(len(_counted(e, self._task.shape).encode()) for e in examples)
        if not size:
            return NotMeasured(why="the rows have no completion bytes")
        return sum(bits) / size

    def _bits(self, examples: Sequence[Example]) -> list[float]:
        """For each example the bits of its completion, its end left out."""
        if self._task.shape is Shape.RAW_TEXT:
            return self._raw_bits(examples)
        items = [(self._prompt(e, ()), self._completion(e.completion)) for e in examples]
        return [self._split_end(values)[0] for values in likelihoods(self._model, items)]

    def _split_end(self, logprobs: Sequence[float]) -> tuple[float, float]:
        end = self._renderer.end_length(tuned=self._is_tuned)
        return -sum(logprobs[:-end]) / math.log(2), -sum(logprobs[-end:]) / math.log(2)

    def _answers(self, examples: Sequence[Example], shots: Sequence[Example]) -> list[Answer]:
        """Everything asked of a prompt continues one reading of it."""
        labels = self._task.labels
        trie = build_trie([self._completion(label) for label in labels]) if labels else None
        writing = self._writing(examples)
        answers: dict[int, Answer] = {}
        for pack in read_prompts(self._model, [self._prompt(e, shots) for e in examples]):
            chosen = [examples[i] for i in pack.items]
            picks = pick_labels(pack, trie) if trie else [None] * len(chosen)
            likely = completion_logprobs(pack, [self._completion(e.completion) for e in chosen])
            rows = zip(pack.items, chosen, picks, likely, write(pack, writing), strict=True)
            for i, example, pick, logprobs, ids in rows:
                written, stopped = self._read(ids, writing)
                bits, stop_bits = self._split_end(logprobs)
                answers[i] = Answer(
                    label=labels[pick.label] if pick else None,
                    written=written,
                    stopped=stopped,
                    bits=bits,
                    byte_count=len(_counted(example, self._task.shape).encode()),
                    stop_bits=stop_bits,
                )
        return [answers[i] for i in range(len(examples))]

    def _writing(self, examples: Sequence[Example]) -> Writing:
        """Greedy answers with room for the longest reference."""
        texts = self._task.labels or [e.completion for e in examples]
        longest = max(len(self._completion(t)) for t in texts)
        plain = self._renderer.template is None and not self._is_tuned
        return Writing(
            limit=min(longest if self._task.labels else longest + 8, self._max_tokens),
            stops=self._loaded.stops | {self._renderer.end_id()},
            enough=self._block_ended if plain else lambda _: False,
        )

    def _block_ended(self, ids: Tokens) -> bool:
        return BLOCK_END in self._text(ids).lstrip()

    def _read(self, ids: Tokens, writing: Writing) -> tuple[str, bool]:
        """What was written, and whether it ended by itself."""
        if writing.enough(ids):
            return self._text(ids).strip().split(BLOCK_END)[0].strip(), True
        stopped = ids[-1] in writing.stops
        return self._text(ids[:-1] if stopped else ids).strip(), stopped

    def _text(self, ids: Tokens) -> str:
        return str(self._loaded.tokenizer.decode(list(ids)))

    def _raw_answers(self, examples: Sequence[Example]) -> list[Answer]:
        return [
            Answer(
                label=None,
                written=None,
                stopped=None,
                bits=bits,
                byte_count=len(example.completion.encode()),
                stop_bits=None,
            )
            for example, bits in zip(examples, self._raw_bits(examples), strict=True)
        ]

    def _raw_bits(self, examples: Sequence[Example]) -> list[float]:
        wholes = [self._whole(e) for e in examples]
        return text_bits(self._model, self._renderer, wholes, self._max_tokens)

    def _render(self, example: Example) -> list[Rendered]:
        """The example as training rows: one, none if too long, or windows of raw text."""
        whole = self._whole(example)
        if not example.prompt:
            return list(windows(whole, self._max_tokens))
        if len(whole.ids) > self._max_tokens:
            self._long.add(example.id)
            return []
        return [whole]

    def _whole(self, example: Example) -> Rendered:
        """The example rendered once, however many trials read it."""
        if example.id not in self._rendered:
            self._rendered[example.id] = self._renderer.training(example)
        return self._rendered[example.id]

    def _prompt(self, example: Example, shots: Sequence[Example]) -> Tokens:
        """Ids before the answer, cut at the front where they would leave it no room."""
        ids = self._renderer.prompt(example.prompt, shots)
        room = max(1, self._loaded.context * 3 // 4)
        if len(ids) > room:
            self._cut.add(example.id)
        return ids[-room:]

    def _completion(self, text: str) -> Tokens:
        return self._renderer.completion(text, tuned=self._is_tuned)

    def _shots_that_fit(self, shots: Sequence[Example]) -> Sequence[Example]:
        room = min(1536, self._loaded.context // 4)
        while shots and len(self._renderer.prompt(shots[0].prompt, shots)) > room:
            shots = shots[:-1]
        return shots

    def _untrained_roles(self, borrowed: bool) -> tuple[int, ...]:  # noqa: FBT001
        """Added tokens in a rendered dialogue whose rows were never trained.

        Where the vocabulary has no unused rows to compare with, those of a borrowed
        template are taken as untrained, those of the checkpoint's own as trained.
        """
        roles = self._renderer.role_ids()
        if not roles:
            return ()
        rows = token_rows(self._loaded.model, self._loaded.tokenizer, roles)
        if isinstance(rows, NotMeasured):
            if borrowed:
                names = ", ".join(self._loaded.tokenizer.convert_ids_to_tokens(list(roles)))
                self._renderer.findings.add(
                    f"role tokens of the borrowed template ({names}) get trainable rows: whether "
                    f"they were ever trained is not measured, {rows.why}"
                )
            return tuple(roles) if borrowed else ()
        untrained = [row for row in rows.values() if row.state == "untrained"]
        if untrained:
            self._renderer.findings.add(
                "role tokens that were never trained get trainable rows: "
                + ", ".join(
                    f"{row.token} ({row.distance:.2f} times the unused rows' distance)"
                    for row in untrained
                )
            )
        return tuple(row.id for row in untrained)


def _counted(example: Example, shape: Shape) -> str:
    """The text whose bytes losses are divided by."""
    return example.completion if shape is Shape.RAW_TEXT else example.completion.strip()
