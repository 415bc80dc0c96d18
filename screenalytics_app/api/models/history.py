"""The history of an episode: one entry per gesture."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_app.api.models.common import Model


class HistoryEntry(Model):
    """One gesture."""

    gesture_id: str
    seq: int = Field(ge=1)
    at: datetime
    actor: str
    kinds: tuple[str, ...]
    about: tuple[str, ...] = Field(description="identities and tracks, by the ids of that time")
    status: Literal["applied", "partial", "lost", "overruled", "undone"]
    reason: str
    summary: str


class MapPoint(Model):
    """A track in two dimensions: near points look alike."""

    track_id: str
    identity_id: str | None
    x: float
    y: float


class TrackMap(Model):
    """Track embeddings in two dimensions, by t-SNE. Distances between far points mean nothing."""

    ep_id: str
    points: tuple[MapPoint, ...]


class Event(Model):
    """Something changed. It comes as a server-sent event; `id` continues after a broken connection."""

    kind: Literal["decisions", "job", "artifacts"]
    ep_id: str | None = None
    last_seq: int | None = None
    job_id: str | None = None
    state: str | None = None
    asset: str | None = None
