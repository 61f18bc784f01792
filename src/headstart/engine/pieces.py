"""Token ids as text, token by token, so that the pieces joined are the whole text."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from headstart.domain.pane import Piece

_BROKEN = "\ufffd"


class Teller:
    """Tells what each further token adds to a text; half a character waits for the rest."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._added = frozenset(tokenizer.added_tokens_decoder)
        self._told = ""

    def tell(self, ids: Sequence[int]) -> Piece:
        """What the last of `ids` adds to those before it; every call has one id more."""
        decoded = self._tokenizer.decode(list(ids), clean_up_tokenization_spaces=False)
        fresh = str(decoded).rstrip(_BROKEN)[len(self._told) :]
        self._told += fresh
        return Piece(text=fresh, special=ids[-1] in self._added)


def pieces(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> list[Piece]:
    """Ids as text, one piece each."""
    teller = Teller(tokenizer)
    return [teller.tell(ids[:end]) for end in range(1, len(ids) + 1)]
