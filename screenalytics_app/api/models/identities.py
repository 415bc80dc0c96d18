"""Identities and their tracks, as people see them: the last result with all decisions laid over it."""

from typing import Literal

from pydantic import Field

from screenalytics_app.api.models.common import Badge, Fraction, Id, Model, PersonRef, RelativeBox, Seconds, Suggestion

Dismissal = Literal["not_a_face", "ignore", "deleted"]


class IdentityCard(Model):
    """An identity without its tracks."""

    identity_id: Id
    etag: str = Field(description="version: send it as If-Match, or in `expect`")
    label: str | None
    person: PersonRef | None
    named_by: Literal["person", "machine"] | None
    suggestion: Suggestion | None = Field(description="whom the machine suggests for an unnamed identity")
    locked: bool
    reviewed: bool
    tracks: int = Field(ge=0)
    faces: int = Field(ge=0)
    seconds: Seconds = Field(description="on screen")
    uncertain_seconds: Seconds
    uncertain_tracks: int = Field(ge=0)
    first_ts: Seconds
    last_ts: Seconds
    cohesion: float = Field(ge=-1, le=1)
    min_identity_sim: float = Field(ge=-1, le=1)
    low_cohesion: bool
    outlier_reason: str | None
    badge: Badge = Field(description="of the cohesion")
    thumb_url: str | None = Field(description="changes with the picture; null without a stored picture")


class Sprite(Model):
    """The stored pictures of a track in one file, side by side."""

    url: str
    frames: int = Field(ge=1)
    side: int = Field(ge=1, description="px; width and height of each picture")


class TrackCard(Model):
    """A track without its frames."""

    track_id: Id
    identity_id: Id | None
    first_ts: Seconds
    last_ts: Seconds
    seconds: Seconds
    frames: int = Field(ge=1, description="detections")
    faces: int = Field(ge=0, description="accepted faces")
    similarity: float | None = Field(ge=-1, le=1, description="to the centroid of its identity")
    badge: Badge | None = Field(description="of the similarity")
    confidence: Fraction | None = Field(description="probability of this identity")
    uncertain: bool
    evidence: str | None = Field(description="why it is in its identity, such as `face 0.41 (weak), clothes 0.90`")
    outlier_reason: str | None = Field(description="why it does not fit its identity")
    low_confidence: bool = Field(description="whether its representative face is doubtful")
    quality: Fraction | None = Field(description="of its best frame")
    quality_badge: Badge | None
    dismissed: Dismissal | None
    image_url: str | None = Field(description="its representative face; null without a stored picture")
    sprite: Sprite | None


class IdentityDetail(IdentityCard):
    """An identity with its tracks. What fits least comes first, and tracks that are alike stay together."""

    members: tuple[TrackCard, ...]
    not_people: tuple[PersonRef, ...] = Field(description="people whom it does not show, said by a person")


class BoxAt(Model):
    """Where a face is at a time."""

    ts: Seconds
    box: RelativeBox


class TrackDetail(TrackCard):
    """A track with its boxes, for a player to draw. `player_offset_s` is to be added to get a player's time."""

    boxes: tuple[BoxAt, ...]
    player_offset_s: Seconds


class FrameQuality(Model):
    """Quality of one frame, as the episode's artifacts have it."""

    det_score: Fraction
    crop_std: float = Field(ge=0, description="grey levels")
    box_area: float = Field(ge=0, description="square pixels")
    score: Fraction


class FrameItem(Model):
    """One stored frame of a track."""

    track_id: Id
    frame_idx: int = Field(ge=0)
    ts: Seconds
    media_url: str
    similarity: float | None = Field(ge=-1, le=1, description="to the track's embedding; null for a rejected face")
    similarity_badge: Badge | None
    quality: FrameQuality
    quality_badge: Badge
    rejection_reason: str | None
    box: RelativeBox


class TrackFrames(Model):
    """A page of the frames of a track. `best_frame_idx` is the best of the whole track, not only of this page."""

    items: tuple[FrameItem, ...]
    best_frame_idx: int | None
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


class FaceOnScreen(Model):
    """A face on screen at a time."""

    track_id: Id
    identity_id: Id | None
    box: RelativeBox
