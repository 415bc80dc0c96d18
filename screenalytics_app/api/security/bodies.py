"""Limits of what a request may send."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from screenalytics_app.api.problems import ProblemError
from screenalytics_app.api.security.refusal import refuse

JSON_BYTES = 1_000_000
UPLOAD_BYTES = 200_000_000
"""As large as a photo may be that `facebank add` accepts."""
UPLOADS = re.compile(r"/cast/[^/]+/seeds/upload")


class BodyLimit:
    """Refuses bodies that are too large, before they are read, and bodies of unknown length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = _problem(scope) if scope["type"] == "http" else None
        if error is not None:
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)


def _problem(scope: Scope) -> ProblemError | None:
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers:
        return ProblemError(411, "length-required", "The body has no length: send it with Content-Length.")
    length = headers.get("content-length", "0")
    limit = UPLOAD_BYTES if UPLOADS.fullmatch(scope["path"]) else JSON_BYTES
    if length.isascii() and length.isdigit() and int(length[:20]) <= limit:
        return None  # the server reads no more bytes than that
    return ProblemError(
        413,
        "too-large",
        f"The body has {length[:20]} bytes, and the limit is {limit}: send less.",
        {"Connection": "close"},
    )
