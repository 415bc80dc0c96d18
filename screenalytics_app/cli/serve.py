"""The command `serve`: the HTTP API and the review pages."""

from typing import Annotated

import typer

from screenalytics_app.cli.identity_options import Actor
from screenalytics_app.cli.options import open_store


def serve(
    actor: Actor,
    port: Annotated[int, typer.Option(help="Port of the API and the review pages.")] = 3001,
) -> None:
    """Serve the HTTP API and the review pages on this machine."""
    import uvicorn

    from screenalytics_app.api.app import create_app
    from screenalytics_app.api.settings import LOOPBACK, ServerSettings

    settings = ServerSettings(actor=actor, port=port)
    uvicorn.run(create_app(open_store(), settings), host=LOOPBACK, port=port, log_level="info")
