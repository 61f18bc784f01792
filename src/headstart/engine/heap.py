"""Memory that was freed is kept for what comes next.

Every layer frees and asks for arrays of some megabytes, and a head of 262,000 tokens for more
than fifty. The C library hands each back to the system and gets new pages, which the system must
clear: a tenth of a training step.
"""

import ctypes
import sys

KEPT = 2**30
"""Most free bytes kept at the end of the heap."""
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4


def keep_freed_memory() -> bool:
    """Ask the C library to keep what is freed; False where it is not glibc.

    Source: mallopt(3), M_TRIM_THRESHOLD and M_MMAP_MAX (no array has pages of its own).
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, KEPT))
