"""What each small file says about base or instruct, and how much that is worth.

Template and eos travel with the tokenizer, which both halves of a pair often share whole; so
neither decides. generation_config travels with the weights.
"""

from collections.abc import Iterator

from headstart.checkpoints.card import is_chat_tag, named_kind
from headstart.checkpoints.declared import Declared
from headstart.checkpoints.stops import TOKENIZER_PLACES, model_ends, tokenizer_ends
from headstart.checkpoints.token_forms import ends_documents, marks_turns
from headstart.checkpoints.turns import turn_end
from headstart.domain.evidence import Kind, Signal, Strength
from headstart.domain.value import NotMeasured


def file_signals(declared: Declared, name: str = "") -> tuple[Signal, ...]:
    """All signals of the small files.

    Args:
        declared: what the files declare.
        name: the hub id or the file's name, a hint at most.
    """
    return (
        _template(declared),
        _tokenizer_eos(declared),
        _model_eos(declared),
        *_chat_format(declared),
        *_padding(declared),
        _agreement(declared),
        _role_tokens(declared),
        *_names(declared, name),
    )


def says_nothing(signal: str, value: str | NotMeasured, detail: str) -> Signal:
    """A signal that was looked at and speaks for neither, or could not be looked at."""
    return Signal(
        signal=signal, says=Kind.UNDECIDED, strength=Strength.NONE, value=value, detail=detail
    )


def not_measured(signal: str, why: str) -> Signal:
    """A signal that could not be looked at."""
    return says_nothing(signal, NotMeasured(why=why), f"not measured: {why}")


def _template(declared: Declared) -> Signal:
    if declared.template is None:
        return Signal(
            signal="template",
            says=Kind.BASE,
            strength=Strength.MODERATE,
            value="absent",
            detail="no chat template; but some instruct checkpoints ship none, or lost it",
        )
    return Signal(
        signal="template",
        says=Kind.INSTRUCT,
        strength=Strength.HINT,
        value="present",
        detail="a chat template; but many base checkpoints ship their instruct half's",
    )


def _tokenizer_eos(declared: Declared) -> Signal:
    end, own = turn_end(declared), tokenizer_ends(declared)
    if not own:
        return not_measured("tokenizer-eos", "no file names the tokenizer's end token")
    if isinstance(end, NotMeasured):
        return not_measured("tokenizer-eos", end.why)
    named = ", ".join(sorted(own))
    if ends_documents(end):
        detail = f"answers end with {end}, as documents do"
        return says_nothing("tokenizer-eos", named, detail)
    same = end in own
    return Signal(
        signal="tokenizer-eos",
        says=Kind.INSTRUCT if same else Kind.BASE,
        strength=Strength.WEAK if same else Strength.HINT,
        value=named,
        detail=f"the tokenizer's eos is the turn end {end}; some base checkpoints say the same"
        if same
        else f"the tokenizer's eos {named} is not the turn end {end}; as many instruct checkpoints"
        " say the same",
    )


def _model_eos(declared: Declared) -> Signal:
    """generation_config and config; one that adds the turn end to another end was meant for chat.

    Where the turn end stands alone in every file, it may be the only end the model ever had.
    """
    end = turn_end(declared)
    chosen = declared.named("eos", "generation_config.json")
    config = declared.named("eos", "config.json")
    if not chosen and not config:
        return not_measured("model-eos", _why_no_model_eos(declared))
    if isinstance(end, NotMeasured):
        return not_measured("model-eos", end.why)
    place = "generation_config.json" if chosen else "config.json"
    ends = chosen or config
    named = ", ".join(sorted(ends))
    if declared.template is None and not (end in chosen and not declared.generation.derived):
        return not_measured("model-eos", "there is no chat template whose turn end to look for")
    if ends_documents(end):
        return says_nothing("model-eos", named, f"answers end with {end}, as documents do")
    if end not in ends:
        return Signal(
            signal="model-eos",
            says=Kind.BASE,
            strength=Strength.MODERATE,
            value=named,
            detail=f"{place} ends at {named} and not at the turn end {end}; fine-tunes that kept"
            " the base's file say the same",
        )
    others = (ends | config | tokenizer_ends(declared)) - {end}
    # what a program copied from config.json is nobody's choice
    added = bool(chosen and others and declared.template) and not declared.generation.derived
    return Signal(
        signal="model-eos",
        says=Kind.INSTRUCT,
        strength=Strength.GOOD if added else Strength.MODERATE,
        value=named,
        detail=f"{place} ends at the turn end {end}"
        + (f", beside {', '.join(sorted(others))}" if others else ", the only end in any file"),
    )


