"""All prompts of one run: our own, or those of the user's files."""

from dataclasses import dataclass
from pathlib import Path

from headstart.domain.tax import Ask, Passage, PromptSets
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
        sets = _named(sets, "safe", files.safe, read_asks(files.safe, safe=True))
    if files.unsafe:
        sets = _named(sets, "unsafe", files.unsafe, read_asks(files.unsafe, safe=False))
    if files.ifeval:
        sets = _named(sets, "instructions", files.ifeval, read_instructions(files.ifeval))
    if files.mcq:
        sets = _named(sets, "choices", files.mcq, read_choices(files.mcq))
    if files.text:
        passages = (*read_passages(files.text), *sets.passages)
        sets = _named(sets, "passages", files.text, passages)
    return sets


def _named(sets: PromptSets, name: str, path: Path, found: tuple[object, ...]) -> PromptSets:
    where = f"{path.name} and headstart's own" if name == "passages" else path.name
    sources = tuple({**dict(sets.sources), name: where}.items())
    return sets.model_copy(update={name: found, "sources": sources})


def _asks(name: str, pairs: tuple[tuple[str, str], ...]) -> tuple[Ask, ...]:
    return tuple(Ask(id=f"{name}-{i}", text=t, group=g) for i, (g, t) in enumerate(pairs))
