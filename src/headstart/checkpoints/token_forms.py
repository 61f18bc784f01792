"""What a token's text says of itself: that it ends a document, marks a turn, or closes one."""

import re

_DOCUMENT_END = re.compile(
    r"(?i)</s>|\[eos\]|<[|\uff5c]?(?:eos|endoftext|end[_\u2581 ]?of[_\u2581 ]?"
    r"(?:text|sentence|document|sequence))[|\uff5c]?>"
)
_TURN = re.compile(
    r"(?i)<[|\uff5c/]?(?:im_(?:start|end|sep)|(?:start|end|begin)_?of_?turn(?:_token)?|endofturn"
    r"|(?:start|end)_header_id|eot(?:_id)?|eom_id|end|user|assistant|system|human|bot|chatbot"
    r"|(?:user|assistant|system|chatbot)_token|prompt|answer|message|return|turn|role_(?:start|end))"
    r"[|\uff5c]?>|\[/?INST\]"
)
_CLOSES = re.compile(
    r"(?i)(?:im_end|end_?of_?turn|endofturn|eot|\|end\||end_turn|(?:turn|role|assistant)_end|return)"
)


def ends_documents(token: str) -> bool:
    """Whether a token's text says that it ends any text, not a turn: `</s>`, `<|endoftext|>`."""
    return _DOCUMENT_END.fullmatch(token) is not None


def marks_turns(token: str) -> bool:
    """Whether a token's text has a form that role markers and turn ends take."""
    return _TURN.fullmatch(token) is not None


def closes_turns(token: str) -> bool:
    """Whether a marker's text says that it closes a turn: `<|im_end|>`, `<|eot_id|>`."""
    return _CLOSES.search(token) is not None
