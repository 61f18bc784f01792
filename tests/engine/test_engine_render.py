from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plain import FEW
from tiny import CHATML, END, TOKENS, TURN, TURN_END, tiny_tokenizer
from tokenizers import AddedToken, processors
from transformers import PreTrainedTokenizerFast

from headstart.domain.task import Example, Message
from headstart.engine.render import Rendered, Renderer, Tokens
from headstart.errors import CheckpointBroken

EOS, START, STOP, BEGIN = 0, 1, 2, 3
TRIMMING = CHATML.replace("message.content", "message.content | trim")
OPENED = "{{ bos_token }}" + CHATML
REFUSING = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    + CHATML
)
DROPPING = CHATML.replace(
    "{% for message in messages %}",
    "{% for message in messages if message.role != 'system' %}",
)
UNCLOSED = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
PONDERING = CHATML.replace(
    "{{ message.content }}",
    "{% if message.role == 'assistant' and loop.last %}(thinks) {% endif %}{{ message.content }}",
)
FORGETFUL = (
    "{% for message in messages %}{% if loop.last or message.role == 'assistant' %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SHOUTING = CHATML.replace("message.content", "message.content | upper")


def user(text: str) -> Message:
    return Message(role="user", content=text)


def assistant(text: str) -> Message:
    return Message(role="assistant", content=text)


def system(text: str) -> Message:
    return Message(role="system", content=text)


def sample(completion: str, *prompt: Message | str) -> Example:
    messages = tuple(user(m) if isinstance(m, str) else m for m in prompt)
    return Example(id="train:1", prompt=messages, completion=completion, group="")


def decoded(renderer: Renderer, ids: Sequence[int]) -> str:
    return str(renderer.tokenizer.decode(list(ids)))


def trained_text(renderer: Renderer, rendered: Rendered) -> str:
    pairs = zip(rendered.ids, rendered.trained, strict=True)
    return decoded(renderer, [i for i, is_trained in pairs if is_trained])


def opened_tokenizer(*, closes: bool = False) -> PreTrainedTokenizerFast:
    """Puts `<|unused_0|>` before every text, and with `closes` the document end after it."""
    tokenizer = tiny_tokenizer()
    begin = "<|unused_0|>"
    tokenizer.bos_token = begin
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {END}" if closes else f"{begin} $A",
        special_tokens=[(begin, BEGIN), (END, EOS)],
    )
    return tokenizer


FORMATS = {
    "raw": None,
    "chatml": CHATML,
    "trimming": TRIMMING,
    "opened": OPENED,
    "unclosed": UNCLOSED,
    "pondering": PONDERING,
}
every_format = pytest.mark.parametrize("format_", FORMATS)

_PIECES = st.sampled_from(
    [
        "a",
        "Paris",
        " ",
        "\n",
        "\n\n",
        ".",
        "é",
        "7",
        ":",
        TURN,
        TURN_END,
        END,
        "<|",
        "user",
        "\ue000",
    ]
)
texts = st.lists(_PIECES, min_size=1, max_size=6).map("".join)
answers = texts.filter(lambda text: text.strip())


def make(format_: str, **more: str) -> Renderer:
    tokenizer = opened_tokenizer() if format_ == "opened" else tiny_tokenizer()
    return Renderer(tokenizer, FORMATS[format_], **more)


@every_format
@FEW
@given(asked=texts, answer=answers, instruction=st.sampled_from(["", "Say it."]))
@example(asked=TURN_END, answer=TURN, instruction="")
@example(asked="x", answer="i", instruction="")
def test_a_training_row_is_the_prompt_and_the_completion(
    format_: str, asked: str, answer: str, instruction: str
) -> None:
    renderer = make(format_, instruction=instruction)
    row = sample(answer, asked)
    prompt, completion = renderer.prompt(row.prompt), renderer.completion(answer)
    assert renderer.training(row) == Rendered(
        prompt + completion, (False,) * len(prompt) + (True,) * len(completion)
    )


