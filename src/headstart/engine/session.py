"""One start, ready to be measured and trained: the port through which trials use the engine."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from transformers import PreTrainedModel

from headstart.domain.plan import Recipe, StartView, TokenView
from headstart.domain.task import Example, Message, Shape, Task
from headstart.domain.trial import Answer, Training
from headstart.domain.value import NotMeasured
from headstart.engine.adapt import trainable
from headstart.engine.device import deterministic
from headstart.engine.labels import best_labels
from headstart.engine.load import Loaded
from headstart.engine.render import BLOCK_END, Rendered, Renderer
from headstart.engine.rows import UNTRAINED_BELOW, row_distances
from headstart.engine.score import generate, likelihoods
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
    ) -> None:
        self._loaded = loaded
        self._task = task
        self._renderer = Renderer(loaded.tokenizer, template, task.instruction, task.system)
        self._max_tokens = min(max_tokens, loaded.context)
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
            findings=(*sorted(self._renderer.findings), *self._long_rows()),
            shots=len(self._shots_that_fit(shots)),
        )

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
                model,  # type: ignore[arg-type]
                rendered,
                recipe,
                learning_rate=learning_rate,
                seed=seed,
                device=device,
                on_step=on_step,
            )
            self._model, self._is_tuned = model, True  # type: ignore[assignment]
            try:
                yield training
            finally:
                self._model, self._is_tuned = self._loaded.model, False

    def measure(self, examples: Sequence[Example], shots: Sequence[Example] = ()) -> list[Answer]:
        """Score `examples` with the weights as they are now.

        Args:
            examples: one or more.
            shots: examples shown before each prompt.
        """
        if not examples:
            return []
        with deterministic(), self._loaded.device.autocast():
            if self._task.shape is Shape.RAW_TEXT:
                return [self._raw_answer(e) for e in examples]
            return self._answers(examples, self._shots_that_fit(shots))

    def bits_per_byte(self, examples: Sequence[Example]) -> float | NotMeasured:
        """Bits per completion byte over all `examples` together."""
        with deterministic(), self._loaded.device.autocast():
            if self._task.shape is Shape.RAW_TEXT:
                answers = [self._raw_answer(e) for e in examples]
            else:
                prompts = [self._prompt(e, ()) for e in examples]
                answers = self._with_likelihoods(examples, prompts, [None] * len(examples))
        size = sum(a.byte_count for a in answers)
        bits = [a.bits for a in answers if a.bits is not None]
        if not size or not bits:
            return NotMeasured(why="the rows have no completion bytes")
        return sum(bits) / size

    def _answers(self, examples: Sequence[Example], shots: Sequence[Example]) -> list[Answer]:
        prompts = [self._prompt(e, shots) for e in examples]
        written = self._write(prompts, examples)
        answers = self._with_likelihoods(examples, prompts, written)
        if not self._task.labels:
            return answers
        labels = [self._completion(label) for label in self._task.labels]
        picks = best_labels(self._model, prompts, labels)
        return [
            a.model_copy(update={"label": self._task.labels[p.label]})
            for a, p in zip(answers, picks, strict=True)
        ]

    def _write(
        self, prompts: Sequence[Tokens], examples: Sequence[Example]
    ) -> list[tuple[str, bool] | None]:
        """Greedy answers with room for the longest reference, and whether each ended."""
        texts = self._task.labels or [e.completion for e in examples]
        longest = max(len(self._completion(t)) for t in texts)
        limit = min(longest if self._task.labels else longest + 8, self._max_tokens)
        stops = self._loaded.stops | {self._renderer.end_id()}
        plain = self._renderer.template is None

        def ended(ids: Tokens) -> bool:
            return plain and not self._is_tuned and BLOCK_END in self._text(ids).lstrip()

        rows = generate(self._model, prompts, limit=limit, stops=stops, enough=ended)
        return [self._read(ids, stops, ended(ids)) for ids in rows]

    def _read(self, ids: Tokens, stops: frozenset[int], cut: bool) -> tuple[str, bool]:  # noqa: FBT001
        stopped = ids[-1] in stops
        text = self._text(ids[:-1] if stopped else ids).strip()
        return (text.split(BLOCK_END)[0].strip() if cut else text), stopped or cut

    def _text(self, ids: Tokens) -> str:
        return str(self._loaded.tokenizer.decode(list(ids)))

    def _with_likelihoods(
        self,
        examples: Sequence[Example],
        prompts: Sequence[Tokens],
        written: Sequence[tuple[str, bool] | None],
    ) -> list[Answer]:
        completions = [self._completion(e.completion) for e in examples]
        found = likelihoods(self._model, list(zip(prompts, completions, strict=True)))
        end = self._renderer.end_length(tuned=self._is_tuned)
        return [
            Answer(
                label=None,
                written=w[0] if w else None,
                stopped=w[1] if w else None,
                bits=-sum(values[:-end]) / math.log(2),
                byte_count=len(e.completion.strip().encode()),
                stop_bits=-sum(values[-end:]) / math.log(2),
            )
            for e, values, w in zip(examples, found, written, strict=True)
        ]

    def _raw_answer(self, example: Example) -> Answer:
        """Every token of the text; without a begin id the first follows a document end."""
        bits = 0.0
        whole = self._whole(example)
        head = whole.trained.index(True)
        ids = whole.ids[: -self._renderer.end_length()]
        if head == 0:
            ids, head = (self._renderer.end_id(), *ids), 1
        text = Rendered(ids, tuple(i >= head for i in range(len(ids))))
        for part in _windows(text, self._max_tokens):
            head = part.trained.index(True)
            values = likelihoods(self._model, [(part.ids[:head], part.ids[head:])])[0]
            bits -= sum(values) / math.log(2)
        return Answer(
            label=None,
            written=None,
            stopped=None,
            bits=bits,
            byte_count=len(example.completion.encode()),
            stop_bits=None,
        )

    def _render(self, example: Example) -> list[Rendered]:
        """The example as training rows: one, none if too long, or windows of raw text."""
        whole = self._whole(example)
        if not example.prompt:
            return list(_windows(whole, self._max_tokens))
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
        probe = Example(
            id="probe", prompt=(Message(role="user", content="a"),), completion="b", group=""
        )
        added = set(self._loaded.tokenizer.get_added_vocab().values())
        roles = sorted(added & set(self._renderer.training(probe).ids))
        if not roles:
            return ()
        distances = row_distances(self._loaded.model, self._loaded.tokenizer, roles)
        if isinstance(distances, NotMeasured):
            if borrowed:
                self._renderer.findings.add(
                    "role tokens of the borrowed template get trainable rows: whether they were "
                    f"ever trained is not measured, {distances.why}"
                )
            return tuple(roles) if borrowed else ()
        untrained = tuple(i for i in roles if distances[i] < UNTRAINED_BELOW)
        if untrained:
            names = self._loaded.tokenizer.convert_ids_to_tokens(list(untrained))
            self._renderer.findings.add(
                "role tokens that were never trained get trainable rows: "
                + ", ".join(
                    f"{n} ({distances[i]:.2f} times the unused rows' distance)"
                    for n, i in zip(names, untrained, strict=True)
                )
            )
        return untrained


def _windows(whole: Rendered, size: int) -> Iterator[Rendered]:
    """Raw text in windows of at most `size` tokens; each but the first is given one token."""
    step = max(1, size - 1)
    for start in range(0, max(1, len(whole.ids) - 1), step):
        ids = whole.ids[start : start + size]
        trained = (False,) + (True,) * (len(ids) - 1) if start else whole.trained[:size]
        if len(ids) > 1:
            yield Rendered(ids, trained)
