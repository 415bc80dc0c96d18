"""The command `serve`: the HTTP API and the review pages."""

import os
from typing import Annotated

import typer

from screenalytics_app.cli.identity_options import Actor
from screenalytics_app.cli.options import open_store

Port = Annotated[int, typer.Option(help="Port of the API and the review pages.")]


def serve(
    actor: Actor,
    port: Port = 3001,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Another than loopback needs a token or a trusted proxy.")
    ] = "127.0.0.1",
    host_name: Annotated[
        list[str] | None, typer.Option(help="Name by which browsers reach the server; can be repeated.")
    ] = None,
    proxy_header: Annotated[
        str | None, typer.Option(help="Header in which a trusted proxy names the user, such as X-Forwarded-User.")
    ] = None,
    proxy: Annotated[
        list[str] | None, typer.Option(help="Address of that proxy; can be repeated. Loopback if omitted.")
    ] = None,
    dagster_url: Annotated[
        str | None, typer.Option(help="Dagster's web server. SCREENALYTICS_UI_URL or port 3000 if omitted.")
    ] = None,
) -> None:
    """Serve the HTTP API and the review pages, by default on this machine alone.

    With SCREENALYTICS_API_TOKEN in the environment, every request needs that token or a login with it.
    """
    from screenalytics_app.api.security.access import TOKEN_VARIABLE
    from screenalytics_app.api.server import serve as serve_app
    from screenalytics_app.api.settings import ServerSettings
    from screenalytics_resources.ui_address import ui_address

    settings = ServerSettings(
        actor=actor,
        host=host,
        port=port,
        dagster_url=(dagster_url or ui_address()).rstrip("/"),
        token=os.environ.get(TOKEN_VARIABLE) or None,
        proxy_header=proxy_header,
        proxies=tuple(proxy) if proxy else ServerSettings.proxies,
        host_names=(host, *(host_name or ())),
    )
    serve_app(open_store(), settings)
