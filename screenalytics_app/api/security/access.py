"""Who may use the server: anybody of this machine on loopback, otherwise who has the token or comes by the proxy."""

import hashlib
import hmac
from ipaddress import ip_address
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from screenalytics_app.api.problems import ProblemError
from screenalytics_app.api.security.refusal import refuse
from screenalytics_app.api.security.sessions import COOKIE, is_session
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.errors import UserError

TOKEN_VARIABLE = "SCREENALYTICS_API_TOKEN"  # noqa: S105
MIN_TOKEN = 20
OPEN_PATHS = frozenset({"/login", "/healthz"})


def refuse_open_server(settings: ServerSettings) -> None:
    """Raise `UserError` if others could reach the server without being known, or the token is easy to guess."""
    if settings.token is not None and settings.proxy_header is not None:
        raise UserError(f"{TOKEN_VARIABLE} and --proxy-header exclude each other: leave one of them out.")
    if settings.token is not None and (len(settings.token) < MIN_TOKEN or not settings.token.isascii()):
        raise UserError(
            f"{TOKEN_VARIABLE} must have at least {MIN_TOKEN} ASCII characters: make one with `openssl rand -hex 32`."
        )
    if not _is_loopback(settings.host) and settings.token is None and settings.proxy_header is None:
        raise UserError(
            f"The server would be open to everybody who reaches {settings.host}: set {TOKEN_VARIABLE}, name the header "
            "of a trusted proxy with --proxy-header, or leave --host out."
        )


class Access:
    """Refuses requests without the token, or without the trusted proxy's header."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._is_known(scope):
            await self._app(scope, receive, send)
        elif (
            self._settings.token and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
        ):
            await RedirectResponse(f"/login?next={quote(scope['path'], safe='/')}", 303)(scope, receive, send)
        else:
            await refuse(_unknown(self._settings), scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if self._settings.proxy_header is not None:
            return _peer(scope) in self._settings.proxies and bool(headers.get(self._settings.proxy_header, "").strip())
        if self._settings.token is None:
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return is_token(given.strip(), self._settings.token)
        return is_session(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""), self._settings.token)


def is_token(given: str, token: str) -> bool:
    """Return whether this is the token. Takes as long for any other text."""
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(token.encode()).digest())


def client_name(scope: Scope, settings: ServerSettings) -> str:
    """Return who sends the request: the user that the proxy names, or the address."""
    named = Headers(scope=scope).get(settings.proxy_header, "") if settings.proxy_header else ""
    return named or _peer(scope)


def _unknown(settings: ServerSettings) -> ProblemError:
    if settings.proxy_header is not None:
        return ProblemError(401, "unknown-user", "The request does not come from the trusted proxy with a user's name.")
    return ProblemError(
        401,
        "unknown-user",
        "Send the token as `Authorization: Bearer`, or log in at /login.",
        {"WWW-Authenticate": "Bearer"},
    )


def _peer(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
