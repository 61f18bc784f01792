"""A checkpoint behind a server gives the figures that it gives when it is loaded here."""

import math
from pathlib import Path

import pytest
import torch
from plain import plain_logprobs
from serving import Behind, serve
from tiny import save_tiny

from headstart import builtin
from headstart.checkpoints import resolve
from headstart.domain.tax import Battery, Job, Mode, PromptSets
from headstart.engine.dense import dense_copy
from headstart.engine.device import Device
from headstart.engine.load import load
from headstart.engine.voice import Voice
from headstart.forge.world.facts import make_world
from headstart.forge.world.tax_prompts import world_prompts
from headstart.tax.asking import Asking, ask
from headstart.tax.measures import refusal
from headstart.tax.measures.sides import Side
from headstart.tax.port import Speaks
from headstart.tax.prompts.sets import own_sets
from headstart.tax.served import ScoringServedVoice, ServedVoice, find_served, open_served

CPU = Device("cpu", torch.float32, "a processor")
has_weights = all((builtin.FOLDER / name).is_dir() for name in builtin.CHECKPOINTS)


def refusals(voice: Speaks, sets: PromptSets, n: int) -> tuple[Side, object]:
    how = Asking(sets, limit=48, samples=2, seed=0)
    given = {
        battery: ask(Job(checkpoint="x", mode=Mode.TEMPLATE, battery=battery, n=n), voice, how)
        for battery in (Battery.SAFE, Battery.UNSAFE)
    }
    side = Side(Mode.TEMPLATE, given)
    return side, refusal.rates(side, sets, None)


@pytest.mark.skipif(not has_weights, reason="the built-in weights are not there")
def test_the_built_in_pair_refuses_the_same_behind_a_server() -> None:
    sets, checkpoint = world_prompts(make_world(), 16, 0), resolve("builtin:instruct")
    local = Voice(load(checkpoint, CPU), checkpoint.chat_template)
    with serve(Behind.of(Path(checkpoint.path))) as url:
        there, their_rates = refusals(open_served(find_served(url)), sets, 16)
    here, our_rates = refusals(local, sets, 16)
    assert there.texts(Battery.SAFE) == here.texts(Battery.SAFE)
    assert there.texts(Battery.UNSAFE) == here.texts(Battery.UNSAFE)
    assert their_rates == our_rates
    assert sum(refusal.refused(here, Battery.UNSAFE, sets).values()) > 0


@pytest.mark.real
@pytest.mark.slow
def test_smollm2_refuses_the_same_behind_a_server(smollm2: Path) -> None:
    sets, checkpoint = own_sets(), resolve(str(smollm2))
    local = Voice(load(checkpoint, CPU), checkpoint.chat_template)
    with serve(Behind.of(dense_copy(checkpoint))) as url:
        _, their_rates = refusals(ServedVoice(find_served(url)), sets, 6)
    _, our_rates = refusals(local, sets, 6)
    assert their_rates == our_rates


def test_options_and_bits_are_those_of_the_loaded_checkpoint(tmp_path: Path) -> None:
    checkpoint = resolve(str(save_tiny(tmp_path / "toy")))
    local = Voice(load(checkpoint, CPU), None)
    items = [("Where is my card?", ("Paris", "in the post")), ("What?", ("yes", "no"))]
    texts = ["The river runs down to the sea.", "My card."]
    with serve(Behind.of(tmp_path / "toy")) as url:
        voice = open_served(find_served(url))
        assert isinstance(voice, ScoringServedVoice)
        options, bits = voice.options(items, Mode.RAW), voice.bits(texts, Mode.RAW)
    for theirs, ours in zip(options, local.options(items, Mode.RAW), strict=True):
        assert theirs == pytest.approx(ours, abs=1e-3)
    for text, value in zip(texts, bits, strict=True):
        # of the first token a server tells nothing
        first, *rest = local._loaded.tokenizer(text)["input_ids"]
        expected = -sum(plain_logprobs(local._loaded.model, (first,), tuple(rest))) / math.log(2)
        assert value == pytest.approx(expected, rel=1e-3)


def test_a_server_that_repeats_nothing_is_asked_for_text_only(tmp_path: Path) -> None:
    save_tiny(tmp_path / "toy")
    with serve(Behind.of(tmp_path / "toy", echoes=False)) as url:
        assert type(open_served(find_served(url))) is ServedVoice
