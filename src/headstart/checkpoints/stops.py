"""Every source of eos, bos and pad, whether they agree, and what would go wrong with them."""

from collections.abc import Iterator

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.token_forms import ends_documents
from headstart.checkpoints.turns import turn_end
from headstart.domain.evidence import Kind, Stops, StopSource
from headstart.domain.template import Finding, Severity
from headstart.domain.value import NotMeasured

MODEL_PLACES = ("generation_config.json", "config.json", "tokenizer.ggml.")
"""Where a server looks for the tokens that end an answer, the first that names any counting."""
TOKENIZER_PLACES = ("tokenizer_config.json", "special_tokens_map.json", "tokenizer.ggml.eos")
"""Where a trainer looks for the token that it puts at the end."""

_OTHER_ENDS = ("tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")
"""GGUF keeps the turn end beside the document end; that is no disagreement."""


def model_ends(declared: Declared) -> frozenset[str]:
    """Tokens at which generation stops: generation_config's, else config's, else the GGUF's."""
    for place in MODEL_PLACES:
        named = declared.named("eos", place)
        if named:
            return named
    return frozenset()


def tokenizer_ends(declared: Declared) -> frozenset[str]:
    """The tokenizer's own end token."""
    return next(
        (named for p in TOKENIZER_PLACES if (named := declared.named("eos", p))), frozenset()
    )


def all_ends(declared: Declared) -> frozenset[str]:
    """Where answers end in practice: the model's end tokens, or else the tokenizer's."""
    return model_ends(declared) or tokenizer_ends(declared)


def audit_stops(declared: Declared, kind: Kind) -> Stops:
    """Fold the sources of a checkpoint that was found to be `kind`."""
    return Stops(
        turn_end=turn_end(declared),
        sources=declared.stops,
        agree={role: _agree(declared.stops, role) for role in ("eos", "bos", "pad")},
        findings=tuple(_findings(declared, kind)),
    )


def _agree(stops: tuple[StopSource, ...], role: str) -> bool | NotMeasured:
    """Whether all places have a token in common: generation_config may name several."""
    named = [stop for stop in stops if stop.role == role and stop.source not in _OTHER_ENDS]
    if len(named) < 2:
        return NotMeasured(why=f"{len(named)} place{'s' * (len(named) != 1)} to compare for {role}")
    if all(stop.ids for stop in named):
        return bool(frozenset.intersection(*(frozenset(stop.ids) for stop in named)))
    if all(stop.tokens for stop in named):
        return bool(frozenset.intersection(*(frozenset(stop.tokens) for stop in named)))
    return NotMeasured(why="some places name ids and others texts, and the vocabulary is not known")


def _findings(declared: Declared, kind: Kind) -> Iterator[Finding]:
    end = turn_end(declared)
    if not isinstance(end, NotMeasured) and declared.template is not None:
        yield from _turn_end(declared, end, kind)
    yield from _padding(declared)
    yield from _disagreement(declared)


def _turn_end(declared: Declared, end: str, kind: Kind) -> Iterator[Finding]:
    if declared.vocabulary.knows(end) is False:
        yield Finding(
            rule="turn-end-no-token",
            title="the turn end is no token of the vocabulary",
            severity=Severity.ERROR,
            evidence=f"the template closes answers with {end!r}, which the tokenizer splits",
            fix="add it as a special token and train its row, or use another template",
        )
    ends = all_ends(declared)
    if ends and end not in ends:
        yield Finding(
            rule="turn-end-not-eos",
            title="generation does not stop at the turn end",
            severity=Severity.INFO if kind is Kind.BASE else Severity.ERROR,
            evidence=f"the template closes answers with {end!r}; generation ends at {_list(ends)}",
            fix="add the turn end's id to eos_token_id in generation_config.json",
        )
    own = tokenizer_ends(declared)
    if own and end not in own and (not ends or end in ends):
        yield Finding(
            rule="tokenizer-eos-not-turn-end",
            title="the tokenizer's eos is not the turn end",
            severity=Severity.WARNING,
            evidence=f"the template closes answers with {end!r}; the tokenizer names {_list(own)}",
            fix="for chat training set eos_token to the turn end, so that trainer and server agree",
        )


def _padding(declared: Declared) -> Iterator[Finding]:
    pads, ends = declared.named("pad"), declared.named("eos")
    both = pads & ends
    if both:
        yield Finding(
            rule="pad-is-eos",
            title="padding and end are one token",
            severity=Severity.WARNING,
            evidence=f"pad and eos are both {_list(both)}; a collator that masks padding masks the"
            " end too",
            fix="give padding an unused token of its own before training",
        )
    elif ends and not pads:
        yield Finding(
            rule="no-pad",
            title="no padding token is named",
            severity=Severity.INFO,
            evidence="no file names pad; trainers then commonly take eos, and mask the end with it",
            fix="set pad_token to an unused token of the vocabulary",
        )


def _disagreement(declared: Declared) -> Iterator[Finding]:
    own, ends = tokenizer_ends(declared), model_ends(declared)
    if own and ends and not own & ends:
        yield Finding(
            rule="eos-disagree",
            title="tokenizer and model end at different tokens",
            severity=Severity.WARNING,
            evidence=f"the tokenizer's eos is {_list(own)}; generation ends at {_list(ends)}",
            fix="let tokenizer_config.json, config.json and generation_config.json name one end",
        )


def _list(tokens: frozenset[str]) -> str:
    return ", ".join(repr(token) for token in sorted(tokens, key=_documents_last))


def _documents_last(token: str) -> tuple[bool, str]:
    return ends_documents(token), token
