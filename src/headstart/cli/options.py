"""Options that are more than a word: durations, sizes and lists."""

import re

from headstart.errors import RequestError

_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """`90s`, `20m`, `1.5h`, `1h30m` or plain seconds.

    Raises:
        RequestError: none of these.
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh])", text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise RequestError(f"--budget {text!r} is no time", hint="write 90s, 20m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def size_in_bytes(text: str) -> int:
    """`4GiB`, `4GB`, `4G`, `800MiB` or plain bytes; G and GB are powers of ten, GiB of two.

    Raises:
        RequestError: none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", text.strip(), re.IGNORECASE)
    if not match:
        raise RequestError(f"--memory {text!r} is no size", hint="write 4GiB, 4GB or 800MiB")
    number, unit, binary = match.groups()
    power = " kmgt".index(unit.lower() or " ")
    return int(float(number) * (1024 if binary else 1000) ** power)


def listed(texts: list[str]) -> tuple[str, ...]:
    """Repeated options and comma-separated values alike."""
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())
