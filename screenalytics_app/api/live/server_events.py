"""The wire format of server-sent events."""

from collections.abc import AsyncIterator, Mapping

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import BaseModel

KEEPALIVE = KEEPALIVE_COMMENT
KEEPALIVE_S = 15.0
"""A comment is sent after this many seconds without an event, so that proxies keep the connection."""
RECONNECT_MS = 2000
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def wants_events(request: Request) -> bool:
    """Return whether the client asks for server-sent events instead of JSON."""
    return "text/event-stream" in request.headers.get("accept", "")


def event_stream(blocks: AsyncIterator[bytes], headers: Mapping[str, str] | None = None) -> EventSourceResponse:
    """Return the response that sends these blocks."""
    return EventSourceResponse(blocks, headers={**_HEADERS, **(headers or {})})


def event(body: BaseModel, event_id: str | None = None) -> bytes:
    """Return an event. `event_id` is what the client sends as `Last-Event-ID` after a broken connection."""
    return format_sse_event(data_str=body.model_dump_json(exclude_none=True), id=event_id)


def opening() -> bytes:
    """Return the start of a stream: how soon to connect again."""
    return format_sse_event(retry=RECONNECT_MS)


def moment_id(event_id: str) -> bytes:
    """Return an id without an event, so that a client knows from when on it listens."""
    return format_sse_event(id=event_id)
