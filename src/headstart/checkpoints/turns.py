"""Which tokens open, mark and close a checkpoint's turns."""

import re

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.template_end import Ending, read_ending
from headstart.checkpoints.token_forms import closes_turns, ends_documents, marks_turns
from headstart.domain.value import NotMeasured

_CONTENT = re.compile(r"(?i)tool|think|function|param|image|audio|video|vision|fim|code|python")
MOST_TOKENS = 32


def ending(declared: Declared) -> Ending | NotMeasured:
    """What closes an answer in the default template."""
    template = declared.template
    if template is None:
        return NotMeasured(why="there is no chat template")
    return read_ending(template.text, declared.vocabulary.added)


def turn_end(declared: Declared) -> str | NotMeasured:
    """The token that closes an answer.

    By the default template; without one, an end token that is named for a turn.
    """
    found = ending(declared)
    if declared.template is None:
        named = sorted(t for t in declared.named("eos") if closes_turns(t) and marks_turns(t))
        return named[0] if named else NotMeasured(why="there is no chat template")
    if isinstance(found, NotMeasured):
        return found
    if found.closes is not None:
        return found.closes
    if not found.by_eos:
        return NotMeasured(why="the chat template writes no token after an answer")
    return _the_eos(declared)


def turn_tokens(declared: Declared) -> tuple[str, ...]:
    """Single tokens of the vocabulary that do nothing but mark turns, the turn end first.

    Those that the template writes; without a template, those that look the part. Document ends
    are left out, since every base model is trained on them.
    """
    end = turn_end(declared)
    found = ending(declared)
    if declared.template is None:
        marks = [token for token in declared.vocabulary.added if marks_turns(token)]
    elif isinstance(found, NotMeasured):
        marks = []
    else:
        marks = [mark for mark in found.markers if not _CONTENT.search(mark)]
    first = [] if isinstance(end, NotMeasured) else [end]
    begins = declared.named("bos")
    tokens = (
        token
        for token in dict.fromkeys([*first, *marks])
        if not ends_documents(token)
        and (token not in begins or marks_turns(token))
        and declared.vocabulary.knows(token)
    )
    return tuple(tokens)[:MOST_TOKENS]


def _the_eos(declared: Declared) -> str | NotMeasured:
    for place in ("tokenizer_config.json", "special_tokens_map.json", "tokenizer.ggml.eos"):
        named = declared.named("eos", place)
        if named:
            return min(named)
    return NotMeasured(why="the chat template writes eos_token, which no file names")
