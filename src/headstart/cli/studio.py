"""`headstart studio`: the same, drawn, in a browser."""

from typing import Annotated

import typer

from headstart.errors import RequestError


def studio(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than 127.0.0.1 demand a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8421,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Look at models, compare them and watch trials in a local web application."""
    from headstart.studio.serve import serve

    if not host.strip():
        raise RequestError("--host is empty", hint="leave it out for this machine alone")
    serve(host, port, opens=opens)
