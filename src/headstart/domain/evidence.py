"""What a checkpoint is, and from what that is told: signals, stops, rows and the verdict."""

from enum import StrEnum
from typing import Literal

from headstart.domain.template import Finding
from headstart.domain.value import NotMeasured, Value


class Kind(StrEnum):
    """What a checkpoint is."""

    BASE = "base"
    INSTRUCT = "instruct"
    UNDECIDED = "undecided"


class Strength(StrEnum):
    """How much a signal is worth, in rising order; `weight` gives the rank."""

    NONE = "none"
    HINT = "hint"
    WEAK = "weak"
    MODERATE = "moderate"
    GOOD = "good"
    STRONG = "strong"
    STRONGEST = "strongest"

    @property
    def weight(self) -> int:
        """0 for none, up to 6 for strongest."""
        return list(Strength).index(self)


class Signal(Value):
    """One piece of evidence."""

    signal: str
    """What was looked at, such as `model-eos` or `turn-rows`."""
    says: Kind
    """What it speaks for; undecided where it says nothing."""
    strength: Strength
    """How much it is worth; none where it says nothing or was not measured."""
    value: bool | int | float | str | tuple[str, ...] | NotMeasured
    """Its figure, in the unit that `detail` names."""
    detail: str
    """One sentence: what was found and why it says what it says."""


class ShippedTemplate(Value):
    """A chat template that a checkpoint brings."""

    name: str
    """`default`, or the name in the list of named templates."""
    source: str
    """The file, or GGUF key, it stands in."""
    sha256: str
    """Of its UTF-8 text; equal for equal templates."""
    characters: int
    """Its length."""
    turn_end: str | NotMeasured
    """The token it writes after an answer, read from its syntax tree."""
    findings: tuple[Finding, ...] | NotMeasured
    """What the template lint says, or why it was not asked."""


class LintedFile(Value):
    """The chat templates of one file or checkpoint, linted."""

    ref: str
    """What the user typed."""
    templates: tuple[ShippedTemplate, ...]
    """Each of them with its findings."""
    between_templates: tuple[Finding, ...] | NotMeasured
    """What is wrong between them: places that disagree, or no default."""


class LintReport(Value):
    """What `headstart template lint --json` prints."""

    files: tuple[LintedFile, ...]
    """One for each file that was named."""


class StopSource(Value):
    """One place that names an end, begin or padding token."""

    source: str
    """The file, or GGUF key."""
    role: Literal["eos", "bos", "pad"]
    """Which token it names."""
    ids: tuple[int, ...]
    """Its ids, as far as they are known; generation_config may name several."""
    tokens: tuple[str, ...]
    """Its texts, as far as they are known."""


class Stops(Value):
    """Everything that says where text ends, begins and is padded."""

    turn_end: str | NotMeasured
    """The token that closes an answer in the default template."""
    sources: tuple[StopSource, ...]
    """Every place that names one, in the order in which they are read."""
    agree: dict[str, bool | NotMeasured]
    """For eos, bos and pad: whether all places that name it name the same."""
    findings: tuple[Finding, ...]
    """What would go wrong with them."""


class TokenRow(Value):
    """How far one token's row lies from the rows that were never used."""

    token: str
    """The token's text."""
    id: int
    """Its row."""
    table: Literal["input", "output"]
    """The embedding, or the output head."""
    distance: float
    """From the centre of the never-used rows, over those rows' own median distance: about 1 for
    a row that was never trained."""
    position: float
    """The same on a logarithmic scale: 0 at the never-used rows, 1 at ordinary tokens' rows."""
    state: Literal["trained", "untrained", "unclear"]
    """Untrained within the spread of the never-used rows, trained well beyond it."""


class RowTable(Value):
    """The scale against which a table's rows are held."""

    table: Literal["input", "output"]
    """The embedding, or the output head; one entry where both are one."""
    tensor: str
    """The tensor's name in the file."""
    known_by: str
    """How the never-used rows are known: by their names, since they lie beyond the tokenizer,
    or since they coincide."""
    unused: int
    """How many never-used rows were read."""
    spread: float
    """Never-used rows lie within this many times their median distance: a quarter above what 95% of
    them keep."""
    ordinary: float
    """Median distance of ordinary tokens' rows on the same scale."""


