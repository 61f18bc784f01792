"""Which family a checkpoint belongs to, by its network and its tokenizer; never by its name."""

import re
from dataclasses import dataclass

from headstart.checkpoints.declared import Declared
from headstart.domain.value import NotMeasured


@dataclass(frozen=True)
class _Family:
    name: str
    network: str
    """Pattern for the whole model type, in lower case."""
    vocabulary: tuple[int, int] = (0, 1 << 31)
    """Fewest and most tokens."""
    tokens: tuple[str, ...] = ()
    """Tokens that the vocabulary must have, any one of them."""


_FAMILIES = (
    _Family("Gemma", r"gemma\w*"),
    _Family("Qwen", r"qwen\w*"),
    _Family("SmolLM3", r"smollm3"),
    _Family("SmolLM2", r"llama", (49_000, 49_300), ("<repo_name>", "<jupyter_text>")),
    _Family("Phi", r"phi\w*"),
    _Family("Mixtral", r"mixtral"),
    _Family("Mistral", r"mistral\w*|ministral\w*"),
    _Family("Mistral", r"llama", (32_000, 200_000), ("[INST]", "[AVAILABLE_TOOLS]")),
    _Family("Yi", r"llama", (63_900, 64_100), ("<|startoftext|>", "<fim_prefix>")),
    _Family("DeepSeek", r"deepseek\w*"),
    _Family("DeepSeek", r"llama", tokens=("<\uff5cbegin\u2581of\u2581sentence\uff5c>",)),
    _Family("Llama 3", r"llama", (128_000, 129_000), ("<|begin_of_text|>",)),
    _Family("Llama 4", r"llama4\w*"),
    _Family("Llama 2", r"llama", (31_990, 32_100), ("<s>", "</s>")),
    _Family("OLMo", r"olmo\w*"),
    _Family("Falcon", r"falcon\w*|rwforcausallm"),
    _Family("Granite", r"granite\w*"),
    _Family("Nemotron", r"nemotron\w*"),
    _Family("InternLM", r"internlm\w*"),
    _Family("GLM", r"glm\w*|chatglm\w*"),
    _Family("Command", r"cohere\w*|command-r\w*"),
    _Family("LFM", r"lfm\w*"),
    _Family("gpt-oss", r"gpt[_-]?oss"),
    _Family("StarCoder", r"starcoder\w*|gpt_bigcode"),
    _Family("StableLM", r"stablelm\w*"),
    _Family("MPT", r"mpt"),
    _Family("BLOOM", r"bloom"),
    _Family("OPT", r"opt"),
    _Family("GPT-NeoX", r"gpt_?neox"),
    _Family("GPT-Neo", r"gpt_?neo"),
    _Family("GPT-J", r"gptj"),
    _Family("GPT-2", r"gpt2"),
    _Family("Mamba", r"\w*mamba\w*"),
    _Family("RWKV", r"rwkv\w*"),
)
"""The first that fits; Llama's network serves many families, so their tokenizers tell them."""


def family(declared: Declared) -> str | NotMeasured:
    """Name the family, such as `Qwen`, or say why none is known.

    A network that is Llama's with a tokenizer of no known family is `Llama-shaped`.
    """
    sort = declared.network.model_type or declared.network.architecture
    if sort is None:
        return NotMeasured(why="no config names the architecture")
    fitting = (one for one in _FAMILIES if _fits(one, sort.lower(), declared))
    found = next(fitting, None)
    if found is not None:
        return found.name
    if sort.lower() == "llama":
        return "Llama-shaped"
    return NotMeasured(why=f"{sort} is of no family that is known here")


def _fits(one: _Family, sort: str, declared: Declared) -> bool:
    if re.fullmatch(one.network, sort) is None:
        return False
    size = declared.vocabulary.size or declared.network.vocabulary
    if one.vocabulary[1] < 1 << 31 and (
        size is None or not one.vocabulary[0] <= size <= one.vocabulary[1]
    ):
        return False
    return not one.tokens or any(declared.vocabulary.knows(token) for token in one.tokens)
