"""Limits of how often one client may start something that takes long."""

import math
import re
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from screenalytics_app.api.problems import ProblemError
from screenalytics_app.api.security.access import client_name
from screenalytics_app.api.security.bodies import UPLOADS
from screenalytics_app.api.security.refusal import refuse
from screenalytics_app.api.settings import ServerSettings

RATES: tuple[tuple[str, re.Pattern[str], RateLimitItem], ...] = (
    ("login", re.compile(r"/login"), parse("10/minute")),
    ("jobs", re.compile(r"/jobs/[^/]+"), parse("30/minute")),
    ("uploads", UPLOADS, parse("60/minute")),
)
"""Name, path and rate of the limited requests, which are all POST."""


class RateLimits:
    """Refuses requests that come too often, and says when the next one may come."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app, self._settings = app, settings
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = self._problem(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if error is not None:
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> ProblemError | None:
        client = client_name(scope, self._settings)
        for name, path, rate in RATES:
            if path.fullmatch(scope["path"]) and not self._limiter.hit(rate, name, client):
                wait_s = math.ceil(self._limiter.get_window_stats(rate, name, client).reset_time - time.time())
                return ProblemError(
                    429,
                    "too-often",
                    f"At most {rate.amount} such requests per minute: try again later.",
                    {"Retry-After": str(max(1, wait_s))},
                )
        return None
