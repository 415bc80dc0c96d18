"""The video of an episode, for players."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from screenalytics_app.api.answers import NOT_CHANGED, REVALIDATE
from screenalytics_app.api.byte_ranges import byte_range, read_part
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.etags import not_modified, quoted
from screenalytics_app.api.present.proxy import current_proxy
from screenalytics_app.api.present.stored import stored
from screenalytics_assets.contract.schemas import EPISODE_VIDEO
from screenalytics_assets.episode_video.playable import media_type
from screenalytics_assets.review_proxy.build_proxy import PROXY_FILE
from screenalytics_resources.errors import UnknownError

router = APIRouter(tags=["media"], default_response_class=Response)

_FILE = {"schema": {"type": "string", "format": "binary"}}
_VIDEO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/*": _FILE}, "description": "The complete file"},
    206: {"content": {"video/*": _FILE}, "description": "The part that `Range` asks for"},
    **NOT_CHANGED,
}


@router.get("/episodes/{ep_id}/video", responses=_VIDEO)
def show_video(request: Request, store: Store, ep_id: EpisodeId) -> Response:
    """Return the video, or the part of it that `Range` asks for: the copy for browsers, if there is one."""
    proxy = current_proxy(store, ep_id)
    path = store.frames(ep_id, *PROXY_FILE.split("/")) if proxy else store.video(ep_id)
    entry = next((entry for entry in store.place.entries(path.parent) if entry.name == path.name), None)
    if entry is None:
        raise UnknownError(f"{ep_id} has no video file: `screenalytics run --ep-id {ep_id} --video PATH` stores it.")
    document = stored(store, EPISODE_VIDEO, ep_id)
    etag = quoted(f"{entry.changed_ns:x}-{entry.size:x}")
    headers = {"ETag": etag, "Cache-Control": REVALIDATE, "Accept-Ranges": "bytes"}
    if not_modified(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    kind = "video/mp4" if proxy else media_type(document.content) if document else "application/octet-stream"
    wanted = request.headers.get("range") if request.headers.get("if-range", etag) == etag else None
    part = byte_range(wanted, entry.size)
    start, end = part or (0, entry.size)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{entry.size}"
    return StreamingResponse(read_part(path, start, end), 206 if part else 200, headers, kind)
