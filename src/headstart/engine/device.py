"""Which processor computes, in which precision, and how to keep it deterministic."""

import contextlib
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from headstart.errors import RequestError


@dataclass(frozen=True)
class Device:
    """A place to compute and the precision used there."""

    kind: str
    """cpu, cuda or mps."""
    dtype: torch.dtype
    """bfloat16 where the hardware multiplies it natively, else float32."""
    label: str
    """The processor's name, as the operating system gives it."""

    @property
    def dtype_name(self) -> str:
        """`bfloat16` or `float32`."""
        return str(self.dtype).removeprefix("torch.")

    def autocast(self, weights: torch.dtype) -> contextlib.AbstractContextManager[None]:
        """Compute matrix products in `dtype` where `weights` are kept in a finer one."""
        return torch.autocast(self.kind, self.dtype, enabled=self.dtype != weights)


def pick_device(wanted: str = "auto", precision: str = "auto") -> Device:
    """Choose cuda, then mps, then cpu; `wanted` names one of them outright.

    Raises:
        RequestError: the wanted device is not on this machine, or a name is unknown.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    kind = next(k for k, there in present.items() if there) if wanted == "auto" else wanted
    if not present.get(kind, False):
        raise RequestError(
            f"device {wanted!r} is not available here",
            hint="available: " + ", ".join(k for k, there in present.items() if there),
        )
    if precision not in ("auto", "bfloat16", "float32"):
        raise RequestError(
            f"precision {precision!r} is unknown", hint="use auto, bfloat16 or float32"
        )
    fast = _has_native_bfloat16(kind) if precision == "auto" else precision == "bfloat16"
    return Device(kind, torch.bfloat16 if fast else torch.float32, _label(kind))


def _has_native_bfloat16(kind: str) -> bool:
    if kind == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if kind == "mps":
        return False
    return _cpu_flag("avx512_bf16") or _cpu_flag("amx_bf16") or _cpu_flag(" bf16")


def _cpu_flag(flag: str) -> bool:
    info = Path("/proc/cpuinfo")
    return info.exists() and flag in info.read_text(errors="replace")


def _label(kind: str) -> str:
    if kind == "cuda":
        return torch.cuda.get_device_name()
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else sys.platform


@contextlib.contextmanager
def deterministic() -> Iterator[None]:
    """Make one plan give one set of numbers on one machine, for as long as the block runs."""
    before = torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    # else every new array is written twice; none is read here before it is written
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        memory.fill_uninitialized_memory = filled


def peak_memory_bytes(device: Device) -> int:
    """Peak memory since the process began: the GPU's where one computes, else resident set."""
    if device.kind == "cuda":
        return int(torch.cuda.max_memory_allocated())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
