"""A tokenizer that knows its special tokens and nothing else: enough for the lint.

Where a checkpoint's real tokenizer is not loaded, its small files still say which texts are
tokens of their own, which of them are bos, eos and pad, and whether a bos is put before a text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from headstart.templates.subject import NotRendered

_MOST_LOOKED_AT = 200_000_000
"""Added tokens times characters of a text: about a fifth of a second of looking."""


@dataclass(frozen=True)
class Marks:
    """Special tokens by their texts; all other text is one id for each character.

    It has what `subject.Tokenizer` asks for.
    """

    added: Mapping[str, int]
    """Texts that are one token wherever they stand, with their ids."""
    bos_token_id: int | None
    """Id that begins a text, if there is one."""
    eos_token_id: int | None
    """Id that ends a text, if there is one."""
    pad_token_id: int | None
    """Id that fills up a batch, if there is one."""
    adds_bos: bool | None
    """Whether the tokenizer begins texts with bos; None where no file says so."""

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Ids of a text; those of plain characters are negative, as no token has them.

        Raises:
            NotRendered: a bos is asked for, and whether one is added is not known; or there
                is too much text for so many tokens.
        """
        if len(self.added) * len(text) > _MOST_LOOKED_AT:
            raise NotRendered(f"{len(text):,} characters are too many to look for tokens in")
        ids: list[int] = []
        if add_special_tokens and self.bos_token_id is not None:
            if self.adds_bos is None:
                raise NotRendered("no file says whether the tokenizer begins texts with BOS")
            ids += [self.bos_token_id] if self.adds_bos else []
        at = 0
        here = sorted((one for one in self.added if one and one in text), key=len, reverse=True)
        for found in re.finditer("|".join(map(re.escape, here)) or r"(?!)", text):
            ids += [-1 - ord(character) for character in text[at : found.start()]]
            ids.append(self.added[found[0]])
            at = found.end()
        return ids + [-1 - ord(character) for character in text[at:]]
