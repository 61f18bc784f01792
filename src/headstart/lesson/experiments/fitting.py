"""Before you pick: what the files say of both checkpoints, and how your text fits them."""

from collections.abc import Mapping
from functools import partial

from headstart.checkpoints.inspection import inspect
from headstart.checkpoints.memory_need import memory_need
from headstart.checkpoints.opened import open_checkpoint
from headstart.domain.event import Event, OnEvent
from headstart.domain.evidence import Inspection, MemoryNeed, TextFigures
from headstart.domain.value import NotMeasured, Score
from headstart.engine.text_figures import text_figures
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.user_tasks import task_rows
from headstart.lesson.experiments.cast import NAMES, Cast
from headstart.lesson.finding import Bar, Bars, Found, Measured, Table
from headstart.report.figures import decimal, size

TEXTS = 100
LAND, MARSH, ELSEWHERE = "the land's own text", "the marsh folk's speech", "English of elsewhere"
OUTSIDE = (
    "The committee postponed its decision on the harbour extension until the engineers had "
    "submitted revised estimates of the dredging costs.",
    "Photosynthesis converts carbon dioxide and water into glucose, releasing oxygen through "
    "microscopic pores beneath each leaf.",
    "Quarterly revenue exceeded expectations, although currency fluctuations offset roughly "
    "half of the improvement in gross margin.",
    "Passengers travelling beyond the junction should change at platform nine, where a "
    "replacement coach connects with the coastal service.",
    "Her violin concerto juxtaposes fragments of Baroque ornament with abrupt, percussive "
    "silences and a deceptively simple folk melody.",
    "Unauthorised modification of the firmware voids the manufacturer's warranty and may "
    "compromise the encryption of stored credentials.",
)
"""Our own sentences on matters that the land has never heard of."""


def fits(cast: Cast, _choice: str, seed: int, on_event: OnEvent) -> Found:
    """Put three sorts of text through the tokenizer, and read the plain facts from the files.

    Args:
        cast: names the tokenizer.
        seed: draws the texts.
        on_event: told of progress; what it raises stops the run.
    """
    on_event(Event(stage="lesson", message="reading the files", done=0, total=2))
    looked = inspect(NAMES[0]), inspect(NAMES[-1])
    on_event(Event(stage="lesson", message="counting tokens", done=1, total=2))
    samples = {
        LAND: held_out_documents(cast.world, TEXTS, seed),
        MARSH: [row["text"] for row in task_rows(cast.world, "dialect", TEXTS, seed)],
        ELSEWHERE: list(OUTSIDE),
    }
    counted = {name: _figures(cast, texts) for name, texts in samples.items()}
    rates = {name: each.tokens_per_byte for name, each in counted.items()}
    more = rates[ELSEWHERE] / rates[LAND]
    return Found(
        sentence=(
            f"The same tokenizer needs {decimal(rates[LAND], 2)} tokens a byte for the land's own "
            f"text, {decimal(rates[MARSH], 2)} for the marsh folk's speech and "
            f"{decimal(rates[ELSEWHERE], 2)} for English of elsewhere: "
            f"{decimal(more, 1)} times as many as at home."
        ),
        agrees=more > 1,
        outcome="same" if more < 1.1 else "some" if more < 1.5 else "much",
        numbers=tuple(
            Measured(
                name=name,
                unit="tokens per byte",
                value=Score(mean=rate, low=rate, high=rate, n=counted[name].rows),
            )
            for name, rate in rates.items()
        ),
        drawings=(
            _rate_bars(rates),
            _plain_facts(looked, counted[LAND]),
        ),
    )


def _rate_bars(rates: Mapping[str, float]) -> Bars:
    rows = tuple(
        Bar(label=name, value=rate, shown=decimal(rate, 2)) for name, rate in rates.items()
    )
    return Bars(title="Tokens per byte: fewer are cheaper", most=max(rates.values()), rows=rows)


def _figures(cast: Cast, texts: list[str]) -> TextFigures:
    opened = open_checkpoint(NAMES[0])
    loaded = cast.base.loaded
    need = partial(memory_need, opened.weights, opened.declared.network, gguf=False)
    return text_figures(loaded.tokenizer, texts, loaded.context, need)


def _plain_facts(looked: tuple[Inspection, Inspection], figures: TextFigures) -> Table:
    rows = (
        ("licence", *(_or_not(each.facts.license) for each in looked)),
        ("parameters", *(_or_not(each.facts.parameters) for each in looked)),
        ("context, in tokens", *(_or_not(each.facts.context) for each in looked)),
        ("tokenizer", *(_or_not(each.facts.tokenizer_fingerprint)[:12] for each in looked)),
        ("texts over the context", *(_share(figures.over_context) for _ in looked)),
        ("memory to tune, LoRA", *(_memory(figures.memory) for _ in looked)),
    )
    return Table(
        title="What the files say, with the land's own text as data",
        header=("", "base", "instruct"),
        rows=rows,
    )


def _or_not(value: str | int | NotMeasured) -> str:
    if isinstance(value, NotMeasured):
        return "not stated"
    return f"{value:,}" if isinstance(value, int) else value


def _share(value: float | NotMeasured) -> str:
    return "not known" if isinstance(value, NotMeasured) else f"{decimal(100 * value, 0)}%"


def _memory(need: MemoryNeed | NotMeasured) -> str:
    return "not known" if isinstance(need, NotMeasured) else size(need.lora_bytes)
