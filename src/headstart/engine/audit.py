"""What a batch really holds: ids, masks, ends and openings, read off for the audit.

Nothing is judged here; `headstart.templates.audit` does, and knows no tokenizer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headstart.domain.audit import AuditedBatch, AuditedRow, Quoted, TrainedSpan
from headstart.domain.task import Example, Message
from headstart.engine.load import Loaded
from headstart.engine.packs import lay_out, packs
from headstart.engine.reader import reads_segments
from headstart.engine.render import Rendered, Renderer, Tokens

MOST_ROWS = 64
"""Looked at; spread over all rows, those with several answers or quoted markers first."""
MOST_MARKERS = 16
"""Planted in conversations; formats write three or four."""
OPENING = 4
"""Ids of a path's beginning that are kept."""
_PACK = 2048


def audited(
    loaded: Loaded,
    renderer: Renderer,
    examples: Sequence[Example],
    *,
    rows: Sequence[Rendered] | None = None,
    start: str = "",
) -> AuditedBatch:
    """Read off what training on `examples` feeds to the model.

    Args:
        loaded: model and tokenizer.
        renderer: the start's own.
        examples: one or more; at most `MOST_ROWS` are looked at.
        rows: what another trainer makes of exactly these examples, `trained` read from its
            labels after collating; None takes the renderer's rows through our own batches.
        start: a name for messages.
    """
    if rows is None:
        examples = telling(examples, renderer)
        made = [renderer.training(example) for example in examples]
        targets = _targets(loaded, made)
    else:
        made = list(rows)
        targets = [_masked(row) for row in made]
    pairs = zip(examples, made, targets, strict=True)
    read = tuple(_row(renderer, example, row, target) for example, row, target in pairs)
    ends = _ends(renderer)
    sources = _sources(loaded, renderer)
    paths = _paths(renderer, examples[0], made[0])
    tokenizer = loaded.tokenizer
    special = {*ends, *loaded.stops, *(tokenizer.all_special_ids or ())}
    mentioned = {*special, *(i for ids in (*sources.values(), *paths.values()) for i in ids)}
    return AuditedBatch(
        start=start,
        chat=renderer.template is not None,
        ends=ends,
        names={i: str(tokenizer.convert_ids_to_tokens(i)) for i in sorted(mentioned)},
        bos=tokenizer.bos_token_id,
        pad=tokenizer.pad_token_id,
        adds_bos=_adds_bos(renderer),
        sources=sources,
        stops=tuple(sorted(loaded.stops | {renderer.end_id()})),
        paths=paths,
        rows=read,
        quoted=tuple(_quoted(renderer, examples)),
    )


