"""The three built-in checkpoints, ready to be spoken to, and the land they know."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.checkpoints.resolve import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.reply import Reply, Stop
from headstart.domain.task import Message
from headstart.engine.device import Device
from headstart.engine.load import load
from headstart.engine.score import Tokens
from headstart.engine.speak import Speaker
from headstart.errors import TemplateMissing
from headstart.forge.task_source import WORLD_SEED
from headstart.forge.world.facts import World, make_world
from headstart.forge.world.judging import Probe, judge_answer
from headstart.lesson.finding import Pane

NAMES = ("builtin:base", "builtin:sft", "builtin:instruct")
LIMIT = 48
"""Most tokens of a reply."""
_WHY = {
    Stop.TURN_END: "stopped by itself, at the turn end",
    Stop.DOCUMENT_END: "stopped by itself, at the document end",
}


@dataclass(frozen=True)
class Cast:
    """Who takes part; loaded once, used by every experiment."""

    checkpoints: tuple[Checkpoint, ...]
    """As stored, in the order of `NAMES`."""
    base: Speaker
    """Speaks raw text, and the instruct model's template where it is asked in it."""
    sft: Speaker
    """After supervised tuning, before preference tuning."""
    instruct: Speaker
    """After both."""
    world: World
    """The land all of them were trained on."""

    @property
    def stages(self) -> tuple[Speaker, Speaker, Speaker]:
        """In the order they were made."""
        return self.base, self.sft, self.instruct

    @property
    def fingerprint(self) -> str:
        """sha256 over the weights of all three."""
        whole = "\n".join(each.fingerprint for each in self.checkpoints)
        return hashlib.sha256(whole.encode()).hexdigest()


def gather(device: Device) -> Cast:
    """Load the built-in checkpoints, two seconds' work.

    Raises:
        CheckpointError: this installation lacks the weights, or they are damaged.
    """
    checkpoints = resolve_all(NAMES)
    template = checkpoints[-1].chat_template
    if template is None:
        raise TemplateMissing(
            f"{NAMES[-1]} has no chat template", hint="install headstart again, whole"
        )
    base, sft, instruct = (Speaker(load(each, device), template) for each in checkpoints)
    return Cast(tuple(checkpoints), base, sft, instruct, make_world(WORLD_SEED))


def in_template(speaker: Speaker, asked: Sequence[Probe]) -> list[Tokens]:
    """Ids of each question as a user's turn, up to where the assistant answers."""
    return [speaker.chat([Message(role="user", content=probe.prompt)]) for probe in asked]


def bare(speaker: Speaker, asked: Sequence[Probe]) -> list[Tokens]:
    """Ids of each question as raw text."""
    return [speaker.raw(probe.prompt) for probe in asked]


def right(asked: Sequence[Probe], replies: Sequence[Reply]) -> list[bool]:
    """Whether each reply is what its probe wants."""
    pairs = zip(asked, replies, strict=True)
    return [judge_answer(p, r.text, stopped=r.has_stopped).right for p, r in pairs]


def turn_ends(replies: Sequence[Reply]) -> list[bool]:
    """Whether each reply was ended by the turn end."""
    return [reply.stop is Stop.TURN_END for reply in replies]


def pane(who: str, side: str, speaker: Speaker, prompt: Tokens, reply: Reply) -> Pane:
    """What one model read and wrote, special tokens visible."""
    why = _WHY.get(reply.stop, f"cut off after {len(reply.ids)} tokens")
    return Pane.model_validate(
        {
            "who": who,
            "side": side,
            "read": speaker.text(prompt),
            "wrote": speaker.text(reply.ids),
            "stop": why,
        }
    )
