"""A chat form guessed from role tokens, to try a checkpoint that ships no template.

Only for trying: it is named wherever it is used, and never trained or served with.
"""

from headstart.checkpoints.declared import Vocabulary
from headstart.domain.template import TemplateSource

_ASK = "{% if add_generation_prompt %}"
_FORMS = (
    (
        "ChatML",
        ("<|im_start|>", "<|im_end|>"),
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        f"{_ASK}<|im_start|>assistant\n{{% endif %}}",
    ),
    (
        "start_of_turn",
        ("<start_of_turn>", "<end_of_turn>"),
        "{{ bos_token }}{% for m in messages %}<start_of_turn>"
        "{{ 'model' if m.role == 'assistant' else m.role }}\n"
        "{{ m.content }}<end_of_turn>\n{% endfor %}"
        f"{_ASK}<start_of_turn>model\n{{% endif %}}",
    ),
    (
        "header_id",
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
        "{{ m.content }}<|eot_id|>{% endfor %}"
        f"{_ASK}<|start_header_id|>assistant<|end_header_id|>\n\n{{% endif %}}",
    ),
    (
        "role tokens",
        ("<|user|>", "<|assistant|>", "<|end|>"),
        "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}"
        f"{_ASK}<|assistant|>\n{{% endif %}}",
    ),
)


def guessed_form(vocabulary: Vocabulary) -> TemplateSource | None:
    """The chat form whose role tokens the vocabulary has, or None."""
    for name, tokens, text in _FORMS:
        if all(token in vocabulary.added for token in tokens):
            return TemplateSource(name=name, source="guessed from role tokens", text=text)
    return None
