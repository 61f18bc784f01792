from pathlib import Path

import pytest
import torch
from plain import LORA
from tiny import save_tiny

from headstart.checkpoints.resolve import resolve_all
from headstart.domain.plan import Format, Rates, StartSpec
from headstart.domain.task import DataCounts, Example, Message, Shape, Task
from headstart.engine import opening
from headstart.engine.device import Device
from headstart.engine.opening import Workshop

CPU = Device("cpu", torch.float32, "a processor")
ROWS = tuple(
    Example(
        id=f"train:{n}",
        prompt=(Message(role="user", content=f"Is {n} odd?"),),
        completion=("no", "yes")[n % 2],
        group="",
    )
    for n in range(1, 13)
)
TASK = Task(
    name="odd",
    shape=Shape.CLASSIFICATION,
    shape_reason="as given",
    metric="accuracy",
    higher_is_better=True,
    labels=("no", "yes"),
    train=ROWS,
    dev=ROWS[:2],
    test=ROWS[:3],
    counts=DataCounts(read=12, empty=0, duplicate=0, leaked=0, train=12, test=3),
    fingerprint="odd",
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_HOME", str(tmp_path / "home"))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    one, other = save_tiny(tmp_path / "one"), save_tiny(tmp_path / "other", seed=1)
    same = save_tiny(tmp_path / "same")
    found = resolve_all([f"one={one}", f"same={same}", f"other={other}"])
    return Workshop(found, TASK, CPU)


def start(checkpoint: str, format_: Format, lender: str | None = None) -> StartSpec:
    return StartSpec(
        name=f"{checkpoint}-{format_.value}",
        checkpoint=checkpoint,
        format=format_,
        template_from=lender,
        rule="as asked",
        learning_rates=(1e-4, 1e-3, 1e-2),
    )


def test_equal_checkpoints_share_one_copy_of_the_weights(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    load = opening.load
    monkeypatch.setattr(opening, "load", lambda c, d: (loads.append(c.name), load(c, d))[1])
    for name in ("one", "same", "other"):
        workshop.session(start(name, Format.CHAT, name), 64)
        workshop.session(start(name, Format.RAW), 64)
    assert loads == ["one", "other"]
    assert workshop.hidden_size("same") == 32


def test_a_start_keeps_its_session(workshop: Workshop) -> None:
    chat = start("one", Format.CHAT, "one")
    assert workshop.session(chat, 64) is workshop.session(chat, 64)


def test_the_template_comes_from_the_lender(workshop: Workshop) -> None:
    borrowed = workshop.session(start("one", Format.BORROWED, "other"), 64)
    assert "<|im_start|>user" in borrowed.view(ROWS, ROWS).training_text
    raw = workshop.session(start("one", Format.RAW), 64)
    assert "<|im_start|>" not in raw.view(ROWS, ROWS).training_text


def test_rates_are_measured_once_and_remembered(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = start("one", Format.CHAT, "one")
    before = workshop.session(chat, LORA.max_tokens).measure(ROWS[:3])
    rates = workshop.rates(chat, LORA, ROWS[:1])
    assert all(value > 0 for value in rates.model_dump().values())
    assert workshop.session(chat, LORA.max_tokens).measure(ROWS[:3]) == before

    made_up = Rates(
        train_tokens_per_second=1,
        untuned_seconds_per_item=1,
        few_shot_seconds_per_item=1,
        tuned_seconds_per_item=1,
        dev_seconds_per_item=1,
        tokens_per_example=1,
    )
    monkeypatch.setattr(opening, "measure_rates", lambda *_: made_up)
    assert workshop.rates(chat, LORA, ROWS[:1]) == rates
    (kept,) = (tmp_path / "home" / "rates").iterdir()
    kept.write_text("{")
    assert workshop.rates(chat, LORA, ROWS[:1]) == made_up


def test_rates_that_cannot_be_kept_are_measured_all_the_same(
    workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("")
    rates = workshop.rates(start("one", Format.RAW), LORA, ())
    assert rates.train_tokens_per_second > 0
    assert rates.few_shot_seconds_per_item == 0