def telling(examples: Sequence[Example], renderer: Renderer) -> list[Example]:
    """The at most `MOST_ROWS` rows that show most: several answers, quoted markers, a spread."""
    several = [e for e in examples if any(m.role == "assistant" for m in e.prompt)]
    quoting = [e for e in examples if renderer.markers_in(_whole_text(e))]
    step = max(1, len(examples) // (MOST_ROWS // 2))
    wanted = [*several[: MOST_ROWS // 4], *quoting[: MOST_ROWS // 4], *examples[::step]]
    return list({e.id: e for e in wanted}.values())[:MOST_ROWS]


def _whole_text(example: Example) -> str:
    return "\n".join([*(m.content for m in example.prompt), example.completion])


def _targets(loaded: Loaded, made: Sequence[Rendered]) -> list[Tokens]:
    """The ids whose likelihood our training takes, row by row, out of the batches it computes."""
    if not reads_segments(loaded.model):
        return [_masked(row) for row in made]
    found: dict[int, Tokens] = {}
    order = {id(row): at for at, row in enumerate(made)}
    for pack in packs([row for row in made if any(row.trained[1:])], _PACK):
        left = list(lay_out(pack).targets)
        for row in pack:
            count = sum(row.trained[1:])
            found[order[id(row)]] = tuple(left[:count])
            left = left[count:]
    return [found.get(at, ()) for at in range(len(made))]


def _masked(row: Rendered) -> Tokens:
    return tuple(row.ids[i] for i in range(1, len(row.ids)) if row.trained[i])


def _row(renderer: Renderer, example: Example, made: Rendered, targets: Tokens) -> AuditedRow:
    said = [m.content for m in example.prompt if m.role == "assistant"]
    return AuditedRow(
        row=example.id,
        ids=made.ids,
        targets=targets,
        spans=tuple(_spans(renderer, made)),
        answers=(*(_as_read(renderer, text) for text in said), _answer(renderer, example, made)),
        asked=tuple(_as_read(renderer, m.content) for m in example.prompt if m.role != "assistant"),
    )


def _answer(renderer: Renderer, example: Example, made: Rendered) -> str:
    """What of the completion can be trained: all, but for a raw text's first token."""
    if example.prompt or not made.trained[0]:
        return _as_read(renderer, example.completion)
    # nothing comes before it, so nothing predicts it
    ids = renderer.tokenizer(example.completion.strip(), add_special_tokens=False)["input_ids"]
    return _decoded(renderer, ids[1:]).strip()


def _as_read(renderer: Renderer, text: str) -> str:
    """A text as ids give it back: some tokenizers change case or spaces."""
    ids = renderer.tokenizer(text.strip(), add_special_tokens=False)["input_ids"]
    return _decoded(renderer, ids).strip()


def _decoded(renderer: Renderer, ids: Sequence[int]) -> str:
    return str(renderer.tokenizer.decode(list(ids)))


def _spans(renderer: Renderer, made: Rendered) -> Iterator[TrainedSpan]:
    start: int | None = None
    for i, trained in enumerate((*made.trained, False)):
        if trained and start is None:
            start = i
        elif not trained and start is not None:
            # the first token of a row is given, never predicted, but belongs to the text
            ids, text = made.ids[max(start, 1) : i], _decoded(renderer, made.ids[start:i])
            if ids:
                yield TrainedSpan(ids=ids, text=text)
            start = None


def _ends(renderer: Renderer) -> Tokens:
    closing = renderer.mid_end()
    return tuple(dict.fromkeys([renderer.end_id(), *closing[-1:]]))


def _sources(loaded: Loaded, renderer: Renderer) -> dict[str, Tokens]:
    """The four places that say where an answer ends; those that say nothing are empty."""
    config = loaded.model.config.get_text_config()
    return {
        "tokenizer": _listed(loaded.tokenizer.eos_token_id),
        "config": _listed(getattr(config, "eos_token_id", None)),
        "generation_config": _listed(getattr(loaded.model.generation_config, "eos_token_id", None)),
        "chat template": renderer.mid_end()[-1:] if renderer.template is not None else (),
    }


def _listed(found: int | list[int] | None) -> Tokens:
    return () if found is None else tuple(found) if isinstance(found, list) else (found,)


def _paths(renderer: Renderer, example: Example, made: Rendered) -> dict[str, Tokens]:
    """How texts begin where they are trained, asked, and asked by other programs."""
    tokenizer = renderer.tokenizer
    found = {"training": made.ids, "prompt": renderer.prompt(example.prompt)}
    if renderer.template is not None and example.prompt:
        asked = renderer.text_of(example.prompt)
        found["chat endpoint"] = tuple(tokenizer(asked, add_special_tokens=False)["input_ids"])
        found["rendered text, tokenised again"] = tuple(tokenizer(asked)["input_ids"])
    else:
        found["plain text"] = tuple(tokenizer("a text")["input_ids"])
    return {name: tuple(ids[:OPENING]) for name, ids in found.items()}


def _adds_bos(renderer: Renderer) -> bool:
    begin = renderer.tokenizer.bos_token_id
    return begin is not None and list(renderer.tokenizer("a")["input_ids"][:1]) == [begin]


def _quoted(renderer: Renderer, examples: Sequence[Example]) -> Iterator[Quoted]:
    """Plant each marker of the format in a conversation, and find those that the data hold."""
    # what a probe makes the renderer work around is no finding about the data
    renderer = replace(renderer, findings=set())
    for marker in _markers(renderer):
        probe = _talk(f"a {marker} b", f"c {marker} d")
        yield _counted(renderer, marker, probe, _without(probe, marker))
    for example in examples:
        for marker in renderer.markers_in(_whole_text(example)):
            yield _counted(renderer, marker, example, _without(example, marker))


def _markers(renderer: Renderer) -> list[str]:
    """Tokens that the format writes, and the tokenizer's own special ones, as texts."""
    numbers = [*renderer.role_ids(), *(renderer.tokenizer.all_special_ids or ())]
    texts = renderer.tokenizer.convert_ids_to_tokens(list(dict.fromkeys(numbers)))
    return [text for text in texts if renderer.markers_in(text) == [text]][:MOST_MARKERS]


def _talk(question: str, answer: str) -> Example:
    prompt = (Message(role="user", content=question),)
    return Example(id="probe", prompt=prompt, completion=answer, group="")


def _without(example: Example, marker: str) -> Example:
    prompt = tuple(
        m.model_copy(update={"content": m.content.replace(marker, "x")}) for m in example.prompt
    )
    completion = example.completion.replace(marker, "x")
    return example.model_copy(update={"prompt": prompt, "completion": completion})


def _counted(renderer: Renderer, marker: str, quoting: Example, plain: Example) -> Quoted:
    number = renderer.tokenizer.convert_tokens_to_ids(marker)
    found, expected = (renderer.training(one).ids.count(number) for one in (quoting, plain))
    return Quoted(marker=marker, where=quoting.id, expected=expected, found=found)
