"""Answers with entity tags: a body as JSON, or a picture."""

from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from screenalytics_app.api.etags import etag_of, not_modified

REVALIDATE = "private, no-cache"
"""For what can change: the browser asks whether it has."""
IMMUTABLE = "private, max-age=31536000, immutable"
"""For addresses that name one version of a picture. Faces stay out of shared caches."""

NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Not changed since the entity tag in the request"}}
"""For the description of an endpoint."""


def json_answer(request: Request, body: BaseModel) -> Response:
    """Return the body, or 304 if the client has it."""
    return answer(request, body.model_dump_json().encode(), "application/json")


def answer(request: Request, content: bytes, media_type: str, cache: str = REVALIDATE) -> Response:
    """Return the content with its entity tag, or 304 if the client has it."""
    etag = etag_of(content)
    headers = {"ETag": etag, "Cache-Control": cache}
    if not_modified(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
