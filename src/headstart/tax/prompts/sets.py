"""All prompts of one run: our own, or those of the user's files."""

from dataclasses import dataclass, replace
from pathlib import Path

from headstart.domain.tax import Ask, Choice, InstructionAsk, Passage
from headstart.tax.prompts.choices import own_choices
from headstart.tax.prompts.files import (
    read_asks,
    read_choices,
    read_instructions,
    read_passages,
)
from headstart.tax.prompts.instructions import own_instructions
from headstart.tax.prompts.openings import OPEN
from headstart.tax.prompts.passages import PASSAGES
from headstart.tax.prompts.safe import SAFE
from headstart.tax.prompts.unsafe import UNSAFE


@dataclass(frozen=True)
class PromptSets:
    """What is asked, set by set; order is the order in which a budget takes from them."""

    safe: tuple[Ask, ...]
    """Harmless requests, some of which look harmful."""
    unsafe: tuple[Ask, ...]
    """Requests to decline."""
    instructions: tuple[InstructionAsk, ...]
    """Requests with checkable instructions."""
    choices: tuple[Choice, ...]
    """Questions with options."""
    open: tuple[Ask, ...]
    """Requests with many good answers."""
    passages: tuple[Passage, ...]
    """Raw text."""
    sources: tuple[tuple[str, str], ...] = ()
    """(set, where it comes from), for the report."""


@dataclass(frozen=True)
class Files:
    """The user's own sets; None keeps ours."""

    safe: Path | None = None
    """Requests to answer; of a file with labels only those called safe."""
    unsafe: Path | None = None
    """Requests to decline; of a file with labels only those called unsafe."""
    ifeval: Path | None = None
    """Prompts with instruction ids and arguments, as IFEval publishes them."""
    mcq: Path | None = None
    """Multiple choice: MMLU's CSV files, a folder of them, or rows with choices and answer."""
    text: Path | None = None
    """Raw text; put beside ours, so that both are measured."""


def own_sets() -> PromptSets:
    """The prompts that ship with headstart, for models of the English language."""
    return PromptSets(
        safe=_asks("safe", SAFE),
        unsafe=_asks("unsafe", UNSAFE),
        instructions=own_instructions(),
        choices=own_choices(),
        open=tuple(Ask(id=f"open-{i}", text=text) for i, text in enumerate(OPEN)),
        passages=tuple(
            Passage(id=f"own-{i}", text=text, group="own") for i, text in enumerate(PASSAGES)
        ),
        sources=tuple(
            (name, "headstart's own")
            for name in ("safe", "unsafe", "instructions", "choices", "open", "passages")
        ),
    )


def with_files(sets: PromptSets, files: Files) -> PromptSets:
    """Put the user's files in the place of our sets; raw text goes before ours.

    Raises:
        DataError: a file cannot be read as what it should be.
    """
    if files.safe:
        sets = _named(replace(sets, safe=read_asks(files.safe, safe=True)), "safe", files.safe)
    if files.unsafe:
        asks = read_asks(files.unsafe, safe=False)
        sets = _named(replace(sets, unsafe=asks), "unsafe", files.unsafe)
    if files.ifeval:
        asked = read_instructions(files.ifeval)
        sets = _named(replace(sets, instructions=asked), "instructions", files.ifeval)
    if files.mcq:
        sets = _named(replace(sets, choices=read_choices(files.mcq)), "choices", files.mcq)
    if files.text:
        passages = (*read_passages(files.text), *sets.passages)
        sets = _named(replace(sets, passages=passages), "passages", files.text)
    return sets


def _named(sets: PromptSets, name: str, path: Path) -> PromptSets:
    where = f"{path.name} and headstart's own" if name == "passages" else path.name
    return replace(sets, sources=tuple({**dict(sets.sources), name: where}.items()))


def _asks(name: str, pairs: tuple[tuple[str, str], ...]) -> tuple[Ask, ...]:
    return tuple(Ask(id=f"{name}-{i}", text=t, group=g) for i, (g, t) in enumerate(pairs))
