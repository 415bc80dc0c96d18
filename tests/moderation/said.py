"""Decisions about tracks, as a log has them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from screenalytics_assets.contract.schemas import EpisodeVideo, Tracks
from screenalytics_assets.moderation.anchors import anchor_of, scene_of
from screenalytics_resources.decisions.records import Decision, Kind, Reason, Subject, Value, uuid7
from tests.tiny_episode import NOW


def said(
    seq: int,
    kind: Kind,
    tracks: Tracks,
    video: EpisodeVideo,
    numbers: Sequence[int] = (),
    ts: float | None = None,
    reason: Reason | None = None,
    undone: UUID | None = None,
) -> Decision:
    """Make decision `seq` about the tracks with these numbers."""
    scene = scene_of(tracks, video)
    names = {f"track-{number:05d}" for number in numbers}
    anchors = tuple(anchor_of(track, scene) for track in tracks.rows if track.track_id in names)
    return Decision(
        decision_id=uuid7(),
        ep_id=tracks.ep_id,
        seq=seq,
        gesture_id=uuid7(),
        kind=kind,
        actor="ann",
        at=NOW + timedelta(seconds=seq),
        subjects=(Subject(anchors=anchors),) if anchors else (),
        value=Value(ts=ts, reason=reason, gesture_id=undone),
    )
