"""Forms and JSON bodies, read with a limit."""

from collections.abc import Collection, Mapping
from typing import TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from headstart.errors import RequestError

MOST_BYTES = 1 << 20
"""Of a form or a JSON body."""
V = TypeVar("V", bound=BaseModel)


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The whole body.

    Raises:
        RequestError: it has more than `most` bytes.
    """
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            raise RequestError(
                f"the request is larger than {most:,} bytes",
                hint="give a large file by its path, as on the command line",
            )
    return bytes(found)


async def read_form(request: Request) -> dict[str, str]:
    """Fields of an HTML form, each once; the last counts.

    Raises:
        RequestError: it is too large.
    """
    text = (await read_body(request)).decode("utf-8", "replace")
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=200)
    return {name: values[-1] for name, values in fields.items()}


async def read_json(request: Request, kind: type[V]) -> V:
    """A JSON body as a value.

    Raises:
        RequestError: it is too large, or no such value.
    """
    try:
        return kind.model_validate_json(await read_body(request))
    except ValidationError as error:
        raise bad_fields(error) from error


def filled(kind: type[V], given: Mapping[str, str], *, optional: Collection[str] = ()) -> V:
    """A form as a value; unknown fields are left out, and an emptied one means its default.

    Args:
        kind: the form's fields.
        given: what was sent.
        optional: fields that may be emptied.

    Raises:
        RequestError: a field's text is none of its values.
    """
    fields = {name: text for name, text in given.items() if name in kind.model_fields}
    kept = {name: text for name, text in fields.items() if text.strip() or name in optional}
    try:
        return kind.model_validate(kept)
    except ValidationError as error:
        raise bad_fields(error) from error


def bad_fields(error: ValidationError) -> RequestError:
    """The first fault of a request, in words."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "the request"
    return RequestError(f"{where}: {first['msg']}", hint="check the form's fields")
