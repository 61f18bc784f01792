import pytest

from headstart.checkpoints.declared import Declared, Network, Vocabulary
from headstart.checkpoints.family import family
from headstart.domain.value import NotMeasured


def declared(network: str, tokens: int = 0, added: tuple[str, ...] = ()) -> Declared:
    known = [b"x"] * tokens if tokens else None
    vocabulary = Vocabulary(known, {text: number for number, text in enumerate(added)})
    return Declared(
        network=Network(architecture=network, model_type=network), vocabulary=vocabulary
    )


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (declared("qwen2"), "Qwen"),
        (declared("qwen3_moe"), "Qwen"),
        (declared("gemma3_text"), "Gemma"),
        (declared("phi3"), "Phi"),
        (declared("mistral"), "Mistral"),
        (declared("llama", 128_256, ("<|begin_of_text|>",)), "Llama 3"),
        (declared("llama", 32_000, ("<s>",)), "Llama 2"),
        (declared("llama", 49_152, ("<repo_name>",)), "SmolLM2"),
        (declared("llama", 32_768, ("[INST]", "<s>")), "Mistral"),
        (declared("llama", 3_072, ("<|user|>",)), "Llama-shaped"),
    ],
)
def test_network_and_tokenizer_tell_the_family(found: Declared, name: str) -> None:
    assert family(found) == name


def test_names_do_not_enter() -> None:
    from dataclasses import replace

    from headstart.checkpoints.card import Card

    found = declared("llama", 3_072)
    assert family(replace(found, card=Card(names=("Qwen2.5-7B",)))) == "Llama-shaped"


def test_an_unknown_network_is_told_as_such() -> None:
    assert isinstance(family(declared("novelnet")), NotMeasured)
    assert isinstance(family(Declared()), NotMeasured)
