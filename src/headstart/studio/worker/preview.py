"""Training rows as they would be fed, with the loss mask, before anything is loaded or run."""

from pathlib import Path

from headstart.checkpoints import resolve_all
from headstart.checkpoints.opened import open_checkpoint
from headstart.domain.checkpoint import Checkpoint, Form
from headstart.domain.plan import Request, StartSpec, TokenView
from headstart.domain.task import Example, Task
from headstart.domain.value import NotMeasured
from headstart.engine.pieces import pieces
from headstart.engine.render import Renderer
from headstart.engine.text_figures import tokenizer_at
from headstart.errors import CheckpointBroken
from headstart.forge.task_source import load_rows, with_own_test
from headstart.preflight import figures_of, look_at
from headstart.studio.masks import MaskedRow, MaskedStart, Preview
from headstart.studio.worker.asked import TrialAsk
from headstart.tasks import DataRequest, build_task
from headstart.trials.starts import choose_starts


def preview(ask: TrialAsk) -> Preview:
    """What each start would train on; reads data and tokenizers, no weights are loaded.

    Raises:
        HeadstartError: data, checkpoints or options cannot be used.
    """
    task = _task(ask.request)
    checkpoints = resolve_all(ask.request.checkpoints)
    starts = choose_starts(checkpoints, ask.request.starts, task.shape, look_at(checkpoints))
    by_name = {one.name: one for one in checkpoints}
    return Preview(
        task=task.name,
        shape=task.shape,
        shape_reason=task.shape_reason,
        metric=task.metric,
        counts=task.counts,
        findings=task.findings,
        starts=tuple(_start(start, by_name, task, ask.rows) for start in starts),
    )


def _task(request: Request) -> Task:
    wanted = DataRequest.model_validate(request.model_dump(include=set(DataRequest.model_fields)))
    return build_task(with_own_test(wanted), load_rows)


def _start(
    start: StartSpec, checkpoints: dict[str, Checkpoint], task: Task, rows: int
) -> MaskedStart:
    lender = start.template_from
    template = checkpoints[lender].chat_template if lender else None
    checkpoint = checkpoints[start.checkpoint]
    tokenizer = tokenizer_at(*_place(checkpoint))
    if isinstance(tokenizer, NotMeasured):
        raise CheckpointBroken(
            f"{checkpoint.source}: {tokenizer.why}", hint="check that the folder is complete"
        )
    renderer = Renderer(tokenizer, template, task.instruction, task.system)
    shown = tuple(_masked(example, renderer) for example in task.train[:rows])
    return MaskedStart(
        name=start.name,
        checkpoint=checkpoint.source,
        format=start.format,
        rule=start.rule,
        rows=shown,
        findings=tuple(sorted(renderer.findings)),
        figures=figures_of(_texts(task), open_checkpoint(checkpoint.source)),
    )


def _masked(example: Example, renderer: Renderer) -> MaskedRow:
    rendered = renderer.training(example)
    said = [piece.text for piece in pieces(renderer.tokenizer, rendered.ids)]
    views = (
        TokenView(text=text, id=i, trained=trained)
        for text, i, trained in zip(said, rendered.ids, rendered.trained, strict=True)
    )
    return MaskedRow(id=example.id, tokens=tuple(views))


def _texts(task: Task) -> list[str]:
    return [
        "\n".join([*(turn.content for turn in each.prompt), each.completion]) for each in task.train
    ]


def _place(checkpoint: Checkpoint) -> tuple[Path, Form]:
    """Where the tokenizer lies: an adapter without one of its own has its parent's."""
    path = Path(checkpoint.path)
    own = any((path / name).exists() for name in ("tokenizer.json", "tokenizer.model"))
    if checkpoint.form is Form.ADAPTER and not own and checkpoint.parent is not None:
        return Path(checkpoint.parent), Form.DIRECTORY
    return path, checkpoint.form
