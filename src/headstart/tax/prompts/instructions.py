"""Requests with checkable instructions: plain topics, each with one or two constraints.

The kinds and arguments are those of IFEval, so that the same checks score them; topics and
wording are our own.
"""

import functools
from collections.abc import Iterator

from headstart.domain.tax import InstructionAsk

_TOPICS = (
    "Describe a day at a harbour.",
    "Explain how a bicycle bell works.",
    "Write about a walk in the woods.",
    "Tell me what one can cook with lentils.",
    "Write a short letter to a former teacher.",
    "Explain why leaves turn red in autumn.",
    "Describe the perfect breakfast.",
    "Write an advertisement for a second-hand book shop.",
    "Tell the story of a clock that ran backwards.",
    "Explain how to look after a houseplant.",
    "Write about a train journey through the mountains.",
    "Give tips for a first camping trip.",
    "Describe a market in a small town.",
    "Explain what a library is good for.",
    "Write a welcome speech for new neighbours.",
    "Tell me about the life of a beekeeper.",
    "Describe a storm at sea.",
    "Explain how to make a paper boat.",
    "Write about a lost umbrella.",
    "Give reasons to learn to swim.",
)
_Constraint = tuple[str, str, dict[str, object]]
_CONSTRAINTS: tuple[_Constraint, ...] = (
    ("punctuation:no_comma", "Do not use any commas.", {}),
    (
        "length_constraints:number_words",
        "Use fewer than 60 words.",
        {"relation": "less than", "num_words": 60},
    ),
    ("startend:quotation", "Put your whole answer in double quotation marks.", {}),
    (
        "keywords:existence",
        "Use the words 'lantern' and 'bread'.",
        {"keywords": ["lantern", "bread"]},
    ),
    (
        "detectable_format:number_bullet_lists",
        "Answer with exactly 3 bullet points, each beginning with an asterisk, like this: * point",
        {"num_bullets": 3},
    ),
    ("change_case:english_lowercase", "Write in English and in lower case letters only.", {}),
    (
        "length_constraints:number_sentences",
        "Write fewer than 5 sentences.",
        {"relation": "less than", "num_sentences": 5},
    ),
    ("detectable_format:title", "Give it a title in double angle brackets, like <<title>>.", {}),
    (
        "keywords:forbidden_words",
        "Do not use the words 'very' and 'nice'.",
        {"forbidden_words": ["very", "nice"]},
    ),
    (
        "startend:end_checker",
        "End with exactly these words: That is all for today.",
        {"end_phrase": "That is all for today."},
    ),
    (
        "detectable_content:number_placeholders",
        "Leave at least 2 places open in square brackets, such as [name].",
        {"num_placeholders": 2},
    ),
    ("change_case:english_capital", "Write in English and in capital letters only.", {}),
    (
        "keywords:letter_frequency",
        "The letter z must appear at least 3 times.",
        {"letter": "z", "let_relation": "at least", "let_frequency": 3},
    ),
    (
        "length_constraints:number_paragraphs",
        "Write 2 paragraphs with a line of *** between them.",
        {"num_paragraphs": 2},
    ),
    ("detectable_format:json_format", "Give the whole answer as one JSON object.", {}),
    (
        "keywords:frequency",
        "Use the word 'morning' at least 2 times.",
        {"keyword": "morning", "relation": "at least", "frequency": 2},
    ),
    (
        "detectable_format:number_highlighted_sections",
        "Highlight at least 2 parts in *asterisks*.",
        {"num_highlights": 2},
    ),
    (
        "detectable_content:postscript",
        "Close with a postscript that begins with P.S.",
        {"postscript_marker": "P.S."},
    ),
    (
        "change_case:capital_word_frequency",
        "Write at least 3 words in capital letters only.",
        {"capital_relation": "at least", "capital_frequency": 3},
    ),
    (
        "detectable_format:multiple_sections",
        "Make 2 sections and begin them with Part 1 and Part 2.",
        {"section_spliter": "Part", "num_sections": 2},
    ),
    (
        "combination:two_responses",
        "Give two different answers with ****** between them.",
        {},
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        "Write 2 paragraphs with a blank line between them; the second begins with the word Later.",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Later"},
    ),
    ("language:response_language", "Answer in French only.", {"language": "fr"}),
)
_YES_OR_NO = (
    "Is tea grown in Norway?",
    "Do owls hunt at night?",
    "Can one walk from Lisbon to Madrid?",
    "Is a tomato a fruit?",
    "Do whales lay eggs?",
)


def _asks() -> Iterator[InstructionAsk]:
    for i in range(len(_TOPICS) * 10):
        topic = _TOPICS[i % len(_TOPICS)]
        chosen = [_CONSTRAINTS[(i + i // len(_TOPICS)) % len(_CONSTRAINTS)]]
        if i % 3 == 2:
            chosen += [c for c in _second(chosen[0]) if c[0] != chosen[0][0]]
        yield _ask(f"own-{i}", " ".join([topic, *(text for _, text, _ in chosen)]), chosen)
    for i, question in enumerate(_YES_OR_NO):
        wording = "Answer with one of these: 'My answer is yes.', 'My answer is no.'"
        kind = "detectable_format:constrained_response"
        yield _ask(f"own-choice-{i}", f"{question} {wording}", [(kind, wording, {})])
        again = "First repeat this request word for word without change, then answer it."
        repeat: _Constraint = ("combination:repeat_prompt", again, {"prompt_to_repeat": question})
        yield _ask(f"own-repeat-{i}", f"{question}\n{again}", [repeat])


def _second(first: _Constraint) -> list[_Constraint]:
    """One more constraint that can be met together with any first one."""
    easy = ("keywords:forbidden_words", "length_constraints:number_words", "keywords:existence")
    wanted = easy[len(first[0]) % len(easy)]
    return [c for c in _CONSTRAINTS if c[0] == wanted]


def _ask(id_: str, text: str, constraints: list[_Constraint]) -> InstructionAsk:
    return InstructionAsk(
        id=id_,
        text=text,
        kinds=tuple(kind for kind, _, _ in constraints),
        arguments=tuple(arguments for *_, arguments in constraints),
    )


@functools.cache
def own_instructions() -> tuple[InstructionAsk, ...]:
    """Two hundred and ten; every kind occurs."""
    return tuple(_asks())
