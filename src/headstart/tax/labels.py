"""What people wrote beside a reply, as one of the classes; spellings differ from file to file."""

import re

from headstart.domain.refusals import Manner

_NOT = re.compile(r"\b(?:no|non|not|un|without|isn't|is not|did not|didn't)[ -]?(?:a )?refus")
_SAFE = {"safe": True, "unsafe": False, "true": True, "false": False}


def manner_of(label: object) -> Manner | None:
    """The class a label names, or None where it names none.

    `2_full_refusal`, `Partial refusal`, `refused`, `complied`, and true for refused all count.
    Bare numbers name nothing: they mean different classes in different files.
    """
    if isinstance(label, bool):
        return Manner.REFUSAL if label else Manner.COMPLIANCE
    if not isinstance(label, str):
        return None
    text = re.sub(r"[\s_\d]+", " ", label).strip().lower()
    if text in ("true", "false"):
        return Manner.REFUSAL if text == "true" else Manner.COMPLIANCE
    if "partial" in text:
        return Manner.PARTIAL
    if "compl" in text or "answer" in text or _NOT.search(text):
        return Manner.COMPLIANCE
    return Manner.REFUSAL if "refus" in text or "declin" in text else None


def safety_of(cell: object) -> bool | None:
    """Whether a cell calls its prompt safe: true, false, `safe`, `unsafe`; None for all else."""
    if isinstance(cell, bool):
        return cell
    return _SAFE.get(cell.strip().lower()) if isinstance(cell, str) else None
