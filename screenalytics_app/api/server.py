"""Runs the app with uvicorn."""

import errno
import socket
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from screenalytics_app.api.app import create_app
from screenalytics_app.api.live.hub import Hub
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

SHUTDOWN_S = 5
"""Requests that have not ended this long after a stop are cut off."""


class ApiServer(uvicorn.Server):
    """A server that ends its streams first when it stops. Otherwise it would wait for clients that never leave."""

    def __init__(self, app: FastAPI, **options: object) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="info",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=SHUTDOWN_S,
                **options,  # type: ignore[arg-type]
            )
        )
        self._hub: Hub = app.state.live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server`."""
        self._hub.stop()
        await super().shutdown(sockets)


def serve(store: ArtifactStore, settings: ServerSettings) -> None:
    """Serve until a signal ends the process.

    Raises:
        UserError: the settings would open the server to everybody, or the address cannot be used.
    """
    app = create_app(store, settings)
    with listening(settings.host, settings.port) as listener:
        ApiServer(app).run([listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises `UserError` if that is impossible."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        family = socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise UserError(f"Port {port} is in use: end the program that uses it, or choose another --port.") from None
        raise UserError(f"Cannot listen on {host}, port {port} ({error}): choose another address.") from None
    return listener
