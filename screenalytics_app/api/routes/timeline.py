"""Who is on screen when, for the timeline page and as files for editors and analysts."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from screenalytics_app.actions.screen_time import episode_screen_time, in_format
from screenalytics_app.api.answers import NOT_CHANGED, REVALIDATE, answer, json_answer
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.models.timeline import Timeline
from screenalytics_app.api.present.episode_view import current_view
from screenalytics_app.api.present.timeline import timeline_body

router = APIRouter(prefix="/episodes/{ep_id}", tags=["timeline"])

Format = Literal["json", "csv", "vtt", "otio", "edl", "parquet", "png", "svg"]
_MEDIA: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "otio": "application/json",
    "edl": "text/plain; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "png": "image/png",
    "svg": "image/svg+xml",
}
_FILES: dict[str, dict[str, object]] = {
    media: {"schema": {} if media == "application/json" else {"type": "string", "format": "binary"}}
    for media in _MEDIA.values()
}


@router.get("/timeline", response_model=Timeline, responses=NOT_CHANGED)
def show_timeline(request: Request, store: Store, ep_id: EpisodeId) -> Response:
    """Return who is on screen when, with all decisions until now."""
    return json_answer(request, timeline_body(episode_screen_time(store, ep_id, current_view(store, ep_id))))


@router.get(
    "/screentime",
    response_class=Response,
    responses={200: {"content": _FILES, "description": "The file"}, **NOT_CHANGED},
)
def download(request: Request, store: Store, ep_id: EpisodeId, format: Format = "json") -> Response:
    """Return the screen time as a file for a spreadsheet, an editor or a player."""
    content = in_format(episode_screen_time(store, ep_id, current_view(store, ep_id)), format)
    response = answer(request, content, _MEDIA[format], REVALIDATE)
    response.headers["Content-Disposition"] = f'attachment; filename="{ep_id}-screen-time.{format}"'
    return response