def _chat_format(declared: Declared) -> Iterator[Signal]:
    """The mode that a publisher sets for its own code to ask the model in."""
    mode = declared.generation.chat_format
    if mode is None:
        return
    raw = mode.lower() == "raw"
    yield Signal(
        signal="chat-format",
        says=Kind.BASE if raw else Kind.INSTRUCT,
        strength=Strength.MODERATE if raw else Strength.GOOD,
        value=mode,
        detail=f"generation_config.json sets chat_format to {mode}"
        + ("; fine-tunes that kept the base's file say the same" if raw else ""),
    )


def _padding(declared: Declared) -> Iterator[Signal]:
    """Padding with the turn end: what programs that tune on chats set, and no pretraining needs."""
    end, pads = turn_end(declared), declared.named("pad", *TOKENIZER_PLACES, "tokenizer.ggml.pad")
    if isinstance(end, NotMeasured) or declared.template is None or ends_documents(end):
        return
    if pads == {end} and tokenizer_ends(declared) == {end}:
        yield Signal(
            signal="turn-end-pads",
            says=Kind.INSTRUCT,
            strength=Strength.GOOD,
            value=end,
            detail=f"the tokenizer pads with the turn end {end}, as tuning on chats leaves it;"
            " pretraining pads nothing",
        )


def _why_no_model_eos(declared: Declared) -> str:
    named = [stop for stop in declared.stops if stop.role == "eos" and stop.ids]
    if any(stop.source in ("config.json", "generation_config.json") for stop in named):
        return "generation ends at ids whose tokens are not known"
    if any(stop.source.startswith("tokenizer.ggml") for stop in named):
        return "a GGUF has no generation_config; its eos counts as the tokenizer's"
    return "neither generation_config.json nor config.json names an end token"


def _agreement(declared: Declared) -> Signal:
    own, ends, end = tokenizer_ends(declared), model_ends(declared), turn_end(declared)
    if declared.template is None:
        return not_measured("eos-agreement", "there is no chat template")
    if not declared.named("eos", "generation_config.json", "config.json") or not own:
        return not_measured("eos-agreement", "fewer than two places name the end token")
    agree = bool(own & ends)
    if agree or isinstance(end, NotMeasured) or end not in own:
        detail = (
            "tokenizer and model have an end token in common"
            if agree
            else "tokenizer and model end at different tokens"
        )
        return says_nothing("eos-agreement", "agree" if agree else "differ", detail)
    return Signal(
        signal="eos-agreement",
        says=Kind.BASE,
        strength=Strength.MODERATE,
        value="differ",
        detail=f"the tokenizer ends at the turn end {end}, the model at"
        f" {', '.join(sorted(ends))}; broken fine-tunes look the same",
    )


def _role_tokens(declared: Declared) -> Signal:
    vocabulary = declared.vocabulary
    if vocabulary.tokens is None and not vocabulary.added:
        return not_measured("role-tokens", "the vocabulary is not known")
    found = [token for token in vocabulary.added if marks_turns(token)]
    if found:
        shown = ", ".join(found[:4])
        detail = f"the vocabulary has role markers ({shown}); so do many base vocabularies"
        return says_nothing("role-tokens", shown, detail)
    return Signal(
        signal="role-tokens",
        says=Kind.BASE,
        strength=Strength.WEAK,
        value="none",
        detail="the vocabulary has no role markers; some instruct checkpoints use plain text",
    )


def _names(declared: Declared, name: str) -> Iterator[Signal]:
    card = declared.card
    names = [one for one in dict.fromkeys([name, *card.names]) if one]
    kinds = {one: named_kind(one) for one in names}
    yield _hint("name", {one: kind for one, kind in kinds.items() if kind}, known=bool(names))
    chat = [tag for tag in card.tags if is_chat_tag(tag)]
    yield _hint("tags", dict.fromkeys(chat, "instruct"), known=bool(card.tags))
    if not card.base_models:
        yield not_measured("lineage", "no card names what it was made from")
        return
    made = ", ".join(card.base_models)
    if card.relation in ("finetune", "adapter"):
        yield _hint("lineage", {made: "instruct"}, known=True)
    else:
        detail = f"the card says that it was made from {made}, but not how"
        yield says_nothing("lineage", made, detail)


def _hint(signal: str, found: dict[str, str], *, known: bool) -> Signal:
    if not known:
        return not_measured(signal, "nothing is written")
    kinds = set(found.values())
    shown = ", ".join(found)
    if len(kinds) != 1:
        said = "it says both" if kinds else "it says neither base nor instruct"
        return says_nothing(signal, shown or "neither", said)
    (kind,) = kinds
    return Signal(
        signal=signal,
        says=Kind(kind),
        strength=Strength.HINT,
        value=shown,
        detail=f"{shown}: what people write is a hint and never enough",
    )
