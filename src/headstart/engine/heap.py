"""Memory that was freed is kept for what comes next.

Every layer frees and asks for arrays of some megabytes. The C library hands each back to the
system and gets new pages, which the system must clear: a tenth of a training step.
"""

import ctypes
import sys

LARGEST = 32 * 2**20
"""Bytes from which an array has pages of its own; the C library takes no more than this."""
KEPT = 2**30
"""Most free bytes kept at the end of the heap."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> bool:
    """Ask the C library to keep what is freed; False where it is not glibc.

    Source: mallopt(3), M_TRIM_THRESHOLD and M_MMAP_THRESHOLD.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, LARGEST) and mallopt(_TRIM_THRESHOLD, KEPT))
