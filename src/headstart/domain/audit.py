"""A training batch as it is really fed, with everything that decides where answers stop."""

from headstart.domain.value import Value


class TrainedSpan(Value):
    """Neighbouring tokens of a row on which the loss is taken."""

    ids: tuple[int, ...]
    """Their ids, the end included if it is trained."""
    text: str
    """What they decode to, special tokens written out; with the row's first token if that is
    marked too, though nothing predicts it."""


class AuditedRow(Value):
    """One row of the batch beside the conversation it was made from."""

    row: str
    """The example's id."""
    ids: tuple[int, ...]
    """Every id that is fed, padding left out."""
    targets: tuple[int, ...]
    """The ids that the loss really predicts, as the batch holds them, in order."""
    spans: tuple[TrainedSpan, ...]
    """The same by the row's mask; the first id of a row cannot be predicted."""
    answers: tuple[str, ...]
    """What the assistant says in the conversation, as the tokenizer gives it back."""
    asked: tuple[str, ...]
    """What everyone else says in it, likewise."""


class Quoted(Value):
    """A special token's text written by the data, and what became of it."""

    marker: str
    """The text."""
    where: str
    """The row that holds it, or `probe` where it was planted."""
    expected: int
    """Times that the same row has the token without that text."""
    found: int
    """Times that it has the token with it."""


class AuditedBatch(Value):
    """What an audit of stops and masks looks at; plain numbers and texts."""

    start: str
    """The start, or stage, that trains on it."""
    chat: bool
    """Whether a chat template made it; else plain completion format."""
    ends: tuple[int, ...]
    """The ids that may close an answer in this format, the one of the last answer first."""
    names: dict[int, str]
    """Texts of all ids that are mentioned here but in rows."""
    bos: int | None
    """The tokenizer's begin token."""
    pad: int | None
    """The tokenizer's padding token."""
    adds_bos: bool
    """Whether the tokenizer puts its begin token before a plain text."""
    sources: dict[str, tuple[int, ...]]
    """End tokens by who names them: tokenizer, config, generation_config, chat template."""
    stops: tuple[int, ...]
    """Ids at which generation stops in this run."""
    paths: dict[str, tuple[int, ...]]
    """The first ids of a text by the path on which it is tokenised: `training` and `prompt` are
    this run's own, the others those of programs that ask the model later."""
    rows: tuple[AuditedRow, ...]
    """The rows that were looked at."""
    quoted: tuple[Quoted, ...]
    """Special tokens' texts inside the data's own text."""