class TurnRows(Value):
    """The rows of role and stop tokens against rows nobody ever used."""

    tables: tuple[RowTable, ...]
    """The embedding, and the output head where it is a tensor of its own."""
    tokens: tuple[TokenRow, ...]
    """Every token that was looked at, in each table."""
    state: Literal["trained", "untrained", "unclear"]
    """Of the turn tokens together: untrained if all are, trained if the turn end is."""


class Relative(Value):
    """A checkpoint that this one was likely made from, or that was made from it."""

    ref: str
    """Its hub id or name."""
    relation: Literal["base", "instruct", "origin"]
    """What it is to this one: its base, its instruct, or what it was converted or tuned on from."""
    sure: Literal["stated", "likely", "guess"]
    """Stated by the card's lineage, likely from its wording, or a guess from the name."""
    why: str
    """What says so."""


class Facts(Value):
    """What the files say about the model itself."""

    architecture: str | NotMeasured
    """The config's architecture, or GGUF's `general.architecture`."""
    family: str | NotMeasured
    """By architecture and tokenizer, never by name."""
    parameters: int | NotMeasured
    """Numbers in all tensors, packed ones counted unpacked."""
    weights_bytes: int | NotMeasured
    """Size of the weight files."""
    shards: int | NotMeasured
    """Number of weight files."""
    dtypes: dict[str, int]
    """Packing or number type to the numbers stored so."""
    layers: int | NotMeasured
    """Blocks of the network."""
    hidden: int | NotMeasured
    """Width of the residual stream."""
    vocabulary_rows: int | NotMeasured
    """Rows of the embedding; more than the tokenizer has tokens where it is padded."""
    tokens: int | NotMeasured
    """Tokens of the tokenizer, added ones included."""
    context: int | NotMeasured
    """Longest sequence, in tokens, that the config allows."""
    tokenizer_fingerprint: str | NotMeasured
    """sha256 over the vocabulary; equal fingerprints make losses comparable."""
    license: str | NotMeasured
    """As the card or the GGUF states it."""


class MemoryNeed(Value):
    """Memory to tune on the user's data; an estimate from shapes, not a measurement."""

    lora_bytes: int
    """Weights in bfloat16, adapters with their AdamW state, and one row's activations."""
    full_bytes: int
    """Weights and gradients in bfloat16, float32 master weights and AdamW state, and one row's
    activations."""
    rank: int
    """LoRA rank on every linear layer of the blocks."""
    tokens: int
    """Length of the row whose activations are counted."""


class TextFigures(Value):
    """The user's data seen through one tokenizer."""

    rows: int
    """Rows looked at."""
    text_bytes: int
    """UTF-8 bytes of their prompts and completions."""
    tokens: int
    """Tokens of the same texts, without template and special tokens."""
    tokens_per_byte: float
    """The quotient: lower is cheaper."""
    longest: int
    """Tokens of the longest row."""
    over_context: float | NotMeasured
    """Share of rows longer than the context."""
    special_rows: int
    """Rows whose own text holds a special token's text."""
    specials: tuple[str, ...]
    """Which special tokens, the most frequent first, at most eight."""
    memory: MemoryNeed | NotMeasured
    """What tuning on the longest row that fits takes."""


class Inspection(Value):
    """What one checkpoint is, with everything that says so."""

    ref: str
    """What the user typed."""
    name: str
    """A name to tell it apart."""
    form: str
    """directory, hub, gguf or adapter."""
    kind: Kind
    """The verdict."""
    because: str
    """One sentence: what decided, or why nothing did."""
    leaning: Kind
    """For an undecided one: where the weaker signals point; never a verdict."""
    would_decide: str
    """What would decide it; empty where it is decided."""
    flags: tuple[str, ...]
    """What a person must know, by id: see `headstart.checkpoints.kind.FLAGS`."""
    evidence: tuple[Signal, ...]
    """Every signal, measured or not, the strongest first."""
    templates: tuple[ShippedTemplate, ...]
    """Every chat template it brings, the one that is used first."""
    between_templates: tuple[Finding, ...] | NotMeasured
    """What is wrong between them: places that disagree, or no default."""
    stops: Stops
    """Every source of eos, bos and pad."""
    facts: Facts
    """Architecture, size, tokenizer, license."""
    rows: TurnRows | NotMeasured
    """The rows of role and stop tokens."""
    relatives: tuple[Relative, ...]
    """The likely sibling and origin."""
    data: TextFigures | NotMeasured
    """The user's data, where `--data` is given."""
