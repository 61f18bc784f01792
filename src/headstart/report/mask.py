"""The loss mask of a training example, token by token, in fixed-width text."""

from collections.abc import Sequence
from itertools import groupby

from headstart.domain.plan import TokenView
from headstart.report.cells import clip, grid
from headstart.report.figures import counted
from headstart.report.inert import code_point, visible

MOST_ROWS = 120
"""Longer examples are shown in part."""
_HEAD, _AROUND, _RUN_ENDS = 16, 8, 32
_LINE_ENDS, _WIDEST = 12, 48
_OPEN, _CLOSE = "⟦", "⟧"


def mask_line(tokens: Sequence[TokenView]) -> str:
    """The example on one line, what is trained between ⟦ and ⟧; long stretches are cut inside."""
    parts = []
    for trained, run in groupby(tokens, key=lambda token: token.trained):
        text = _joined([_quoted(token.text) for token in run])
        parts.append(f"{_OPEN}{text}{_CLOSE}" if trained else text)
    return "".join(parts)


def mask_table(tokens: Sequence[TokenView]) -> list[str]:
    """One line for each token: number, text, id, and whether the loss is taken on it.

    Of more than 120 tokens it shows the head and everything around what is
    trained, of a long trained stretch both ends; a line counts what is left out.
    """
    kept = _kept(tokens)
    rows = [("#", "token", "id", "trained")]
    notes: dict[int, str] = {}
    for shown, run in groupby(range(len(tokens)), key=kept.__contains__):
        numbers = list(run)
        if shown:
            rows += [_row(i, tokens[i]) for i in numbers]
        else:
            notes[len(rows)] = _left_out([tokens[i] for i in numbers])
    lines = grid(rows, "rlrl")
    for at, note in sorted(notes.items(), reverse=True):
        lines.insert(at, note)
    return lines


def _row(index: int, token: TokenView) -> tuple[str, str, str, str]:
    text = clip(f'"{_quoted(token.text)}"', _WIDEST)
    return str(index + 1), text, str(token.id), "yes" if token.trained else "no"


def _quoted(text: str) -> str:
    """A token's text with nothing ambiguous left: backslashes double, our brackets written out."""
    shown = visible(text.replace("\\", "\\\\"))
    return shown.replace(_OPEN, code_point(_OPEN)).replace(_CLOSE, code_point(_CLOSE))


def _joined(texts: list[str]) -> str:
    if len(texts) <= 2 * _LINE_ENDS + 2:
        return "".join(texts)
    between = f" …{counted(len(texts) - 2 * _LINE_ENDS, 'token')}… "
    return "".join(texts[:_LINE_ENDS]) + between + "".join(texts[-_LINE_ENDS:])


def _kept(tokens: Sequence[TokenView]) -> set[int]:
    if len(tokens) <= MOST_ROWS:
        return set(range(len(tokens)))
    kept = set(range(_HEAD))
    for trained, run in groupby(range(len(tokens)), key=lambda i: tokens[i].trained):
        numbers = list(run)
        if trained:
            kept |= set(range(numbers[0] - _AROUND, numbers[-1] + 1 + _AROUND))
            kept -= set(numbers[_RUN_ENDS:-_RUN_ENDS])
    return kept & set(range(len(tokens)))


def _left_out(tokens: Sequence[TokenView]) -> str:
    trained = sum(token.trained for token in tokens)
    which = {0: "not trained", len(tokens): "trained"}.get(trained, f"{trained:,} of them trained")
    return f"… {counted(len(tokens), 'token')} left out, {which} …"