@every_format
@FEW
@given(first=texts, reply=answers, then=texts, answer=answers)
def test_the_last_answer_of_a_dialogue_follows_its_prompt(
    format_: str, first: str, reply: str, then: str, answer: str
) -> None:
    renderer = make(format_)
    row = sample(answer, user(first), assistant(reply.strip()), user(then))
    prompt, completion = renderer.prompt(row.prompt), renderer.completion(answer)
    assert renderer.training(row).ids == prompt + completion


@pytest.mark.parametrize("format_", ["chatml", "trimming", "opened"])
@FEW
@given(first=texts, reply=answers, then=texts, answer=answers)
@example(first=TURN_END, reply=TURN_END, then=TURN, answer=f"{TURN}user\nx{TURN_END}")
@example(first=f"a{TURN_END}\n{TURN}assistant\nb", reply=END, then=END, answer=END)
def test_role_markers_in_the_data_stay_text(
    format_: str, first: str, reply: str, then: str, answer: str
) -> None:
    renderer = make(format_)
    row = sample(answer, user(first), assistant(reply), user(then))
    ids = renderer.training(row).ids
    assert ids.count(START) == ids.count(STOP) == 4
    assert ids.count(EOS) == 0
    said = [m.model_dump() for m in (*row.prompt, assistant(answer.strip()))]
    plain = renderer.tokenizer.apply_chat_template(
        said, chat_template=renderer.template, tokenize=False
    )
    assert decoded(renderer, ids) == plain.rstrip("\n")
    marked = any(marker in text for marker in (TURN, TURN_END, END) for text in row_texts(row))
    kept = "role markers inside the data's own text are kept as plain text"
    assert (kept in renderer.findings) == marked


def row_texts(row: Example) -> list[str]:
    return [*(m.content for m in row.prompt), row.completion]


@FEW
@given(text=answers)
def test_role_markers_stay_text_in_plain_format_and_in_documents(text: str) -> None:
    renderer = make("raw")
    for row in (sample(text, text), sample(text)):
        ids = renderer.training(row).ids
        assert set(ids) & {EOS, START, STOP} == {EOS}
        assert ids.index(EOS) == len(ids) - 1


def test_role_markers_that_are_not_flagged_as_special_stay_text_too() -> None:
    tokenizer = tiny_tokenizer()
    names = ["<|me|>", "<|you|>", "<|done|>", "<b>"]
    tokenizer.add_tokens([AddedToken(name, special=False, normalized=False) for name in names])
    template = (
        "{% for m in messages %}{{ '<|you|>' if m.role == 'user' else '<|me|>' }}"
        "{{ m.content }}<|done|>{% endfor %}{% if add_generation_prompt %}<|me|>{% endif %}"
    )
    renderer = Renderer(tokenizer, template)
    you, me, done, bold = TOKENS + 1, TOKENS, TOKENS + 2, TOKENS + 3
    row = sample("fine", "<|done|><|you|><b>")
    ids = renderer.training(row).ids
    assert [i for i in ids if i >= TOKENS] == [you, bold, done, me, done]
    assert ids[-1] == done
    assert decoded(renderer, ids) == "<|you|><|done|><|you|><b><|done|><|me|>fine<|done|>"


def test_the_mask_covers_the_answer_and_its_end() -> None:
    renderer = make("chatml")
    rendered = renderer.training(sample(" Paris \n", "Where?"))
    assert trained_text(renderer, rendered) == f"Paris{TURN_END}"
    assert decoded(renderer, rendered.ids) == (
        f"{TURN}user\nWhere?{TURN_END}\n{TURN}assistant\nParis{TURN_END}"
    )
    assert renderer.findings == set()


