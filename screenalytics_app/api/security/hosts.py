"""Names under which a browser may reach the server."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from screenalytics_app.api.problems import ProblemError
from screenalytics_app.api.security.refusal import refuse

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class AllowedHosts:
    """Refuses requests whose `Host` is another name.

    Otherwise any web page could let its own name lead to this machine, and would count as the same site (DNS
    rebinding). Ports are not compared: a name that leads here through a tunnel has another port and is still ours.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app, self._names = app, LOOPBACK_NAMES | {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and host_name(Headers(scope=scope).get("host", "")) not in self._names:
            error = ProblemError(
                421,
                "foreign-host",
                "This server does not answer to the name in Host: use localhost, or start the server with --host-name "
                "NAME.",
            )
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)


def host_name(host: str) -> str | None:
    """Return the name in a `Host` header in lower case, without the port; None for an invalid one."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for an invalid one
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None
