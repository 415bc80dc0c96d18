"""Anchors of tracks: when and where a face is on screen, by which any later tracking of the video finds it again."""

from collections.abc import Sequence

from screenalytics_assets.contract.schemas import EpisodeVideo, Track, TrackBox, Tracks
from screenalytics_assets.moderation.state import Scene
from screenalytics_resources.decisions.records import MAX_ANCHORS, Anchor, AnchorBox, RelativeBox

DECIMALS = 5
"""Of relative boxes: a hundredth of a pixel in a frame of 1,000 px."""


def scene_of(tracks: Tracks, video: EpisodeVideo) -> Scene:
    """Return the scene of an episode's artifacts."""
    return Scene(tracks.rows, video.sha256, video.width, video.height, 1 / tracks.metrics.source_fps)


def anchor_of(track: Track, scene: Scene) -> Anchor:
    """Return the anchor of a track: its span, and its first, middle and last stored box."""
    return Anchor(
        first_ts=track.first_ts,
        last_ts=track.last_ts,
        boxes=tuple(AnchorBox(ts=box.ts, bbox=relative_box(box, scene)) for box in anchor_boxes(track)),
        video_sha256=scene.video_sha256,
        track_id=track.track_id,
        frames=(track.first_frame, track.last_frame),
    )


def identity_anchors(track_ids: Sequence[str], scene: Scene) -> tuple[Anchor, ...]:
    """Return the anchors of the identity's longest tracks, at most `MAX_ANCHORS`, in order of time."""
    chosen = set(track_ids)
    tracks = [track for track in scene.tracks if track.track_id in chosen]
    longest = sorted(tracks, key=lambda track: (-track.duration_s, track.first_ts, track.track_id))[:MAX_ANCHORS]
    return tuple(anchor_of(track, scene) for track in sorted(longest, key=lambda t: (t.first_ts, t.track_id)))


def track_anchors(track_ids: Sequence[str], scene: Scene) -> tuple[Anchor, ...]:
    """Return the anchors of all these tracks, in the order of the scene."""
    chosen = set(track_ids)
    return tuple(anchor_of(track, scene) for track in scene.tracks if track.track_id in chosen)


def anchor_boxes(track: Track) -> list[TrackBox]:
    """Return the first, middle and last stored box of the track, without repetitions."""
    positions = sorted({0, len(track.boxes) // 2, len(track.boxes) - 1})
    return [track.boxes[position] for position in positions]


def relative_box(box: TrackBox, scene: Scene) -> RelativeBox:
    """Return the corners of a box as fractions of the frame."""
    x1, y1, x2, y2 = box.bbox
    return (
        round(x1 / scene.width, DECIMALS),
        round(y1 / scene.height, DECIMALS),
        round(x2 / scene.width, DECIMALS),
        round(y2 / scene.height, DECIMALS),
    )