@pytest.mark.parametrize(
    ("format_", "wanted"),
    [
        ("chatml", f"one{TURN_END}two{TURN_END}three{TURN_END}"),
        ("raw", f" one two three{END}"),
        ("unclosed", f" one two three{END}"),
    ],
)
def test_every_assistant_turn_is_trained(format_: str, wanted: str) -> None:
    renderer = make(format_)
    turns = (user("a"), assistant("one"), user("b"), assistant("two"), user("c"))
    assert trained_text(renderer, renderer.training(sample("three", *turns))) == wanted


def test_only_the_last_turn_is_trained_where_the_template_rewrites_earlier_ones() -> None:
    renderer = Renderer(tiny_tokenizer(), FORGETFUL)
    row = sample("two", user("a"), assistant("one"), user("b"))
    rendered = renderer.training(row)
    assert trained_text(renderer, rendered) == f"two{TURN_END}"
    assert rendered.ids == renderer.prompt(row.prompt) + renderer.completion("two")
    assert any("rewrites earlier turns" in finding for finding in renderer.findings)


@pytest.mark.parametrize("template", [REFUSING, DROPPING])
@pytest.mark.parametrize("own", [True, False])
def test_system_text_joins_the_user_s_where_the_template_takes_none(
    template: str, own: bool
) -> None:
    renderer = Renderer(tiny_tokenizer(), template, system="" if own else "Be brief.")
    row = sample("Paris", *([system("Be brief.")] if own else []), user("Where?"))
    text = decoded(renderer, renderer.training(row).ids)
    assert text.startswith(f"{TURN}user\nBe brief.\n\nWhere?{TURN_END}")
    assert any("takes no system message" in finding for finding in renderer.findings)


def test_system_text_and_instruction_have_their_places() -> None:
    renderer = make("chatml", system="Be brief.", instruction="Answer.")
    text = decoded(renderer, renderer.prompt((user("Where?"),)))
    assert text == (
        f"{TURN}system\nBe brief.{TURN_END}\n{TURN}user\nAnswer.\n\nWhere?{TURN_END}\n"
        f"{TURN}assistant\n"
    )
    spoken = decoded(renderer, renderer.prompt((system("Be kind."), user("Where?"))))
    assert "Be brief." not in spoken


def test_a_template_without_turn_end_gets_the_document_end_and_a_finding() -> None:
    renderer = make("unclosed")
    rendered = renderer.training(sample("Paris", "Where?"))
    assert decoded(renderer, rendered.ids) == f"user: Where?\nassistant: Paris{END}"
    assert trained_text(renderer, rendered) == f" Paris{END}"
    assert renderer.end_id() == EOS
    assert any("closes answers with no end token" in finding for finding in renderer.findings)


def test_a_turn_end_that_is_no_named_token_is_still_the_end() -> None:
    renderer = make("chatml")
    assert renderer.tokenizer.all_special_ids == [EOS]
    assert renderer.completion("Paris")[-1] == renderer.end_id() == STOP
    assert renderer.end_length() == 1


def test_a_template_that_trims_is_followed() -> None:
    renderer = make("trimming")
    text = decoded(renderer, renderer.training(sample(" Paris ", f"  {TURN} Where? ")).ids)
    assert text == f"{TURN}user\n{TURN} Where?{TURN_END}\n{TURN}assistant\nParis{TURN_END}"


@pytest.mark.parametrize("answer", ["i", "thinks", "Paris"])
def test_what_the_template_writes_before_an_answer_is_not_taken_for_it(answer: str) -> None:
    renderer = make("pondering")
    rendered = renderer.training(sample(answer, "Where?"))
    assert trained_text(renderer, rendered) == f"(thinks) {answer}{TURN_END}"


def test_a_template_that_rewrites_answers_is_trained_as_generated() -> None:
    renderer = Renderer(tiny_tokenizer(), SHOUTING)
    rendered = renderer.training(sample("Paris", "where?"))
    assert trained_text(renderer, rendered) == f"Paris{TURN_END}"
    assert any("generation prompt" in finding for finding in renderer.findings)


