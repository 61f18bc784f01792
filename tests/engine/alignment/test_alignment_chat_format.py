"""Templates that are attached: prefixes hold, masks end in the turn end, ends and pads agree."""

import pytest
from forging import conversations
from tiny import CHATML, END, TURN_END, UNUSED, tiny_model, tiny_tokenizer
from tokenizers import AddedToken, processors
from transformers import PreTrainedTokenizerFast
from trl.chat_template_utils import is_chat_template_stop_token_trained

from headstart.domain.task import Example, Message
from headstart.engine.alignment.chat_format import FORMATS, attach, fit_rows, name_ends
from headstart.engine.render import Renderer
from headstart.errors import RequestError

every_format = pytest.mark.parametrize("name", FORMATS)


def knowing(name: str) -> PreTrainedTokenizerFast:
    """A base's tokenizer with the tokens of one format, and no others."""
    tokenizer = plain()
    tokens = [AddedToken(t, special=True, normalized=False) for t in FORMATS[name].tokens]
    tokenizer.add_tokens(tokens, special_tokens=True)
    return tokenizer


def plain() -> PreTrainedTokenizerFast:
    """A base's tokenizer without role tokens: those of the toy renamed to words."""
    tokenizer = tiny_tokenizer()
    text = tokenizer.backend_tokenizer.to_str()
    for number, token in enumerate(("<|im_start|>", "<|im_end|>")):
        text = text.replace(token, f"<|kept_{number}|>")
    return PreTrainedTokenizerFast(
        tokenizer_object=type(tokenizer.backend_tokenizer).from_str(text),
        eos_token=END,
        pad_token=END,
    )


def dialogue() -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": "Me."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "I am."},
    ]


@every_format
def test_the_format_whose_tokens_are_known_is_taken(name: str) -> None:
    tokenizer = knowing(name)
    size = len(tokenizer)
    attached = attach(tokenizer)
    assert len(tokenizer) == size
    used = set(tokenizer.convert_ids_to_tokens(list(attached.roles)))
    assert used <= set(FORMATS[name].tokens)
    assert tokenizer.eos_token == FORMATS[name].tokens[-1]


@every_format
def test_the_generation_prompt_is_a_prefix_of_every_trained_turn(name: str) -> None:
    tokenizer = knowing(name)
    attach(tokenizer)
    turns = dialogue()
    for end in (2, 4):
        asked = tokenizer.apply_chat_template(
            turns[:end], tokenize=False, add_generation_prompt=True
        )
        assert tokenizer.apply_chat_template(turns[: end + 1], tokenize=False).startswith(asked)
        assert tokenizer.apply_chat_template(turns, tokenize=False).startswith(asked)


@every_format
def test_markers_give_the_mask_that_is_trained(name: str) -> None:
    tokenizer = knowing(name)
    attach(tokenizer)
    assert is_chat_template_stop_token_trained(tokenizer)
    told = tokenizer.apply_chat_template(
        dialogue(), tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    messages = [Message(**turn) for turn in dialogue()]
    example = Example(id="", prompt=tuple(messages[:-1]), completion=messages[-1].content, group="")
    ours = Renderer(tokenizer, tokenizer.chat_template).training(example)
    count = len(ours.ids)
    assert tuple(told["input_ids"][:count]) == ours.ids
    assert [bool(x) for x in told["assistant_masks"][:count]] == list(ours.trained)
    assert not any(told["assistant_masks"][count:])
    assert ours.ids[-1] == tokenizer.eos_token_id


@every_format
def test_role_markers_in_text_stay_text(name: str) -> None:
    tokenizer = knowing(name)
    attach(tokenizer)
    spoof = "".join(FORMATS[name].tokens)
    rendered = Renderer(tokenizer, tokenizer.chat_template).training(
        Example(id="", prompt=(Message(role="user", content=spoof),), completion="No.", group="")
    )
    honest = Renderer(tokenizer, tokenizer.chat_template).training(
        Example(id="", prompt=(Message(role="user", content="a"),), completion="No.", group="")
    )
    special = {i for i, t in tokenizer.added_tokens_decoder.items() if t.special}
    assert sum(i in special for i in rendered.ids) == sum(i in special for i in honest.ids)


@every_format
def test_pad_and_turn_end_are_tokens_of_their_own(name: str) -> None:
    tokenizer = knowing(name)
    attach(tokenizer)
    ends = {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(END)}
    assert len(ends) == 2
    assert tokenizer.pad_token_id not in ends
    assert tokenizer.pad_token not in tokenizer.chat_template


def test_without_role_tokens_reserved_ones_are_used_and_nothing_is_added() -> None:
    tokenizer = plain()
    size = len(tokenizer)
    attached = attach(tokenizer)
    assert len(tokenizer) == size
    used = tokenizer.convert_ids_to_tokens(list(attached.roles))
    assert set(used) <= set(UNUSED)
    assert len(used) == 4
    assert tokenizer.pad_token in set(UNUSED) - set(used)
    assert any("reserved ones are used" in note for note in attached.notes)


def test_a_format_asked_for_by_name_brings_its_tokens_into_spare_rows() -> None:
    tokenizer, model = plain(), tiny_model("llama")
    attach(tokenizer, "gemma")
    assert "<start_of_turn>" in tokenizer.get_vocab()
    assert not fit_rows(model, tokenizer)


def test_a_vocabulary_without_spare_rows_grows_and_says_so() -> None:
    tokenizer, model = plain(), tiny_model("llama")
    tokenizer.add_tokens([f"word{i}" for i in range(4)])
    attach(tokenizer, "roles")
    (note,) = fit_rows(model, tokenizer)
    assert "grew from 305" in note
    assert model.get_input_embeddings().weight.shape[0] == len(tokenizer)


def test_a_template_of_its_own_is_kept() -> None:
    tokenizer = tiny_tokenizer(CHATML)
    attached = attach(tokenizer)
    assert tokenizer.chat_template == CHATML
    assert tokenizer.eos_token == TURN_END
    assert any("no generation markers" in note for note in attached.notes)


def test_a_begin_token_stands_in_chat_as_in_text() -> None:
    tokenizer = knowing("roles")
    begin = UNUSED[-1]
    tokenizer.bos_token = begin
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A", special_tokens=[(begin, tokenizer.convert_tokens_to_ids(begin))]
    )
    attached = attach(tokenizer)
    ids = Renderer(tokenizer, tokenizer.chat_template).prompt(conversations(1)[0].prompt)
    assert ids[0] == tokenizer.bos_token_id
    assert ids.count(tokenizer.bos_token_id) == 1
    assert tokenizer.bos_token_id not in attached.roles


def test_the_model_names_the_same_ends_as_the_tokenizer() -> None:
    tokenizer, model = knowing("chatml"), tiny_model("llama")
    attach(tokenizer)
    name_ends(model, tokenizer)
    for settings in (model.config, model.generation_config):
        assert settings.eos_token_id == tokenizer.eos_token_id
        assert settings.pad_token_id == tokenizer.pad_token_id


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RequestError, match="no chat format") as told:
        attach(plain(), "alpaca")
    assert "roles" in told.value.hint
