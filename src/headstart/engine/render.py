"""Examples to token ids with their loss mask, in chat or in plain completion format.

Prompt and completion are tokenised where inference cuts them: the completion's ids are
those that follow the prompt's ids, so that what is trained is what is later generated.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from headstart.domain.task import Example, Message
from headstart.errors import CheckpointBroken, first_line

Tokens = tuple[int, ...]

BLOCK_END = "\n\n"
"""Separates examples in plain completion format; untuned models stop at it."""
ANSWER = "\nAnswer:"
BREAK = "\ue000"
"""Stands inside role markers of the data's own text while a template handles it."""


@dataclass(frozen=True)
class Rendered:
    """One training example: ids, and which of them the loss is taken on."""

    ids: Tokens
    trained: tuple[bool, ...]


@dataclass
class Renderer:
    """The rule that turns examples into ids for one start.

    With a template: the messages go through it. Without: instruction, text, a line that
    begins with `Answer:`, the completion, and the document end.
    """

    tokenizer: PreTrainedTokenizerBase
    template: str | None
    instruction: str = ""
    system: str = ""
    findings: set[str] = field(default_factory=set)
    """What rendering had to work around, one sentence each."""

    def __post_init__(self) -> None:
        """Read the special tokens once: some vocabularies have thousands."""
        added = self.tokenizer.added_tokens_decoder
        self._added = frozenset(added)
        self._special = _any_of(t.content for t in added.values() if t.content.strip())
        markers = {t.content for t in added.values() if t.special} | self._user_markers()
        whole = [m for m in markers if len(m.strip()) > 1]
        self._marker = _any_of(whole)
        broken = (f"(?<={re.escape(m[0])}){BREAK}(?={re.escape(m[1:])})" for m in whole)
        self._break = re.compile("|".join(broken) or r"(?!)")

    def prompt(self, messages: Sequence[Message], shots: Sequence[Example] = ()) -> Tokens:
        """Ids up to where the answer begins, with examples before it if given."""
        return self._encode(self._prompt_text(self._dialogue(messages, shots)), first=True)

    def completion(self, text: str, *, tuned: bool = True) -> Tokens:
        """The ids that follow any prompt when `text` is the answer, end included."""
        asked = (Message(role="user", content="?"),)
        before = self._prompt_text(self._dialogue(asked, ()))
        answer = self._answer_text(asked, self._inert(text.strip()))
        return self._follow(before, answer) + self._ends(tuned=tuned)

    def training(self, example: Example) -> Rendered:
        """The whole example with its loss mask: assistant turns and their ends."""
        if not example.prompt:
            return self._document(example.completion)
        messages = [
            *self._dialogue(example.prompt, ()),
            Message(role="assistant", content=self._inert(example.completion.strip())),
        ]
        ids: list[int] = []
        trained: list[bool] = []
        done = ""
        for turn in self._trained_turns(messages):
            text = self._prompt_text(messages[:turn])
            answer = self._answer_text(messages[:turn], messages[turn].content)
            fresh = self._encode(text[len(done) :], first=not ids)
            reply = self._follow(text, answer) + self._turn_ends(last=turn == len(messages) - 1)
            ids += [*fresh, *reply]
            trained += [False] * len(fresh) + [True] * len(reply)
            done = text + answer + self._end_text()
        return Rendered(tuple(ids), tuple(trained))

    def end_id(self, *, tuned: bool = True) -> int:
        """The id that closes an answer: turn end, document end, or a blank line when untuned."""
        return self.completion("?", tuned=tuned)[-1]

    def end_length(self, *, tuned: bool = True) -> int:
        """How many ids at the end of every completion are its end, not its text."""
        return len(self._ends(tuned=tuned))

    def role_ids(self) -> list[int]:
        """Added tokens of a rendered dialogue: role markers and ends, in order of their ids."""
        asked = (Message(role="user", content="a"),)
        whole = self.training(Example(id="", prompt=asked, completion="b", group=""))
        return sorted(self._added & set(whole.ids))

    def mid_end(self) -> Tokens:
        """Ids that close an answer after which the conversation goes on; empty where none do."""
        return self._encode(self._end_text(), first=False)

    def text_of(self, messages: Sequence[Message]) -> str:
        """The prompt as a program writes it that hands messages to the template, end to end."""
        return self._prompt_text(self._without_system(list(messages)))

    def markers_in(self, text: str) -> list[str]:
        """Special tokens' texts inside the data's own text, each once."""
        return list(dict.fromkeys(self._marker.findall(text)))

    def _document(self, text: str) -> Rendered:
        start = self._encode("", first=True)
        body = self._encode(self._inert(text), first=False)
        end = self._ends(tuned=True)
        return Rendered(
            start + body + end, (False,) * len(start) + (True,) * (len(body) + len(end))
        )

    def _trained_turns(self, messages: Sequence[Message]) -> list[int]:
        """Indices of the assistant turns to train: all of them where renders nest."""
        turns = [i for i, m in enumerate(messages) if m.role == "assistant"]
        if self.template is None or len(turns) == 1:
            return turns
        done = ""
        for turn in turns:
            text = self._prompt_text(messages[:turn])
            if not text.startswith(done):
                self.findings.add(
                    "the chat template rewrites earlier turns, so only each conversation's "
                    "last answer is trained"
                )
                return turns[-1:]
            done = text + self._answer_text(messages[:turn], messages[turn].content)
            done += self._end_text()
        return turns

    def _dialogue(self, messages: Sequence[Message], shots: Sequence[Example]) -> list[Message]:
        """System, examples and prompt in order, with the instruction before the first text."""
        turns: list[Message] = []
        for shot in shots:
            turns += [*shot.prompt, Message(role="assistant", content=shot.completion.strip())]
        turns += messages
        first = next((i for i, m in enumerate(turns) if m.role == "user"), None)
        if self.instruction and first is not None:
            text = f"{self.instruction}\n\n{turns[first].content}"
            turns[first] = Message(role="user", content=text)
        if self.system and not any(m.role == "system" for m in turns):
            turns.insert(0, Message(role="system", content=self.system))
        turns = [m.model_copy(update={"content": self._inert(m.content)}) for m in turns]
        return self._without_system(turns) if self.template is not None else turns

    def _without_system(self, turns: list[Message]) -> list[Message]:
        """Where the template refuses or drops system text, put it before the first user's."""
        if not turns or turns[0].role != "system" or self._takes_system():
            return turns
        self.findings.add(
            "the chat template takes no system message, so its text stands before the user's"
        )
        system, *rest = turns
        first = next(i for i, m in enumerate(rest) if m.role == "user")
        text = f"{system.content}\n\n{rest[first].content}"
        rest[first] = Message(role="user", content=text)
        return rest

    def _takes_system(self) -> bool:
        probe = [
            Message(role="system", content="zqsystem"),
            Message(role="user", content="zquser"),
        ]
        try:
            return "zqsystem" in self._apply(probe, ask=True)
        except CheckpointBroken:
            return False

    def _prompt_text(self, messages: Sequence[Message]) -> str:
        if self.template is not None:
            return self._apply(messages, ask=True)
        blocks: list[str] = []
        for message in messages:
            if message.role == "assistant" and blocks:
                blocks[-1] += f" {message.content}"
            else:
                blocks.append(message.content + (ANSWER if message.role == "user" else ""))
        return BLOCK_END.join(blocks)

    def _answer_text(self, asked: Sequence[Message], answer: str) -> str:
        if self.template is None:
            return f" {answer}"
        text = self._apply(asked, ask=True)
        full = self._apply([*asked, Message(role="assistant", content=answer)], ask=False)
        tail = self._tail
        if full.startswith(text) and full[len(text) :].endswith(answer + tail):
            return full[len(text) : len(full) - len(tail)]
        self.findings.add(
            "the chat template's generation prompt is not how it writes a finished answer; "
            "training follows the generation prompt"
        )
        return answer

    @cached_property
    def _tail(self) -> str:
        """All that the template writes after an answer; digits, since some templates recase."""
        asked = (Message(role="user", content="zquser"),)
        full = self._apply([*asked, Message(role="assistant", content="70317")], ask=False)
        return full.rpartition("70317")[2] if "70317" in full else ""

    def _end_text(self) -> str:
        """What stands after an answer in the template up to its end token; else empty."""
        if self.template is None:
            return ""
        end = self._special.search(self._tail)
        return self._tail[: end.end()] if end else self._tail.rstrip()

    def _turn_ends(self, *, last: bool) -> Tokens:
        """An answer's end in a dialogue: the document ends only after the last one."""
        return self._ends(tuned=True) if last else self._encode(self._end_text(), first=False)

    def _ends(self, *, tuned: bool) -> Tokens:
        if self.template is None and not tuned:
            return self._encode(BLOCK_END, first=False)[:1]
        end = self._encode(self._end_text(), first=False) if self.template else ()
        eos = self.tokenizer.eos_token_id
        if end and (end[-1] in self._added or end[-1] == eos or eos is None):
            return end
        if eos is None:
            raise CheckpointBroken(
                "the tokenizer names no end of text",
                hint="set eos_token in tokenizer_config.json",
            )
        if self.template is not None:
            self.findings.add(
                "the chat template closes answers with no end token of this vocabulary, so the "
                "document end is trained after them"
            )
        return (*end, eos)

    def _follow(self, before: str, answer: str) -> Tokens:
        """The answer's ids as they follow `before`, where the tokenizer cuts cleanly there."""
        head = self._encode(before, first=True)
        joint = self._encode(before + answer, first=True)
        if joint[: len(head)] == head:
            return joint[len(head) :]
        return self._encode(answer, first=False)

    def _apply(self, messages: Sequence[Message], *, ask: bool) -> str:
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    [m.model_dump() for m in messages],
                    chat_template=self.template,
                    tokenize=False,
                    add_generation_prompt=ask,
                )
            )
        except (TemplateError, TypeError, ValueError) as error:
            raise CheckpointBroken(
                f"the chat template refuses these messages: {first_line(error)}",
                hint="pass --starts NAME:raw, or repair the template",
            ) from error

    def _encode(self, text: str, *, first: bool) -> Tokens:
        """Ids of `text`, cut where a marker of the data's own is broken.

        Args:
            text: rendered.
            first: whether the sequence begins here; plain format then gets its opening ids.
        """
        ids = list(self._opening) if first and self.template is None else []
        for piece in self._break.split(text):
            ids += self.tokenizer(piece, add_special_tokens=False)["input_ids"]
        return tuple(ids)

    @cached_property
    def _opening(self) -> Tokens:
        """What the tokenizer puts before any text: its begin id, or nothing."""
        bare = self.tokenizer("x", add_special_tokens=False)["input_ids"]
        whole = self.tokenizer("x")["input_ids"]
        starts = range(len(whole) - len(bare) + 1)
        return tuple(whole[: next(i for i in starts if whole[i : i + len(bare)] == bare)])

    def _inert(self, content: str) -> str:
        """The data's own text with its role markers broken, so that they stay text."""
        if self._marker.search(content):
            self.findings.add("role markers inside the data's own text are kept as plain text")
        return self._marker.sub(lambda m: m[0][0] + BREAK + m[0][1:], content)

    def _user_markers(self) -> set[str]:
        """Added tokens around a user's turn: some vocabularies do not flag them as special."""
        if self.template is None:
            return set()
        try:
            turn = self._apply([Message(role="user", content="zquser")], ask=False)
        except CheckpointBroken:
            return set()
        return set(self._special.findall(turn))


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Finds any of `texts`, the longest first; nothing where there are none."""
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