def test_a_template_that_fails_is_the_user_s_to_repair() -> None:
    renderer = Renderer(tiny_tokenizer(), "{{ raise_exception('never') }}")
    with pytest.raises(CheckpointBroken, match="never"):
        renderer.prompt((user("x"),))


def test_plain_format_reads_as_a_document() -> None:
    renderer = make("raw", instruction="Name the city.", system="Be brief.")
    rendered = renderer.training(sample("Paris", "The capital of France"))
    assert decoded(renderer, rendered.ids) == (
        f"Be brief.\n\nName the city.\n\nThe capital of France\nAnswer: Paris{END}"
    )
    assert trained_text(renderer, rendered) == f" Paris{END}"


SHOTS = (sample("Rome", "Italy"), sample("Bern ", "Switzerland"))


def test_shots_in_plain_format_are_blocks_before_the_question() -> None:
    renderer = make("raw", instruction="Name the city.")
    assert decoded(renderer, renderer.prompt((user("France"),), SHOTS)) == (
        "Name the city.\n\nItaly\nAnswer: Rome\n\nSwitzerland\nAnswer: Bern\n\nFrance\nAnswer:"
    )


def test_shots_in_chat_format_are_earlier_turns() -> None:
    renderer = make("chatml", instruction="Name the city.")
    turns = (
        ("user", "Name the city.\n\nItaly"),
        ("assistant", "Rome"),
        ("user", "Switzerland"),
        ("assistant", "Bern"),
        ("user", "France"),
    )
    said = "".join(f"{TURN}{role}\n{text}{TURN_END}\n" for role, text in turns)
    prompt = renderer.prompt((user("France"),), SHOTS)
    assert decoded(renderer, prompt) == f"{said}{TURN}assistant\n"


def test_untuned_answers_in_plain_format_end_at_a_blank_line() -> None:
    renderer = make("raw")
    blank: Tokens = tuple(renderer.tokenizer("\n\n")["input_ids"])
    assert renderer.end_id(tuned=False) == blank[0]
    assert renderer.completion("Paris", tuned=False)[-1] == blank[0]
    assert renderer.completion("Paris", tuned=True)[-1] == EOS
    assert renderer.end_length(tuned=False) == renderer.end_length(tuned=True) == 1


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize("template", [None, OPENED])
def test_a_begin_token_stands_once_and_first(closes: bool, template: str | None) -> None:
    renderer = Renderer(opened_tokenizer(closes=closes), template)
    rows = [sample("two", user(f"a{END}b"), assistant("one"), user("b")), sample("x", "y")]
    for row in rows if template else [*rows, sample("a whole document")]:
        ids = renderer.training(row).ids
        assert ids.count(BEGIN) == 1
        assert ids[0] == BEGIN
        assert ids.count(EOS) == (0 if template else 1)
        if row.prompt:
            assert ids == renderer.prompt(row.prompt) + renderer.completion(row.completion)
    assert BEGIN not in renderer.completion("x")


def test_a_begin_token_that_is_the_document_end_as_well_stands_first() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{END} $A", special_tokens=[(END, EOS)]
    )
    rendered = Renderer(tokenizer, None).training(sample("text"))
    assert (rendered.ids[0], rendered.ids[-1]) == (EOS, EOS)
    assert rendered.trained == (False, *(True,) * (len(rendered.ids) - 1))


def test_documents_are_trained_from_the_first_token_to_the_document_end() -> None:
    renderer = make("raw")
    rendered = renderer.training(sample(" A text.\n"))
    assert decoded(renderer, rendered.ids) == f" A text.\n{END}"
    assert all(rendered.trained)


def test_a_vocabulary_without_an_end_cannot_be_used_in_plain_format() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.eos_token = None
    with pytest.raises(CheckpointBroken, match="no end of text"):
        Renderer(tokenizer, None).completion("x")
    assert Renderer(tokenizer, CHATML).completion("x")[-1] == STOP
