"""The two built-in models, ready to be spoken to, and what is asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.checkpoints.resolve import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.reply import Reply
from headstart.domain.task import Message
from headstart.engine.device import Device
from headstart.engine.load import load
from headstart.engine.speak import Speaker
from headstart.errors import TemplateMissing
from headstart.forge.task_source import WORLD_SEED
from headstart.forge.world.facts import World, make_world
from headstart.forge.world.judging import Probe
from headstart.forge.world.probes import probes

BASE, INSTRUCT = "builtin:base", "builtin:instruct"
LIMIT = 48
"""Most tokens of a reply."""


@dataclass(frozen=True)
class Cast:
    """Who plays, and on what ground."""

    checkpoints: tuple[Checkpoint, Checkpoint]
    """Base and instruct as stored."""
    base: Speaker
    """Speaks raw text, and the instruct model's template where it is asked in it."""
    instruct: Speaker
    """Speaks its own template."""
    world: World
    """The land both were trained on."""

    def questions(self, count: int) -> list[Probe]:
        """Facts that SFT never asked for, in wordings that it never used; the same every time."""
        return probes(self.world, "fact", count, seed=WORLD_SEED)

    def asked_bare(self, speaker: Speaker, found: Sequence[Probe]) -> list[Reply]:
        """What a model writes after questions by themselves, as raw text."""
        return speaker.replies([speaker.raw(p.prompt) for p in found], limit=LIMIT)

    def asked_in_template(self, speaker: Speaker, found: Sequence[Probe]) -> list[Reply]:
        """What a model writes where the template says that the assistant answers."""
        prompts = [speaker.chat([Message(role="user", content=p.prompt)]) for p in found]
        return speaker.replies(prompts, limit=LIMIT)


def gather(device: Device) -> Cast:
    """Load the built-in pair.

    Raises:
        CheckpointError: this installation lacks the weights, or they are damaged.
    """
    base, instruct = resolve_all([BASE, INSTRUCT])
    template = instruct.chat_template
    if template is None:
        raise TemplateMissing(
            f"{INSTRUCT} has no chat template", hint="install headstart again, whole"
        )
    first, second = (Speaker(load(each, device), template) for each in (base, instruct))
    return Cast((base, instruct), first, second, make_world(WORLD_SEED))
