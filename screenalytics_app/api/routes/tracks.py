"""The tracks of an episode, their frames, and who is on screen at a time."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from screenalytics_app.actions.moderation.on_screen import faces_at
from screenalytics_app.api.answers import NOT_CHANGED, json_answer
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.cursors import Cursor, page_of
from screenalytics_app.api.models.common import Page
from screenalytics_app.api.models.history import TrackMap
from screenalytics_app.api.models.identities import FaceOnScreen, TrackCard, TrackDetail, TrackFrames
from screenalytics_app.api.present.episode_view import Shown, current_view, shown
from screenalytics_app.api.present.stored import stored
from screenalytics_app.api.present.track_frames import Order, track_frames
from screenalytics_app.api.present.track_map import map_of
from screenalytics_app.api.present.tracks import relative_box, track_card, track_detail
from screenalytics_assets.contract.schemas import EPISODE_VIDEO

router = APIRouter(tags=["tracks"])

TrackId = Annotated[str, Path(max_length=100, examples=["track-00001"])]
State = Literal["all", "unassigned", "dismissed"]


@router.get("/episodes/{ep_id}/tracks", response_model=Page[TrackCard], responses=NOT_CHANGED)
def list_tracks(
    request: Request,
    store: Store,
    ep_id: EpisodeId,
    state: State = "all",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Return the tracks in order of their ids: all of them, those in no identity, or the dismissed ones."""
    episode = shown(store, current_view(store, ep_id))
    page = page_of(_tracks(episode, state), lambda track: (track,), cursor, limit)
    cards = tuple(track_card(episode, episode.view.track(track)) for track in page.items)
    return json_answer(request, Page[TrackCard](items=cards, next=page.next))


@router.get("/episodes/{ep_id}/tracks/{track_id}", response_model=TrackDetail, responses=NOT_CHANGED)
def show_track(request: Request, store: Store, ep_id: EpisodeId, track_id: TrackId) -> Response:
    """Return a track with its boxes."""
    episode = shown(store, current_view(store, ep_id))
    track, video = episode.view.track(track_id), stored(store, EPISODE_VIDEO, ep_id)
    return json_answer(request, track_detail(episode, track, video.content.player_offset_s if video else 0.0))


@router.get("/episodes/{ep_id}/tracks/{track_id}/frames", response_model=TrackFrames, responses=NOT_CHANGED)
def list_frames(
    request: Request,
    store: Store,
    ep_id: EpisodeId,
    track_id: TrackId,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=500)] = 50,
    order: Order = "time",
) -> Response:
    """Return a page of the stored frames of a track. A page after the last one is empty."""
    episode = shown(store, current_view(store, ep_id))
    return json_answer(request, track_frames(store, episode, episode.view.track(track_id), page, page_size, order))


@router.get("/episodes/{ep_id}/on-screen")
def show_screen(
    store: Store,
    ep_id: EpisodeId,
    ts: Annotated[float, Query(ge=0, le=1e6, allow_inf_nan=False, description="seconds from the start of the picture")],
) -> tuple[FaceOnScreen, ...]:
    """Return the faces on screen at a time, left to right, without dismissed ones."""
    view = current_view(store, ep_id)
    return tuple(
        FaceOnScreen(
            track_id=face.track_id,
            identity_id=face.identity_id,
            box=relative_box(face.bbox, view.episode.scene),
        )
        for face in faces_at(view, ts)
    )


@router.get("/episodes/{ep_id}/map", response_model=TrackMap, responses=NOT_CHANGED)
def show_map(request: Request, store: Store, ep_id: EpisodeId) -> Response:
    """Return the tracks in two dimensions, where those that look alike are near each other."""
    return json_answer(request, map_of(shown(store, current_view(store, ep_id))))


def _tracks(episode: Shown, state: State) -> list[str]:
    match state:
        case "unassigned":
            return list(episode.view.moderated.unassigned)
        case "dismissed":
            return list(episode.view.moderated.dismissed)
        case "all":
            return [track.track_id for track in episode.view.episode.scene.tracks]
