"""What the alignment tax is measured on, how, and what models gave."""

from enum import StrEnum
from typing import Literal

from headstart.domain.reply import Stop
from headstart.domain.value import NotMeasured, Value


class Mode(StrEnum):
    """In which format a checkpoint is asked."""

    RAW = "raw"
    """Plain text that it continues: the request, and a line that begins with `Answer:`."""
    TEMPLATE = "template"
    """The instruct checkpoint's chat template."""


class Ask(Value):
    """A request that is answered in free text."""

    id: str
    """Unique within its set."""
    text: str
    """What the user says."""
    group: str = ""
    """Its category, where the set has any."""


class Choice(Value):
    """A question with options, one of them right."""

    id: str
    """Unique within its set."""
    question: str
    """What is asked."""
    options: tuple[str, ...]
    """At least two."""
    gold: int
    """Index of the right one."""
    lettered: bool = False
    """Whether options are shown as A, B, C, D and answered by their letter, as MMLU is published;
    else each option's own words are weighed."""
    group: str = ""
    """Its subject, where the set has any."""
    answer: str = ""
    """A complete right answer; empty: the right option and a full stop."""


class InstructionAsk(Value):
    """A request with instructions that a program can check, as IFEval publishes them."""

    id: str
    """The published key."""
    text: str
    """The prompt."""
    kinds: tuple[str, ...]
    """Ids of its instructions."""
    arguments: tuple[dict[str, object], ...]
    """One object for each, nulls left out."""


class Passage(Value):
    """A document of raw text."""

    id: str
    """Unique within its set."""
    text: str
    """All of it."""
    group: str = ""
    """Where it comes from: own, world, or the user's file."""


class PromptSets(Value):
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


class Battery(StrEnum):
    """What is asked of a checkpoint in one go."""

    CHOICES = "choices"
    """Log-likelihood of each option: capability and calibration."""
    PASSAGES = "passages"
    """Bits of raw text: capability."""
    ENDINGS = "endings"
    """Probability that a complete answer ends: stopping."""
    SAFE = "safe"
    """Replies to harmless requests: over-refusal, hedging, style, stopping."""
    UNSAFE = "unsafe"
    """Replies to requests to decline: under-refusal."""
    INSTRUCTIONS = "instructions"
    """Replies to checkable instructions."""
    SAMPLES = "samples"
    """Several drawn replies to each open request: diversity."""
    SHIFT = "shift"
    """The checkpoint's own replies, read by the base: token shift."""


class ReplyItem(Value):
    """A reply to one request."""

    id: str
    """The request's id."""
    text: str
    """Without the stop."""
    stop: Stop
    """What ended it."""


class SampleItem(Value):
    """Drawn replies to one request."""

    id: str
    """The request's id."""
    texts: tuple[str, ...]
    """One for each draw."""
    ids: tuple[tuple[int, ...], ...]
    """Their token ids; empty where a server does not tell."""
    entropies: tuple[float, ...]
    """Mean entropy of the next token, bits, for each draw; empty where a server does not tell."""


class ChoiceItem(Value):
    """One question's options weighed."""

    id: str
    """The question's id."""
    logprobs: tuple[float, ...]
    """Natural log-probability of each option's text as the answer."""


class NumberItem(Value):
    """One number for one item."""

    id: str
    """The passage's or the question's id."""
    value: float
    """Bits of the passage, or probability that the answer ends."""
    size: int
    """Bytes of the passage in UTF-8; 1 elsewhere."""


class ShiftItem(Value):
    """One reply read by the base, token by token."""

    id: str
    """The request's id."""
    ranks: tuple[int, ...]
    """Of each written token under the base."""
    bits: tuple[float, ...]
    """Divergence of the base from the checkpoint at each token."""


Items = (
    tuple[ReplyItem, ...]
    | tuple[SampleItem, ...]
    | tuple[ChoiceItem, ...]
    | tuple[NumberItem, ...]
    | tuple[ShiftItem, ...]
)


class Job(Value):
    """One battery asked of one checkpoint in one format."""

    checkpoint: str
    """Its name."""
    mode: Mode
    """In the template or as plain text."""
    battery: Battery
    """What is asked."""
    n: int
    """Requests, questions or passages."""

    @property
    def key(self) -> str:
        """Names its file."""
        return f"{self.checkpoint}-{self.mode.value}-{self.battery.value}"


class Output(Value):
    """What a checkpoint gave in one job; stored as it ends."""

    job: Job
    """Which job."""
    items: Items
    """In the order of the set."""
    seconds: float
    """Wall time."""


class Facts(Value):
    """What a run must remember of a checkpoint once it is no longer loaded."""

    vocabulary: int | NotMeasured
    """Tokens that its tokenizer knows."""
    untrained_roles: tuple[str, ...] | NotMeasured = NotMeasured(why="it is served")
    """Role markers of the template whose rows were never trained."""


class TaxRequest(Value):
    """What the user asks for."""

    checkpoints: tuple[str, ...]
    """`[name=]source`: base, instruct, and any number made of them."""
    prompts: Literal["auto", "own", "world"] = "auto"
    """Which prompts ship: for models of English, or for the built-in world's models."""
    safe: str | None = None
    """File of requests to answer."""
    unsafe: str | None = None
    """File of requests to decline."""
    ifeval: str | None = None
    """File of prompts with checkable instructions."""
    mcq: str | None = None
    """File or folder of multiple choice."""
    text: str | None = None
    """File of raw text."""
    labels: str | None = None
    """File of replies with human labels, to correct refusal rates."""
    template: str | None = None
    """File of a chat template to use in the place of the instruct checkpoint's own."""
    n: int = 200
    """Most items behind each measure."""
    samples: int = 10
    """Drawn replies to each open request."""
    limit: int = 256
    """Most tokens of a reply to checkable instructions; other replies are shorter."""
    budget_seconds: float = 2700
    """Time for the run."""
    seed: int = 0
    """Draws items and samples."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    precision: str = "auto"
    """auto, bfloat16 or float32."""


class Detectable(Value):
    """What a measure can show, told before it is taken."""

    measure: str
    """Its name."""
    unit: str
    """Of the difference, as the measure's line has it."""
    n: int
    """Items."""
    gap: float
    """The smallest true difference that is found with 80% power."""
    assumes: str
    """What this rests on."""


class TaxPlan(Value):
    """What a run will do; written before the first job."""

    request: TaxRequest
    """What was asked for, as it was typed."""
    fingerprint: str
    """sha256 over checkpoints, prompts and everything else that changes a result."""
    names: tuple[str, ...]
    """Of the checkpoints, the base first."""
    sources: tuple[str, ...]
    """What was typed for each."""
    intended: tuple[Mode, ...]
    """For each checkpoint the format it was made for: its template, if it ships one."""
    template_from: str | None
    """Where the chat template comes from; None where there is none."""
    prompt_sources: tuple[tuple[str, str], ...]
    """(set, where it comes from)."""
    jobs: tuple[Job, ...]
    """In the order in which they run."""
    job_seconds: tuple[float, ...]
    """Time that each should take, from a first try of each sort."""
    detectable: tuple[Detectable, ...]
    """What each measure can show."""
    cuts: tuple[str, ...]
    """What the budget left out."""
    device: str
    """Processor and precision."""
    version: str
    """Of headstart."""

    @property
    def estimated_seconds(self) -> float:
        """Time that all jobs should take."""
        return sum(self.job_seconds)
