"""A checkpoint that is spoken to: in its chat template, or as raw text that it continues."""

from collections.abc import Callable, Iterator, Sequence

import torch

from headstart.domain.reply import Reply, Stop
from headstart.domain.task import Example, Message
from headstart.engine.device import deterministic
from headstart.engine.load import Loaded
from headstart.engine.rawtext import text_bits
from headstart.engine.render import Rendered, Renderer
from headstart.engine.score import Tokens, Writing, generate, read_prompts, writing_on


class Speaker:
    """Prompts in, replies out."""

    def __init__(self, loaded: Loaded, template: str | None = None) -> None:
        """Speak through `template`; None leaves only raw text."""
        self.loaded = loaded
        self._renderer = Renderer(loaded.tokenizer, template)
        self._plain = Renderer(loaded.tokenizer, None)
        self._turn_end = self._renderer.end_id() if template is not None else None

    def chat(self, messages: Sequence[Message]) -> Tokens:
        """Ids of a conversation up to where the assistant answers."""
        assert self._turn_end is not None
        return self._renderer.prompt(messages)

    def role_ids(self) -> list[int]:
        """Role markers and ends of the template that are added tokens."""
        return self._renderer.role_ids()

    def raw(self, text: str) -> Tokens:
        """Ids of a text to continue, opened as the tokenizer opens a text."""
        ids = self._document(text).ids[: -self._plain.end_length()]
        return ids or (self._plain.end_id(),)

    def replies(
        self,
        prompts: Sequence[Tokens],
        *,
        limit: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> list[Reply]:
        """One reply to each prompt.

        Args:
            prompts: ids from `chat` or `raw`.
            limit: most tokens to write.
            temperature: 0 takes the most probable token.
            seed: draws the tokens above temperature 0.
            on_text: told what is written so far, token by token; for a single prompt.
        """
        device = self.loaded.model.device

        def heard(ids: Tokens) -> bool:
            if on_text is not None:
                on_text(self.text(ids))
            return False

        turn = () if self._turn_end is None else (self._turn_end,)
        stops = self.loaded.stops | {*turn, self._plain.end_id()}
        with deterministic(), self.loaded.device.autocast(self.loaded.model.dtype):
            rows = generate(
                self.loaded.model,
                prompts,
                limit=limit,
                stops=stops,
                temperature=temperature,
                generator=torch.Generator(device).manual_seed(seed),
                enough=heard,
            )
        return [self._reply(row, stops) for row in rows]

    def text(self, ids: Sequence[int]) -> str:
        """Ids as text, role markers visible."""
        return str(self.loaded.tokenizer.decode(list(ids)))

    def next_tokens(self, prompt: Tokens, count: int) -> list[tuple[str, float]]:
        """The most probable next tokens with their probabilities, the first the most probable."""
        with deterministic(), self.loaded.device.autocast(self.loaded.model.dtype):
            (pack,) = read_prompts(self.loaded.model, [prompt])
        shares = torch.softmax(pack.logits[0].float(), 0)
        found = torch.topk(shares, min(count, len(shares)))
        pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
        return [(self.text([i]), float(share)) for i, share in pairs]

    def bits(self, texts: Sequence[str]) -> list[float]:
        """Bits of each whole document, its end left out; divide by UTF-8 bytes to compare."""
        wholes = [self._document(text) for text in texts]
        with deterministic(), self.loaded.device.autocast(self.loaded.model.dtype):
            return text_bits(self.loaded.model, self._plain, wholes, self.loaded.context)

    def stream(
        self, prompt: Tokens, *, limit: int, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[Tokens]:
        """One reply, told after each token as all ids so far, the stop included.

        The next token is computed when it is asked for, and not before.
        """
        device, model = self.loaded.device, self.loaded.model
        how = Writing(
            limit=limit,
            stops=self.stops,
            temperature=temperature,
            generator=torch.Generator(model.device).manual_seed(seed),
        )
        with deterministic(), device.autocast(model.dtype):
            (pack,) = read_prompts(model, [prompt])
        steps = writing_on(pack, how)
        while True:
            # not held while another speaker's turn is computed
            with deterministic(), device.autocast(model.dtype):
                written = next(steps, None)
            if written is None:
                return
            yield written[0]

    @property
    def stops(self) -> frozenset[int]:
        """Ids that end a reply: turn end, document end, and every end that the files name."""
        turn = () if self._turn_end is None else (self._turn_end,)
        return self.loaded.stops | {*turn, self._plain.end_id()}

    def reply(self, ids: Tokens) -> Reply:
        """What ids that were written come to; at least one."""
        return self._reply(ids, self.stops)

    def _document(self, text: str) -> Rendered:
        return self._plain.training(Example(id="", prompt=(), completion=text, group=""))

    def _reply(self, ids: Tokens, stops: frozenset[int]) -> Reply:
        stop = Stop.LIMIT
        if ids[-1] in stops:
            stop = Stop.TURN_END if ids[-1] == self._turn_end else Stop.DOCUMENT_END
        written = ids if stop is Stop.LIMIT else ids[:-1]
        return Reply(ids, str(self.loaded.tokenizer.decode(list(written))), stop)
