"""`report.json`: the source that every view is drawn from."""

import json
import re
from math import isfinite
from typing import NoReturn

from pydantic import ValidationError

from headstart.domain.report import Report
from headstart.errors import StoreError
from headstart.report.inert import visible

SCHEMA = "headstart.report/1"
_RAW = re.compile("[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def to_json(report: Report) -> str:
    r"""The report as text: sorted keys, two spaces, a line break at the end.

    A figure that is not finite becomes null, which `from_json` refuses where the
    layout asks for a number. Half a surrogate pair (from a file name that is no
    UTF-8) becomes its escape, spelled out. Characters that would steer a terminal
    or turn the reading direction are written as `\u` escapes; other letters stay.
    """
    plain = _writable(report.model_dump(mode="json"))
    text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    # they can only stand inside strings, where an escape means the same
    return _RAW.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"


def from_json(text: str, where: str) -> Report:
    """Read what `to_json` wrote; `where` names the file in errors.

    Raises:
        StoreError: broken, of another layout, or not a report at all.
    """
    try:
        plain = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _broken(where, f"is no JSON: {error}") from error
    found = plain.get("schema") if isinstance(plain, dict) else None
    if found != SCHEMA:
        shown = "no schema" if found is None else f"schema {visible(str(found))!r}"
        raise StoreError(
            f"{where} holds {shown}, not {SCHEMA!r}",
            hint="give the report.json of a headstart run; a report of another version "
            "of headstart needs that version, or a new run",
        )
    try:
        # the tree is checked, not the text: duplicate keys then count once, as above
        return Report.model_validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        raise _broken(where, _first(error)) from error


def _writable(node: object) -> object:
    """The tree with what JSON and UTF-8 cannot hold replaced."""
    if isinstance(node, dict):
        return {_writable(key): _writable(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_writable(value) for value in node]
    if isinstance(node, str):
        return node.encode(errors="backslashreplace").decode()
    return None if isinstance(node, float) and not isfinite(node) else node


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _first(error: ValidationError) -> str:
    """The first fault with its place, and how many there are."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = visible(".".join(str(part) for part in fault["loc"]))
    more = error.error_count() - 1
    return f"is broken at {place}: {fault['msg']}" + (f" (and {more} more faults)" if more else "")


def _broken(where: str, what: str) -> StoreError:
    return StoreError(
        f"{where} {what}",
        hint="the file was cut off or changed by hand; run the same command again, "
        "which draws the report anew from the stored trials",
    )
