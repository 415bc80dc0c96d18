"""Problem documents (RFC 9457): the one place where errors become answers of the HTTP API."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from screenalytics_app.actions.errors import user_error
from screenalytics_app.actions.moderation.errors import (
    ConflictError,
    GoneError,
    KeyReusedError,
    LaterDecisionsError,
    NameConflictError,
    StaleError,
)
from screenalytics_app.api.models.common import Problem
from screenalytics_app.api.security.headers import SECURITY_HEADERS
from screenalytics_resources.errors import HeldLockError, TakenError, UnavailableError, UnknownError, UserError

MEDIA_TYPE = "application/problem+json"

_STATUS_OF: tuple[tuple[type[UserError], int, str, str], ...] = (
    (GoneError, 410, "gone", "Became part of another identity"),
    (UnknownError, 404, "unknown", "Not found"),
    (StaleError, 412, "stale", "Changed since you saw it"),
    (NameConflictError, 409, "two-names", "People gave different names"),
    (LaterDecisionsError, 409, "later-decisions", "Other people decided since"),
    (ConflictError, 409, "conflict", "Contradicts what is known"),
    (TakenError, 409, "taken", "Exists already, or is in use"),
    (HeldLockError, 409, "busy", "Another process works on it"),
    (UnavailableError, 503, "unavailable", "A service does not answer"),
    (KeyReusedError, 422, "key-reused", "Idempotency key of another request"),
    (UserError, 422, "invalid", "Invalid request"),
)
"""Class, status, last part of the type, and title. The first that fits applies."""


class ProblemError(UserError):
    """An error of HTTP itself, such as a missing precondition. `more` are further members of the document."""

    def __init__(
        self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.headers, self.more = status, kind, dict(headers or {}), more


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem document."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    app.add_exception_handler(UserError, _refused)


def problem_response(error: UserError) -> JSONResponse:
    """Return the answer to a request that is refused with this error."""
    if isinstance(error, ProblemError):
        return _answer(error.status, error.kind, HTTPStatus(error.status).phrase, str(error), error.more, error.headers)
    status, kind, title = next(
        (status, kind, title) for known, status, kind, title in _STATUS_OF if isinstance(error, known)
    )
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return _answer(status, kind, title, str(error), _members(error), headers)


def _members(error: UserError) -> dict[str, Any]:
    match error:
        case GoneError():
            return {"successor": error.successor}
        case NameConflictError():
            return {"people": list(error.people)}
        case ConflictError(needs_confirm=True):
            return {"confirm": True}
        case LaterDecisionsError():
            return {"decisions": [{"seq": d.seq, "kind": d.kind, "actor": d.actor} for d in error.decisions]}
        case StaleError():
            return {"present": {identity.identity_id: identity.version for identity in error.present}}
    return {}


def _answer(
    status: int,
    kind: str,
    title: str,
    detail: str,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(type=f"/problems/{kind}", title=title, status=status, detail=detail, **(more or {}))
    content = problem.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(content, status, dict(headers or {}), MEDIA_TYPE)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return problem_response(cast(UserError, error))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    error = cast(RequestValidationError, error)
    errors = [{"pointer": _pointer(found["loc"]), "detail": str(found["msg"])} for found in error.errors()]
    detail = f"The request is invalid: {errors[0]['pointer']}: {errors[0]['detail']}." if errors else "Invalid request."
    return _answer(422, "invalid", "Invalid request", detail, {"errors": errors})


def _pointer(location: tuple[Any, ...]) -> str:
    """Return a JSON pointer (RFC 6901) for a place in the body, or the name of a parameter."""
    place, *rest = location
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in rest]
    return "/" + "/".join(parts) if place == "body" else ".".join(map(str, rest)) or str(place)


async def _http(request: Request, error: Exception) -> JSONResponse:
    error = cast(HTTPException, error)
    phrase, headers = HTTPStatus(error.status_code).phrase, dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
        detail = f"{request.method} is not possible here: use {headers['Allow']}."
    return _answer(error.status_code, "http", phrase, detail, headers=headers)


def _methods(request: Request) -> list[str]:
    """Return the methods of all routes with the path of the request. Starlette's own header has those of one route."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    """Answer without traceback or path. Starlette raises the error again afterwards, and the server logs it."""
    known = user_error(error)
    if known is not None:
        return problem_response(known)
    detail = "The server failed unexpectedly. Its log says why; please report it."
    headers = SECURITY_HEADERS  # this answer bypasses the middlewares
    return _answer(500, "internal", "Internal server error", detail, headers=headers)
