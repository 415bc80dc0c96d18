"""Cards and details of tracks."""

from collections.abc import Iterable

from screenalytics_app.actions.moderation.view import View
from screenalytics_app.api.models.common import RelativeBox
from screenalytics_app.api.models.identities import BoxAt, Sprite, TrackCard, TrackDetail
from screenalytics_app.api.present.badges import quality_badge, similarity_badge
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_app.api.present.pictures import SPRITE_SIDE, picture_of, sprite_keys
from screenalytics_assets.contract.identity_records import Member
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.memberships import VOUCHED, Membership
from screenalytics_assets.moderation.state import Scene


def track_cards(episode: Shown, track_ids: Iterable[str]) -> list[TrackCard]:
    """Return the cards of some tracks, in their order. Raises `UnknownError` if the episode lacks one."""
    return [track_card(episode, episode.view.track(track)) for track in track_ids]


def track_card(episode: Shown, track: Track) -> TrackCard:
    """Return the card of a track."""
    view, name, badges = episode.view, track.track_id, episode.badges
    home, fit, rep = view.home.get(name), episode.fits.get(name), episode.reps.get(name)
    embedding, picture = episode.embedding_of.get(name), picture_of(episode, track)
    member = _member(view, name) if home else None
    quality = None if rep is None else rep.quality.score
    path = f"/episodes/{episode.ep_id}/tracks/{name}"
    return TrackCard(
        track_id=name,
        identity_id=home,
        first_ts=track.first_ts,
        last_ts=track.last_ts,
        seconds=round(track.duration_s + view.episode.scene.frame_s, 3),
        frames=track.frame_count,
        faces=0 if embedding is None else embedding.num_faces,
        similarity=None if fit is None else fit.similarity,
        badge=None if fit is None else similarity_badge(fit.similarity, badges.track),
        confidence=None if member is None else member.confidence,
        uncertain=bool(home) and name in view.uncertain,
        evidence=None if member is None else member.evidence,
        outlier_reason=None if fit is None else fit.outlier_reason,
        low_confidence=rep is not None and rep.low_confidence,
        quality=quality,
        quality_badge=None if quality is None else quality_badge(quality, badges.quality),
        dismissed=view.moderated.dismissed.get(name),
        image_url=None if picture is None else f"{path}/image.jpg?v={episode.version_of(picture)}",
        sprite=_sprite(episode, track, path),
    )


def track_detail(episode: Shown, track: Track, player_offset_s: float) -> TrackDetail:
    """Return a track with its boxes."""
    scene = episode.view.episode.scene
    boxes = tuple(BoxAt(ts=box.ts, box=relative_box(box.bbox, scene)) for box in track.boxes)
    return TrackDetail(**dict(track_card(episode, track)), boxes=boxes, player_offset_s=player_offset_s)


def relative_box(bbox: tuple[float, float, float, float], scene: Scene) -> RelativeBox:
    """Return a box in px as fractions of the frame, cut off at its edges."""
    x1, y1, x2, y2 = bbox
    sides = (x1 / scene.width, y1 / scene.height, x2 / scene.width, y2 / scene.height)
    a, b, c, d = (round(min(max(side, 0.0), 1.0), 5) for side in sides)
    return a, b, c, d


def _member(view: View, track_id: str) -> Member | Membership | None:
    """Return the membership of a track: what a person said outranks what the last run found."""
    return VOUCHED if track_id in view.vouched else view.stored_members.get(track_id)


def _sprite(episode: Shown, track: Track, path: str) -> Sprite | None:
    keys = sprite_keys(episode, track)
    url = f"{path}/sprite.jpg?v={episode.version_of(*keys)}"
    return Sprite(url=url, frames=len(keys), side=SPRITE_SIDE) if keys else None
