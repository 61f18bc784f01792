"""Options that are more than a word: durations and column maps."""

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


def listed(texts: list[str]) -> tuple[str, ...]:
    """Repeated options and comma-separated values alike."""
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())
