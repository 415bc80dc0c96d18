"""Streams of what changes: decisions, artifacts and jobs."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from screenalytics_app.api.context import EpisodeId, Live
from screenalytics_app.api.live.change_stream import change_stream
from screenalytics_app.api.live.server_events import event_stream

router = APIRouter(tags=["events"])

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=200, description="id of the last event that the client has"),
]
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events; `data` is an `Event` in JSON.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/events", response_class=Response, responses=EVENTS)
async def all_events(live: Live, last_event_id: LastEventId = None) -> Response:
    """Tell what changes in any episode. Begins with the last decisions of each, and with the jobs that are not over.

    With `Last-Event-ID`, it begins with what has changed since. An event may come twice, and none is left out.
    """
    return event_stream(change_stream(live.library(None), last_event_id))


@router.get("/episodes/{ep_id}/events", response_class=Response, responses=EVENTS)
async def episode_events(ep_id: EpisodeId, live: Live, last_event_id: LastEventId = None) -> Response:
    """Tell what changes in one episode; see `/events`."""
    return event_stream(change_stream(live.library(ep_id), last_event_id))
