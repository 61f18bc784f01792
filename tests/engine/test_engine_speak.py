import math

import pytest
import torch
from plain import plain_greedy, plain_logprobs
from tiny import CHATML, CONTEXT, TURN_END, shared_model, tiny_tokenizer

from headstart.domain.reply import Stop
from headstart.domain.task import Message
from headstart.engine.device import Device
from headstart.engine.load import Loaded
from headstart.engine.speak import Speaker

ASKED = (Message(role="user", content="Where is my card?"),)
DOCUMENT_END = 0


def speaker(template: str | None = CHATML) -> Speaker:
    cpu = Device("cpu", torch.float32, "a processor")
    stops = frozenset({DOCUMENT_END})
    return Speaker(Loaded(shared_model("llama"), tiny_tokenizer(), cpu, stops, CONTEXT), template)


def test_a_conversation_goes_through_the_template_and_raw_text_does_not() -> None:
    one = speaker()
    decode = one.loaded.tokenizer.decode
    wanted = "<|im_start|>user\nWhere is my card?<|im_end|>\n<|im_start|>assistant\n"
    assert decode(list(one.chat(ASKED))) == wanted
    assert decode(list(one.raw("Where is my card?"))) == "Where is my card?"
    assert one.raw("") == (DOCUMENT_END,)


def test_replies_are_greedy_and_say_why_they_ended() -> None:
    one = speaker()
    turn_end = one.loaded.tokenizer.convert_tokens_to_ids(TURN_END)
    prompts = [one.chat(ASKED), one.raw("My card"), one.raw("The capital of France is")]
    stops = frozenset({DOCUMENT_END, turn_end})
    for prompt, reply in zip(prompts, one.replies(prompts, limit=40), strict=True):
        assert reply.ids == plain_greedy(one.loaded.model, prompt, 40, stops)
        last = reply.ids[-1]
        named = {turn_end: Stop.TURN_END, DOCUMENT_END: Stop.DOCUMENT_END}
        assert reply.stop is named.get(last, Stop.LIMIT)
        kept = reply.ids if reply.stop is Stop.LIMIT else reply.ids[:-1]
        assert reply.text == one.loaded.tokenizer.decode(list(kept))


@pytest.mark.parametrize(("token", "stop"), [(TURN_END, Stop.TURN_END), (None, Stop.DOCUMENT_END)])
def test_both_kinds_of_end_are_told_apart(token: str | None, stop: Stop) -> None:
    one = speaker()
    end = one.loaded.tokenizer.convert_tokens_to_ids(token) if token else DOCUMENT_END
    model = shared_model("llama").__class__(shared_model("llama").config).eval()
    model.load_state_dict(shared_model("llama").state_dict())
    with torch.no_grad():
        # the output row of the end becomes what the last hidden state points to
        hidden = model.model(torch.tensor([list(one.raw("My card"))])).last_hidden_state[0, -1]
        model.lm_head.weight[end] = 100 * hidden
    changed = Speaker(
        Loaded(model, one.loaded.tokenizer, one.loaded.device, frozenset({DOCUMENT_END}), CONTEXT),
        CHATML,
    )
    assert changed.replies([changed.raw("My card")], limit=5)[0].stop is stop


def test_a_documents_bits_are_those_of_its_tokens_without_its_end() -> None:
    one = speaker(template=None)
    for text in ("The capital of France is Paris.", "A card."):
        ids = one.raw(text)
        wanted = -sum(plain_logprobs(one.loaded.model, (DOCUMENT_END,), ids)) / math.log(2)
        assert one.bits([text])[0] == pytest.approx(wanted, abs=1e-3)


def test_warm_replies_repeat_with_their_seed() -> None:
    one = speaker()
    prompts = [one.raw("My card")] * 3
    first = one.replies(prompts, limit=12, temperature=1.0, seed=3)
    assert first == one.replies(prompts, limit=12, temperature=1.0, seed=3)
    assert first != one.replies(prompts, limit=12, temperature=1.0, seed=4)
