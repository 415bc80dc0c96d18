"""Pictures of identities and tracks.

An address with `?v=` names one version of a picture, so a browser never asks again while it is in the cache.
"""

import re
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from screenalytics_app.api.answers import IMMUTABLE, NOT_CHANGED, REVALIDATE, answer
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.present.episode_view import Shown, current_view, shown
from screenalytics_app.api.present.pictures import draw_sprite, picture_of, sprite_keys, thumbnail_key
from screenalytics_app.api.routes.identities import IdentityId
from screenalytics_app.api.routes.tracks import TrackId
from screenalytics_assets.contract.crops import CROP_KEY, read_crop
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.thumbnails import THUMBNAIL, thumbnail
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnknownError

router = APIRouter(tags=["media"], default_response_class=Response)

Version = Annotated[str | None, Query(alias="v", max_length=100, description="version of the picture")]
_IDENTITY_ID = re.compile(r"identity-\d{5,}", re.ASCII)
_JPEG = "image/jpeg"
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {_JPEG: {"schema": {"type": "string", "format": "binary"}}}, "description": "A JPEG picture"},
    **NOT_CHANGED,
}


@router.get("/episodes/{ep_id}/identities/{identity_id}/thumb.jpg", responses=_PICTURE)
def show_thumbnail(
    request: Request, store: Store, ep_id: EpisodeId, identity_id: IdentityId, version: Version = None
) -> Response:
    """Return the thumbnail of an identity. Without a version it is the stored one, which needs no other artifact."""
    if version is None:
        return _picture(request, _stored_thumbnail(store, ep_id, identity_id), f"thumbnail of {identity_id}")
    episode = shown(store, current_view(store, ep_id))
    key = thumbnail_key(episode, episode.view.identity(identity_id))
    image = None if key is None else read_crop(store, ep_id, key)
    if key is None or image is None:
        raise _missing(f"thumbnail of {identity_id}")
    side = resolve_for_episode(TrackRepsSettings, store, ep_id).values.thumb_px
    return _picture(request, thumbnail(image, side), identity_id, version == episode.version_of(key))


@router.get("/episodes/{ep_id}/tracks/{track_id}/image.jpg", responses=_PICTURE)
def show_track_image(
    request: Request, store: Store, ep_id: EpisodeId, track_id: TrackId, version: Version = None
) -> Response:
    """Return the picture of the representative face of a track."""
    episode, track = _track(store, ep_id, track_id)
    return _crop(request, store, episode, picture_of(episode, track), track_id, version)


@router.get("/episodes/{ep_id}/tracks/{track_id}/frames/{frame_idx}/crop.jpg", responses=_PICTURE)
def show_crop(
    request: Request,
    store: Store,
    ep_id: EpisodeId,
    track_id: TrackId,
    frame_idx: Annotated[int, Path(ge=0, le=10**9)],
    version: Version = None,
) -> Response:
    """Return the stored picture of one frame of a track."""
    episode, track = _track(store, ep_id, track_id)
    key = next((crop.crop_key for crop in track.crops if crop.frame == frame_idx), None)
    return _crop(request, store, episode, key, f"frame {frame_idx} of {track_id}", version)


@router.get("/episodes/{ep_id}/tracks/{track_id}/sprite.jpg", responses=_PICTURE)
def show_sprite(
    request: Request, store: Store, ep_id: EpisodeId, track_id: TrackId, version: Version = None
) -> Response:
    """Return the stored pictures of a track side by side."""
    episode, track = _track(store, ep_id, track_id)
    keys = sprite_keys(episode, track)
    content = draw_sprite(keys, partial(read_crop, store, ep_id))
    return _picture(request, content, track_id, version == episode.version_of(*keys))


def _track(store: ArtifactStore, ep_id: str, track_id: str) -> tuple[Shown, Track]:
    episode = shown(store, current_view(store, ep_id))
    return episode, episode.view.track(track_id)


def _crop(
    request: Request, store: ArtifactStore, episode: Shown, key: str | None, name: str, version: str | None
) -> Response:
    if key is None or not CROP_KEY.fullmatch(key):
        raise _missing(name)
    (content,) = store.place.read_all([store.frames(episode.ep_id, *key.split("/"))])
    return _picture(request, content, name, version == episode.version_of(key))


def _stored_thumbnail(store: ArtifactStore, ep_id: str, identity_id: str) -> bytes | None:
    if not _IDENTITY_ID.fullmatch(identity_id):
        raise _missing(f"thumbnail of {identity_id}")
    (content,) = store.place.read_all([store.frames(ep_id, "thumbs", identity_id, THUMBNAIL)])
    return content


def _picture(request: Request, content: bytes | None, name: str, is_version: bool = False) -> Response:
    """Return a picture. If the address does not name this version, the browser asks again every time."""
    if not content:
        raise _missing(name)
    return answer(request, content, _JPEG, IMMUTABLE if is_version else REVALIDATE)


def _missing(name: str) -> UnknownError:
    return UnknownError(f"There is no stored picture of {name}: a person may have had it removed.")
