"""Writes that another site's page sends with a person's browser are refused (CSRF)."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from screenalytics_app.api.problems import ProblemError
from screenalytics_app.api.security.refusal import refuse

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnOrigin:
    """Lets writes of browsers pass only if a page of this server sends them.

    Browsers say so in `Sec-Fetch-Site`, which no page can change, and older ones in `Origin`. Programs send neither.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in READING and not _is_own(Headers(scope=scope)):
            error = ProblemError(403, "foreign-origin", "A page of another site cannot change anything here.")
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
