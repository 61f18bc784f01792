"""Freed memory is kept for what comes next."""

import platform
import resource

import pytest
import torch

from headstart.engine.heap import keep_freed_memory

needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc only")


@needs_glibc
@pytest.mark.parametrize("mebibytes", [4, 48])
def test_large_arrays_find_their_pages_again(mebibytes: int) -> None:
    def touch() -> None:
        several = [torch.ones(mebibytes * 2**20, dtype=torch.uint8) for _ in range(4)]
        assert all(int(x[-1]) == 1 for x in several)

    assert keep_freed_memory()
    touch()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        touch()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    # new pages for each would be 20 * 4 * 256 a mebibyte
    assert faults < 20 * 4 * 256 * mebibytes / 4
