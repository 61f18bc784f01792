"""The stages of the forge: from a request to a checkpoint with a lineage.

Each stage reads its data, finds its parent, and hands both to the engine. A stage that ended is
not run again: the same request gives the same folder. The libraries that compute are imported
when a stage runs.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from headstart.checkpoints.resolve import resolve
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin, StageName
from headstart.domain.stage import Preference, RlPrompt, Tuning
from headstart.domain.task import Example
from headstart.domain.value import Score
from headstart.engine.alignment.saving import finished
from headstart.engine.alignment.work import work_path
from headstart.errors import RequestError
from headstart.forge.data import (
    digest,
    expand,
    read_conversations,
    read_documents,
    read_preferences,
    read_prompts,
)
from headstart.forge.rewards import find_reward
from headstart.forge.stage_requests import (
    AdaptStage,
    DpoStage,
    Place,
    PretrainStage,
    RewardStage,
    RlStage,
    SftStage,
)
from headstart.templates.audit import require_sound

Documents = Callable[[], Iterable[str]]
"""Gives raw documents from the first on, the same ones every time; may be endless."""


def pretrain(
    stage: PretrainStage,
    on_event: OnEvent = ignore,
    *,
    documents: Documents | None = None,
    data_sha256: str | None = None,
) -> Path:
    """Train tokenizer and model from nothing; give the checkpoint's folder.

    Args:
        stage: the request.
        on_event: takes progress.
        documents: in the place of the files; may be endless.
        data_sha256: what identifies `documents`; needed with them.

    Raises:
        HeadstartError: as `headstart.engine.pretrain.pretrain`, or the files cannot be read.
    """
    if documents is None:
        documents, data_sha256 = _text(stage.text)
    assert data_sha256 is not None
    recipe = stage.recipe.model_dump(mode="json") | {"shape": stage.shape.model_dump(mode="json")}
    origin = _origin("pretrain", None, recipe, stage.text, data_sha256)

    def compute(out: Path) -> Lineage:
        from headstart.engine.pretrain import pretrain

        device = _device(stage.place)
        return pretrain(
            stage.shape, documents, stage.recipe, out, origin, device, on_event=on_event
        )

    return _made(stage.place, origin, compute, on_event)


def adapt(
    stage: AdaptStage,
    on_event: OnEvent = ignore,
    *,
    documents: Documents | None = None,
    data_sha256: str | None = None,
) -> Path:
    """Continue a checkpoint's pretraining on raw text; give the new checkpoint's folder.

    Args:
        stage: the request.
        on_event: takes progress.
        documents: in the place of the files; may be endless.
        data_sha256: what identifies `documents`; needed with them.

    Raises:
        HeadstartError: as `headstart.engine.pretrain.adapt`, or the files cannot be read.
    """
    if documents is None:
        documents, data_sha256 = _text(stage.text)
    assert data_sha256 is not None
    parent = resolve(stage.parent)
    recipe = stage.recipe.model_dump(mode="json")
    origin = _origin("adapt", parent, recipe, stage.text, data_sha256)

    def compute(out: Path) -> Lineage:
        from headstart.engine.pretrain import adapt

        device = _device(stage.place)
        return adapt(parent, documents, stage.recipe, out, origin, device, on_event=on_event)

    return _made(stage.place, origin, compute, on_event)


def sft(
    stage: SftStage,
    on_event: OnEvent = ignore,
    *,
    conversations: Sequence[Example] | None = None,
    replay: Sequence[str] | None = None,
) -> Path:
    """Make an instruct checkpoint out of a base one; give its folder.

    Args:
        stage: the request.
        on_event: takes progress.
        conversations: in the place of the file.
        replay: raw documents in the place of the files.

    Raises:
        HeadstartError: as `headstart.engine.alignment.sft.sft`, or the data cannot be used.
    """
    _require_batches(stage.recipe)
    if conversations is None:
        conversations = read_conversations(stage.data, stage.columns)
    if replay is None:
        replay = tuple(read_documents(stage.replay))
    parent = resolve(stage.parent)
    sha256 = _digest_of([*_plain(conversations), list(replay)])
    recipe = stage.recipe.model_dump(mode="json")
    origin = _origin("sft", parent, recipe, (stage.data, *stage.replay), sha256)

    def compute(out: Path) -> Lineage:
        from headstart.engine.alignment.sft import sft

        device = _device(stage.place)
        return sft(
            parent,
            conversations,
            stage.recipe,
            out,
            origin,
            device,
            replay=replay,
            check=require_sound,
            on_event=on_event,
        )

    return _made(stage.place, origin, compute, on_event)


def dpo(
    stage: DpoStage,
    on_event: OnEvent = ignore,
    *,
    preferences: Sequence[Preference] | None = None,
    keep: Sequence[Example] | None = None,
) -> Path:
    """Move an instruct checkpoint towards preferred answers; give the new one's folder.

    Args:
        stage: the request.
        on_event: takes progress.
        preferences: in the place of the file.
        keep: prompts with answers that must survive, in the place of the file.

    Raises:
        HeadstartError: as `headstart.engine.alignment.dpo.dpo`, or the data cannot be used.
    """
    _require_batches(stage.recipe)
    keep = _kept(stage.keep, keep)
    preferences, parent, origin = _preferred("dpo", stage, preferences, keep)

    def compute(out: Path) -> Lineage:
        from headstart.engine.alignment.dpo import dpo

        device = _device(stage.place)
        return dpo(
            parent,
            preferences,
            stage.recipe,
            out,
            origin,
            device,
            keep=keep,
            check=require_sound,
            on_event=on_event,
        )

    return _made(stage.place, origin, compute, on_event)


def reward(
    stage: RewardStage,
    on_event: OnEvent = ignore,
    *,
    preferences: Sequence[Preference] | None = None,
) -> Path:
    """Train a reward model on preferences; give its folder.

    Args:
        stage: the request.
        on_event: takes progress.
        preferences: in the place of the file.

    Raises:
        HeadstartError: as `headstart.engine.alignment.reward.reward`, or the data cannot be used.
    """
    _require_batches(stage.recipe)
    preferences, parent, origin = _preferred("reward", stage, preferences)

    def compute(out: Path) -> Lineage:
        from headstart.engine.alignment.reward import reward

        device = _device(stage.place)
        return reward(parent, preferences, stage.recipe, out, origin, device, on_event=on_event)

    return _made(stage.place, origin, compute, on_event)


def rl(
    stage: RlStage,
    on_event: OnEvent = ignore,
    *,
    prompts: Sequence[RlPrompt] | None = None,
    keep: Sequence[Example] | None = None,
) -> Path:
    """Tune an instruct checkpoint towards a reward; give the new one's folder.

    Args:
        stage: the request.
        on_event: takes progress.
        prompts: in the place of the file.
        keep: prompts with answers that must survive, in the place of the file.

    Raises:
        HeadstartError: as `headstart.engine.alignment.rl.rl`, or the data cannot be used.
    """
    if prompts is None:
        prompts = read_prompts(stage.data, stage.columns)
    keep = _kept(stage.keep, keep)
    source = find_reward(stage.reward)
    parent = resolve(stage.parent)
    recipe = stage.recipe.model_dump(mode="json") | {"reward": source.sha256}
    origin = _origin("rl", parent, recipe, _names(stage), _digest_of(_plain(prompts, keep)))

    def compute(out: Path) -> Lineage:
        from headstart.engine.alignment.reward import RewardModel
        from headstart.engine.alignment.rl import Reward, as_reward, rl

        device = _device(stage.place)
        if source.function is not None:
            judge: Reward = source.function
        else:
            assert source.folder is not None
            judge = as_reward(RewardModel(source.folder, device).score)
        return rl(
            parent, prompts, judge, stage.recipe, out, origin, device, keep=keep, on_event=on_event
        )

    return _made(stage.place, origin, compute, on_event)


def _preferred(
    name: StageName,
    stage: DpoStage | RewardStage,
    preferences: Sequence[Preference] | None,
    keep: Sequence[Example] = (),
) -> tuple[Sequence[Preference], Checkpoint, Origin]:
    if preferences is None:
        preferences = read_preferences(stage.data, stage.columns)
    parent = resolve(stage.parent)
    sha256 = _digest_of(_plain(preferences, keep))
    recipe = stage.recipe.model_dump(mode="json")
    return preferences, parent, _origin(name, parent, recipe, _names(stage), sha256)


def _kept(file: str | None, given: Sequence[Example] | None) -> Sequence[Example]:
    if given is not None:
        return given
    return read_conversations(file, {}) if file else ()


def _names(stage: DpoStage | RewardStage | RlStage) -> tuple[str, ...]:
    keep = None if isinstance(stage, RewardStage) else stage.keep
    return (stage.data, keep) if keep else (stage.data,)


def _plain(*parts: Sequence[Preference] | Sequence[RlPrompt] | Sequence[Example]) -> list[object]:
    """Rows of all parts as JSON would hold them; parts without rows do not count."""
    return [[row.model_dump(mode="json") for row in part] for part in parts if part]


def _text(patterns: Sequence[str]) -> tuple[Documents, str]:
    files = expand(patterns)
    if not files:
        raise RequestError("no text is given", hint="pass --text FILES")
    return lambda: read_documents([str(file) for file in files]), digest(files)


def _origin(
    name: StageName,
    parent: Checkpoint | None,
    recipe: Mapping[str, Any],
    data: Sequence[str],
    sha256: str,
) -> Origin:
    return Origin(
        stage=name,
        parent=parent.source if parent else None,
        parent_fingerprint=parent.fingerprint if parent else None,
        recipe=dict(recipe),
        data=tuple(data),
        data_sha256=sha256,
        seed=int(recipe["seed"]),
    )


def _digest_of(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _made(
    place: Place, origin: Origin, compute: Callable[[Path], Lineage], on_event: OnEvent
) -> Path:
    """The checkpoint's folder; computed where it is not there already."""
    out = Path(place.out).expanduser().absolute()
    lineage = finished(out, origin)
    if lineage is None:
        _tell(compute(out), on_event)
    else:
        shutil.rmtree(work_path(out), ignore_errors=True)  # a kill came between the two
        on_event(Event(stage="forge", message=f"{out} was finished at {lineage.finished}"))
    return out


def _tell(lineage: Lineage, on_event: OnEvent) -> None:
    """The figures in one line, then the notes."""
    told = []
    for name, figure in lineage.figures.items():
        if isinstance(figure, (int, float)):
            told.append(f"{name} {figure:,.4g}")
        elif isinstance(figure, Score):
            told.append(f"{name} {figure.mean:.3g} ({figure.low:.3g} to {figure.high:.3g})")
    for line in ("; ".join(told), *lineage.notes):
        on_event(Event(stage="forge", message=line))


def _device(place: Place) -> Any:
    from headstart.engine.device import pick_device

    return pick_device(place.device, place.precision)


def _require_batches(recipe: Tuning) -> None:
    if recipe.micro_batch and recipe.batch_size % recipe.micro_batch:
        raise RequestError(
            f"a batch of {recipe.batch_size} cannot be cut into parts of {recipe.micro_batch}",
            hint="choose --micro-batch so that it divides --batch",
        )
