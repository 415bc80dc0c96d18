"""The login page of a server with a token. Programs send the token instead."""

from html import escape
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from screenalytics_app.api.context import Settings
from screenalytics_app.api.security.access import is_token
from screenalytics_app.api.security.sessions import COOKIE, LASTS_S, new_session
from screenalytics_resources.errors import UnknownError

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Screenalytics: log in</title>
<main>
<h1>Screenalytics</h1>
{problem}
<form method="post" action="/login">
<input type="hidden" name="next" value="{following}">
<p><label>Access token
<input type="password" name="token" autocomplete="current-password" required autofocus></label></p>
<p><button>Log in</button></p>
</form>
</main>
</html>
"""


@router.get("/login")
def login_page(settings: Settings, next: str = "/") -> HTMLResponse:
    """Show the form."""
    _token(settings)
    return _page("", next)


@router.post("/login")
def log_in(settings: Settings, token: Annotated[str, Form()], next: Annotated[str, Form()] = "/") -> Response:
    """Set the cookie, which no script can read and no other site's request carries, and go on."""
    known = _token(settings)
    if not is_token(token, known):
        return _page("<p role=alert>This is not the token.</p>", next, HTTPStatus.FORBIDDEN)
    response = RedirectResponse(_own_path(next), HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE, new_session(known), max_age=LASTS_S, path="/", secure=True, httponly=True, samesite="strict"
    )
    return response


@router.post("/logout")
def log_out(settings: Settings) -> Response:
    """Forget the cookie."""
    _token(settings)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return response


def _token(settings: Settings) -> str:
    if settings.token is None:
        raise UnknownError("This server has no login: it answers to this machine alone, or to a trusted proxy.")
    return settings.token


def _page(problem: str, following: str, status: int = HTTPStatus.OK) -> HTMLResponse:
    content = _PAGE.format(problem=problem, following=escape(_own_path(following), quote=True))
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})


def _own_path(path: str) -> str:
    """Return the path, or `/` if it could lead to another site."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
