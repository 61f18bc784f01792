"""The end of every stage: export, measure what was exported, and publish it whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from transformers import PreTrainedModel

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin
from headstart.domain.task import Example
from headstart.domain.value import NotMeasured, Score
from headstart.engine.alignment.saving import (
    library_versions,
    new_checkpoint,
    write_lineage,
    writing,
)
from headstart.engine.alignment.weights import Parent, export
from headstart.engine.alignment.work import WorkFolder
from headstart.engine.audit import telling
from headstart.engine.device import Device
from headstart.engine.load import Loaded, load
from headstart.engine.render import Renderer
from headstart.errors import StageStopped

Figures = Mapping[str, float | Score | NotMeasured]


@dataclass(frozen=True)
class Result:
    """What a stage trained."""

    parent: Parent
    model: PreTrainedModel
    """One plain model."""
    origin: Origin
    notes: tuple[str, ...]
    """What had to be worked around, one sentence each."""


def publish(
    result: Result,
    out: Path,
    work: WorkFolder,
    device: Device,
    measured: Callable[[Path], Figures],
    on_event: OnEvent = ignore,
) -> Lineage:
    """Write the checkpoint, measure it as it lies there, and put it in its place.

    `measured` takes the folder and may raise `StageStopped`: nothing is then published.
    """
    with new_checkpoint(out) as scratch:
        with writing(scratch):
            export(result.model, result.parent.tokenizer, result.parent, scratch)
        on_event(Event(stage="forge", message="measuring what was saved"))
        figures = measured(scratch)
        lineage = lineage_of(
            result.origin,
            figures,
            result.notes,
            device,
            started=work.started,
            seconds=work.seconds,
        )
        write_lineage(scratch, lineage)
    work.remove()
    return lineage


def lineage_of(
    origin: Origin,
    figures: Figures,
    notes: tuple[str, ...],
    device: Device,
    *,
    started: str,
    seconds: float,
) -> Lineage:
    """The manifest of work that ends now; `started` as `Lineage` has it, `seconds` of computing."""
    return Lineage(
        **origin.model_dump(),
        figures=dict(figures),
        notes=notes,
        versions=library_versions(),
        device=f"{device.label}, {device.dtype_name}",
        started=started,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
    )


def require_alike(parent: Parent, exported: Loaded, examples: Sequence[Example]) -> None:
    """Hold the checkpoint as it was saved against what was trained: render, mask and stop.

    Args:
        parent: what was trained, its tokenizer with the chat template that was used.
        exported: the saved checkpoint, loaded again.
        examples: what was trained on; at most 64 of them are rendered.

    Raises:
        StageStopped: it renders or masks them otherwise, or does not stop at the turn end.
    """
    trained = Renderer(parent.tokenizer, str(parent.tokenizer.chat_template))
    saved = Renderer(exported.tokenizer, str(exported.tokenizer.chat_template))
    for example in telling(examples, trained):
        if saved.training(example) != trained.training(example):
            raise StageStopped(
                f"as it was saved it renders {example.id} otherwise than that was trained",
                hint="compare tokenizer files and chat_template.jinja with the parent's",
            )
    if trained.end_id() not in exported.stops:
        end = trained.tokenizer.convert_ids_to_tokens(trained.end_id())
        raise StageStopped(
            f"as it was saved it does not stop at the turn end {end}",
            hint="name the turn end in the parent's generation_config.json",
        )


def reload(folder: Path, device: Device) -> Loaded:
    """A causal model from the folder it was just written to."""
    return load(
        Checkpoint(
            name=folder.name,
            source=str(folder),
            form=Form.DIRECTORY,
            path=str(folder),
            fingerprint="",
            architecture="",
            tokenizer_fingerprint="",
            chat_template=None,
            weights_bytes=0,
        ),
        device,
    )
