"""A checkpoint asked in two ways: in a chat template, or as plain text that it continues.

The port through which the alignment tax uses the engine. Plain text is the format of trials: the
request, and a line that begins with `Answer:`.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from headstart.domain.reply import Reply, Stop
from headstart.domain.task import Message
from headstart.domain.tax import Mode
from headstart.domain.value import NotMeasured
from headstart.engine.device import deterministic
from headstart.engine.load import Loaded
from headstart.engine.loss import in_parts
from headstart.engine.render import Renderer
from headstart.engine.rows import token_rows
from headstart.engine.score import (
    Pack,
    Tokens,
    completion_logprobs,
    generate,
    likelihoods,
    most_rows,
    read_prompts,
)
from headstart.engine.shift import Shift, token_shifts
from headstart.engine.speak import Speaker
from headstart.engine.tree import cut

WRITE = "Write a text."
"""What is asked for in a template before a passage that the model is to predict."""


class Voice:
    """Prompts in; replies, probabilities and bits out."""

    def __init__(self, loaded: Loaded, template: str | None) -> None:
        """Ask through `template`; None leaves only plain text."""
        self._loaded = loaded
        self._speaker = Speaker(loaded, template)
        self._renderers = {Mode.RAW: Renderer(loaded.tokenizer, None)}
        if template is not None:
            self._renderers[Mode.TEMPLATE] = Renderer(loaded.tokenizer, template)
        self.vocabulary = len(loaded.tokenizer)
        """Tokens that the tokenizer knows."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """In which ways it can be asked."""
        return tuple(self._renderers)

    def prompt(self, ask: str, mode: Mode) -> Tokens:
        """Ids of a request up to where the answer begins, cut at the front to leave it room."""
        ids = self._renderers[mode].prompt((Message(role="user", content=ask),))
        return ids[-max(1, self._loaded.context * 3 // 4) :]

    def shown(self, ask: str, mode: Mode) -> str:
        """The same as text, role markers visible."""
        return str(self._loaded.tokenizer.decode(list(self.prompt(ask, mode))))

    def replies(
        self,
        asks: Sequence[str],
        mode: Mode,
        *,
        limit: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Reply]:
        """One reply to each request.

        Args:
            asks: what the user says.
            mode: in the template or as plain text.
            limit: most tokens to write.
            temperature: 0 takes the most probable token.
            seed: draws the tokens above temperature 0.
        """
        model, end = self._loaded.model, self._renderers[mode].end_id()
        stops = self._loaded.stops | {end}
        with self._precisely():
            rows = generate(
                model,
                [self.prompt(ask, mode) for ask in asks],
                limit=limit,
                stops=stops,
                temperature=temperature,
                generator=torch.Generator(model.device).manual_seed(seed),
            )
        turn = end if mode is Mode.TEMPLATE and self._closes_itself() else None
        return [self._reply(row, stops, turn) for row in rows]

    def options(
        self, items: Sequence[tuple[str, Sequence[str]]], mode: Mode
    ) -> list[tuple[float, ...]]:
        """For each question the log-probability (nats) of each option's text as the answer."""
        renderer = self._renderers[mode]
        end = renderer.end_length()
        answers = [[renderer.completion(o)[:-end] for o in options] for _, options in items]
        found: list[list[float]] = [[] for _ in items]
        for pack in self._packs([ask for ask, _ in items], mode):
            for place in range(max(len(answers[i]) for i in pack.items)):
                chosen = [answers[i][min(place, len(answers[i]) - 1)] for i in pack.items]
                for i, values in zip(pack.items, completion_logprobs(pack, chosen), strict=True):
                    if place < len(answers[i]):
                        found[i].append(sum(values))
        return [tuple(values) for values in found]

    def endings(self, items: Sequence[tuple[str, str]], mode: Mode) -> list[float]:
        """For each (request, complete answer) the probability that the answer ends there."""
        renderer = self._renderers[mode]
        end = renderer.end_length()
        found = [0.0] * len(items)
        for pack in self._packs([ask for ask, _ in items], mode):
            answers = [renderer.completion(items[i][1]) for i in pack.items]
            for i, values in zip(pack.items, completion_logprobs(pack, answers), strict=True):
                found[i] = math.exp(sum(values[-end:]))
        return found

    def bits(self, texts: Sequence[str], mode: Mode) -> list[float]:
        """Bits of each passage: as a document, or in a template as the answer to `WRITE`.

        A passage longer than the context is read in windows, each given its last token before.
        """
        if mode is Mode.RAW:
            return self._speaker.bits(texts)
        renderer, size = self._renderers[mode], self._loaded.context
        prompt, end = self.prompt(WRITE, mode), renderer.end_length()
        owners: list[int] = []
        items: list[tuple[Tokens, Tokens]] = []
        for owner, text in enumerate(texts):
            ids, before = renderer.completion(text)[:-end], prompt
            while ids:
                room = size - len(before)
                items.append((before, ids[:room]))
                owners.append(owner)
                before, ids = ids[room - 1 : room], ids[room:]
        found = [0.0] * len(texts)
        with self._precisely():
            for owner, values in zip(owners, likelihoods(self._loaded.model, items), strict=True):
                found[owner] -= sum(values) / math.log(2)
        return found

    def entropies(self, asks: Sequence[str], written: Sequence[Tokens], mode: Mode) -> list[float]:
        """For each reply the mean entropy of the next-token distribution, in bits a token."""
        prompts = [self.prompt(ask, mode) for ask in asks]
        found = [0.0] * len(asks)
        with self._precisely():
            for pack in read_prompts(self._loaded.model, prompts):
                for i, values in zip(
                    pack.items, _entropies(pack, [written[i] for i in pack.items]), strict=True
                ):
                    found[i] = sum(values) / len(values)
        return found

    def shifts(
        self, base: "Voice", asks: Sequence[str], written: Sequence[Tokens], mode: Mode
    ) -> list[tuple[Shift, ...]]:
        """How far what this model wrote lies from what `base` would have written.

        Raises:
            ValueError: the vocabularies differ in size.
        """
        items = [(self.prompt(a, mode), ids) for a, ids in zip(asks, written, strict=True)]
        with self._precisely():
            return token_shifts(self._loaded.model, base._loaded.model, items)

    @contextmanager
    def between(self, other: "Voice", alpha: float) -> Iterator[None]:
        """Weights that lie `alpha` of the way to another's, until the block ends.

        Raises:
            ValueError: the two have no weights of the same names and shapes.
        """
        ours, theirs = (dict(v._loaded.model.named_parameters()) for v in (self, other))
        if {n: p.shape for n, p in ours.items()} != {n: p.shape for n, p in theirs.items()}:
            raise ValueError("the weights differ in name or shape")
        kept = {name: weight.data for name, weight in ours.items()}
        try:
            for name, weight in ours.items():
                mixed = torch.lerp(kept[name].float(), theirs[name].data.float(), alpha)
                weight.data = mixed.to(kept[name].dtype)
            yield
        finally:
            for name, weight in ours.items():
                weight.data = kept[name]

    def untrained_roles(self) -> tuple[str, ...] | NotMeasured:
        """Role markers of the template whose embedding rows were never trained."""
        renderer = self._renderers.get(Mode.TEMPLATE)
        roles = renderer.role_ids() if renderer else []
        if not roles:
            return NotMeasured(why="the template uses no added tokens")
        found = token_rows(self._loaded.model, self._loaded.tokenizer, roles)
        if isinstance(found, NotMeasured):
            return found
        return tuple(row.token for row in found.values() if row.state == "untrained")

    def _closes_itself(self) -> bool:
        """Whether the template's end is a token here; else the document end stands in for it."""
        renderer = self._renderers[Mode.TEMPLATE]
        written = renderer.mid_end()
        return not written or written[-1] == renderer.end_id()

    @contextmanager
    def _precisely(self) -> Iterator[None]:
        with deterministic(), self._loaded.device.autocast(self._loaded.model.dtype):
            yield

    def _packs(self, asks: Sequence[str], mode: Mode) -> Iterator[Pack]:
        prompts = [self.prompt(ask, mode) for ask in asks]
        with self._precisely():
            yield from read_prompts(self._loaded.model, prompts)

    def _reply(self, ids: Tokens, stops: frozenset[int], turn: int | None) -> Reply:
        stop = Stop.LIMIT
        if ids[-1] in stops:
            stop = Stop.TURN_END if ids[-1] == turn else Stop.DOCUMENT_END
        written = ids if stop is Stop.LIMIT else ids[:-1]
        return Reply(ids, str(self._loaded.tokenizer.decode(list(written))), stop)


@torch.inference_mode()
def _entropies(pack: Pack, written: Sequence[Tokens]) -> list[list[float]]:
    """Before each written token, in bits; a few rows of logits at a time."""
    found = [[_entropy(row[None])[0]] for row in pack.logits]
    for part in cut([len(w) for w in written], most_rows(pack.tree.model)):
        rests = [written[i][:-1] for i in part]
        open_ = [(i, rest) for i, rest in zip(part, rests, strict=True) if rest]
        if not open_:
            continue
        total = sum(len(rest) for _, rest in open_)
        _, logits = pack.tree.extend(
            [pack.ends[i] for i, _ in open_], [rest for _, rest in open_], range(total)
        )
        values = iter([v for (rows,) in in_parts(logits) for v in _entropy(rows)])
        for i, rest in open_:
            found[i] += [next(values) for _ in rest]
    return found


def _entropy(logits: Tensor) -> list[float]:
    """[rows, vocabulary] -> bits of each row."""
    logs = logits.float().log_softmax(1)
    return [float(v) for v in (-(logs.exp() * logs).sum(1) / math.log(2)).tolist()]
