"""A chat template for a checkpoint that has none, in tokens its vocabulary already has.

A base checkpoint gets the format whose role tokens it knows; else role tokens are put in the
place of reserved ones; else they are added. Where an embedding has spare rows, as many have,
nothing is resized. Every template marks what the assistant writes, its end included.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tokenizers import AddedToken
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from headstart.domain.task import Example, Message
from headstart.engine.render import Renderer
from headstart.errors import RequestError

AUTO = "auto"
PADS = ("<|pad|>", "<pad>", "[PAD]", "<|padding|>", "<|finetune_right_pad_id|>")
_RESERVED = re.compile(r"(?i)unused|reserved|extra_id|dummy")
_BEGIN = "{{- bos_token -}}\n"
_ROLES = """\
{%- for message in messages -%}
{%- if message['role'] == 'assistant' -%}
{{- 'ASSISTANT' -}}
{%- generation -%}{{- message['content'] + 'END' -}}{%- endgeneration -%}
{%- elif message['role'] == 'user' -%}
{{- 'USER' + message['content'] + 'END' -}}
{%- elif message['role'] == 'system' -%}
{{- 'SYSTEM' + message['content'] + 'END' -}}
{%- else -%}
{{- raise_exception('the roles are system, user and assistant') -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- 'ASSISTANT' -}}{%- endif -%}
"""
_CHATML = """\
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}{{- message['content'] + '<|im_end|>' -}}{%- endgeneration -%}
{{- '\\n' -}}
{%- else -%}
{{- message['content'] + '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
"""
_GEMMA = """\
{%- set ns = namespace(system='') -%}
{%- for message in messages -%}
{%- if message['role'] == 'system' -%}
{%- set ns.system = message['content'] + '\\n\\n' -%}
{%- elif message['role'] == 'assistant' -%}
{{- '<start_of_turn>model\\n' -}}
{%- generation -%}{{- message['content'] + '<end_of_turn>' -}}{%- endgeneration -%}
{{- '\\n' -}}
{%- else -%}
{{- '<start_of_turn>' + message['role'] + '\\n' + ns.system -}}
{{- message['content'] + '<end_of_turn>\\n' -}}
{%- set ns.system = '' -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<start_of_turn>model\\n' -}}{%- endif -%}
"""
_LLAMA3 = """\
{%- for message in messages -%}
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}{{- message['content'] + '<|eot_id|>' -}}{%- endgeneration -%}
{%- else -%}
{{- message['content'] + '<|eot_id|>' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
{%- endif -%}
"""


@dataclass(frozen=True)
class ChatFormat:
    """A chat template and the tokens it is written in."""

    tokens: tuple[str, ...]
    """Role tokens and the turn end."""
    template: str
    """Jinja, without the begin token."""

    def written_in(self, tokens: Sequence[str]) -> "ChatFormat":
        """The same with other tokens in the place of its own, one for each."""
        template = self.template
        for old, new in zip(self.tokens, tokens, strict=True):
            template = template.replace(old, new)
        return ChatFormat(tuple(tokens), template)


_NAMED = ChatFormat(("SYSTEM", "USER", "ASSISTANT", "END"), _ROLES)
ROLES = _NAMED.written_in(("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"))
FORMATS = {
    "roles": ROLES,
    "chatml": ChatFormat(("<|im_start|>", "<|im_end|>"), _CHATML),
    "gemma": ChatFormat(("<start_of_turn>", "<end_of_turn>"), _GEMMA),
    "llama-3": ChatFormat(("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), _LLAMA3),
}
"""The formats that `--format` takes by name."""


@dataclass
class Attached:
    """What was done to a tokenizer."""

    roles: tuple[int, ...]
    """Ids of the role tokens and the turn end, whose rows a tuning must train."""
    notes: list[str] = field(default_factory=list)
    """What had to be worked around, one sentence each."""


def attach(tokenizer: PreTrainedTokenizerBase, wanted: str = AUTO) -> Attached:
    """Give `tokenizer` a chat template, the turn end as its eos, and a pad of its own; in place.

    Args:
        tokenizer: of a base or an instruct checkpoint.
        wanted: a name of `FORMATS`; or auto: the template it has, else the first format whose
            tokens it knows, else roles.

    Raises:
        RequestError: there is no format of that name.
    """
    if wanted != AUTO and wanted not in FORMATS:
        raise RequestError(
            f"there is no chat format {wanted!r}", hint=f"formats: auto, {', '.join(FORMATS)}"
        )
    document_end = tokenizer.eos_token
    notes: list[str] = []
    if wanted == AUTO and tokenizer.chat_template is not None:
        notes += _keep_own(tokenizer)
    else:
        chosen = _format_for(tokenizer, wanted, notes)
        _make_special(tokenizer, chosen.tokens)
        tokenizer.chat_template = _with_begin(tokenizer, chosen.template)
    renderer = Renderer(tokenizer, str(tokenizer.chat_template))
    turn_end = renderer.end_id()
    notes += sorted(renderer.findings)
    tokenizer.eos_token = str(tokenizer.convert_ids_to_tokens(turn_end))
    _give_pad(tokenizer, {document_end, tokenizer.eos_token}, notes)
    return Attached(_role_ids(tokenizer), notes)


def equip(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, wanted: str = AUTO
) -> Attached:
    """Attach a chat format, and have model and tokenizer agree on rows, end and pad; in place.

    See `attach`, `fit_rows` and `name_ends`.
    """
    attached = attach(tokenizer, wanted)
    attached.notes += fit_rows(model, tokenizer)
    name_ends(model, tokenizer)
    return attached


def fit_rows(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Give the embedding a row for each token, where tokens were added; notes what was done.

    New rows are drawn around the mean of the others, from torch's generator.
    """
    rows = int(model.get_input_embeddings().weight.shape[0])  # type: ignore[index]
    if len(tokenizer) <= rows:
        return []
    model.resize_token_embeddings(len(tokenizer))
    return [f"the vocabulary grew from {rows:,} to {len(tokenizer):,} rows for the role tokens"]


def name_ends(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write the tokenizer's end and pad into the model's config and generation_config."""
    config = model.config.get_text_config()
    for settings in (config, getattr(model, "generation_config", None)):
        if settings is not None:
            settings.eos_token_id = tokenizer.eos_token_id
            settings.pad_token_id = tokenizer.pad_token_id


def _keep_own(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default") or next(iter(template.values()))
        tokenizer.chat_template = template
    if not re.search(r"\{%-?\s*generation\s*-?%\}", template):
        return ["the checkpoint's own chat template is kept; it has no generation markers"]
    return []


def _format_for(tokenizer: PreTrainedTokenizerBase, wanted: str, notes: list[str]) -> ChatFormat:
    vocabulary = tokenizer.get_vocab()
    for name in FORMATS if wanted == AUTO else [wanted]:
        if all(token in vocabulary for token in FORMATS[name].tokens):
            return FORMATS[name]
    chosen = FORMATS["roles" if wanted == AUTO else wanted]
    spare = _reserved(tokenizer)[: len(chosen.tokens)]
    if len(spare) == len(chosen.tokens) and wanted == AUTO:
        notes.append(
            "the vocabulary has no role tokens, so reserved ones are used: "
            + ", ".join(f"{new} for {old}" for old, new in zip(chosen.tokens, spare, strict=True))
        )
        return chosen.written_in(spare)
    missing = [token for token in chosen.tokens if token not in vocabulary]
    notes.append(f"role tokens were added to the vocabulary: {', '.join(missing)}")
    return chosen


def _reserved(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Reserved tokens that are never cut into pieces, by id."""
    added = tokenizer.get_added_vocab()
    return sorted((t for t in added if _RESERVED.search(t)), key=added.__getitem__)


def _make_special(tokenizer: PreTrainedTokenizerBase, tokens: Iterable[str]) -> None:
    wanted = [AddedToken(token, special=True, normalized=False) for token in tokens]
    tokenizer.add_tokens(wanted, special_tokens=True)


def _with_begin(tokenizer: PreTrainedTokenizerBase, template: str) -> str:
    """Chat begins as the tokenizer begins every text; the template must say so itself."""
    whole = tokenizer("x")["input_ids"]
    return _BEGIN + template if whole[:1] == [tokenizer.bos_token_id] else template


def _give_pad(tokenizer: PreTrainedTokenizerBase, ends: set[str | None], notes: list[str]) -> None:
    was = tokenizer.pad_token
    if was is not None and was not in ends:
        return
    vocabulary, used = tokenizer.get_vocab(), str(tokenizer.chat_template)
    known = [token for token in PADS if token in vocabulary]
    free = [t for t in (*known, *_reserved(tokenizer)) if t not in ends and t not in used]
    pad = free[0] if free else PADS[0]
    _make_special(tokenizer, [pad])
    tokenizer.pad_token = pad
    notes.append(f"padding is {pad}: " + (f"{was} ends text" if was else "none was named"))


def _role_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """Added tokens that a dialogue is written in; white space and the begin token apart."""
    renderer = Renderer(tokenizer, str(tokenizer.chat_template), system="a")
    asked = (Message(role="user", content="a"),)
    probe = Example(id="probe", prompt=asked, completion="b", group="")
    added = {i for token, i in tokenizer.get_added_vocab().items() if token.strip()}
    return tuple(sorted(added & set(renderer.training(probe).ids) - {tokenizer.bos_token_id}))
