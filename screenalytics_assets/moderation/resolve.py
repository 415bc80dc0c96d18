"""Finds the tracks that anchors mean, in the same tracking or in another one of the same video."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.moderation.anchors import anchor_boxes, relative_box
from screenalytics_assets.moderation.sharing import tracks_sharing_frames
from screenalytics_assets.moderation.state import Scene
from screenalytics_resources.decisions.records import Anchor, Subject

Corners = tuple[float, float, float, float]
SAME_FACE_IOU = 0.3
"""Intersection over union from which boxes of two trackings at one time are on the same face."""


@dataclass(frozen=True)
class Found:
    """Tracks of a subject, in the order of its anchors, and the fraction (0 to 1) of the anchors that mean a track."""

    tracks: tuple[str, ...]
    fraction: float


class Resolver:
    """Finds the tracks of a scene by anchor."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._first = np.array([track.first_ts for track in scene.tracks], np.float64)
        self._last = np.array([track.last_ts for track in scene.tracks], np.float64)
        self._begin = {
            track.track_id: (track.first_frame, track.last_frame, relative_box(anchor_boxes(track)[0], scene))
            for track in scene.tracks
        }
        self._found: dict[tuple[object, ...], tuple[str, ...]] = {}
        self._subjects: dict[int, tuple[Subject, Found]] = {}

    @cached_property
    def sharing(self) -> dict[str, frozenset[str]]:
        """Tracks that share a frame with others: track -> these others."""
        return tracks_sharing_frames(self._scene)

    def tracks_of(self, anchor: Anchor) -> tuple[str, ...]:
        """Return the tracks that the anchor means, in the order of the scene.

        Without a change that is the track itself. Otherwise it is every track on the same face that shares more than
        half of its own time, or half of the anchor's time, with the anchor.
        """
        if self._is_unchanged(anchor):
            return (anchor.track_id,)
        key = (anchor.first_ts, anchor.last_ts, *((box.ts, box.bbox) for box in anchor.boxes))
        if key not in self._found:
            self._found[key] = self._on_the_same_face(anchor)
        return self._found[key]

    def tracks_in(self, anchors: Iterable[Anchor]) -> tuple[str, ...]:
        """Return the tracks of all anchors, each once, in the order of the anchors."""
        return tuple(dict.fromkeys(track for anchor in anchors for track in self.tracks_of(anchor)))

    def found(self, subject: Subject) -> Found:
        """Return the tracks of a subject. The same object is looked up once."""
        # A log is replayed after every gesture, and its decisions stay the same objects. Hashing them would take longer
        # than looking their tracks up.
        known = self._subjects.get(id(subject))
        if known is None or known[0] is not subject:
            tracks = [self.tracks_of(anchor) for anchor in subject.anchors]
            present = sum(map(bool, tracks)) / len(tracks) if tracks else 0.0
            known = subject, Found(tuple(dict.fromkeys(t for found in tracks for t in found)), present)
            self._subjects[id(subject)] = known
        return known[1]

    def _is_unchanged(self, anchor: Anchor) -> bool:
        same_video = anchor.video_sha256 == self._scene.video_sha256
        return same_video and self._begin.get(anchor.track_id) == (*anchor.frames, anchor.boxes[0].bbox)

    def _on_the_same_face(self, anchor: Anchor) -> tuple[str, ...]:
        frame_s = self._scene.frame_s
        shared = np.minimum(self._last, anchor.last_ts) - np.maximum(self._first, anchor.first_ts) + frame_s
        long_enough = (2 * shared > self._last - self._first + frame_s) | (
            2 * shared > anchor.last_ts - anchor.first_ts + frame_s
        )
        candidates = np.flatnonzero((shared > 0) & long_enough).tolist()
        tracks = [self._scene.tracks[position] for position in candidates]
        return tuple(track.track_id for track in tracks if self._overlap(anchor, track) >= SAME_FACE_IOU)

    def _overlap(self, anchor: Anchor, track: Track) -> float:
        """Return the mean overlap of the boxes at the anchor's times within the track, else at the nearest time."""
        within = [box for box in anchor.boxes if track.first_ts <= box.ts <= track.last_ts]
        boxes = within or [min(anchor.boxes, key=lambda box: _distance(box.ts, track))]
        width, height = self._scene.width, self._scene.height
        overlaps = [
            iou((x1 * width, y1 * height, x2 * width, y2 * height), box_at(track, box.ts))
            for box in boxes
            for x1, y1, x2, y2 in [box.bbox]
        ]
        return sum(overlaps) / len(overlaps)


def _distance(ts: float, track: Track) -> float:
    return max(track.first_ts - ts, ts - track.last_ts, 0.0)


def box_at(track: Track, ts: float) -> Corners:
    """Return the box of the track at a time, in px, interpolated between stored boxes."""
    after = bisect_left(track.boxes, ts, key=lambda box: box.ts)
    end, begin = track.boxes[min(after, len(track.boxes) - 1)], track.boxes[max(after - 1, 0)]
    if end.ts <= begin.ts:
        return end.bbox
    share = min(max((ts - begin.ts) / (end.ts - begin.ts), 0.0), 1.0)
    x1, y1, x2, y2 = (one + share * (other - one) for one, other in zip(begin.bbox, end.bbox, strict=True))
    return x1, y1, x2, y2


def iou(box: Corners, other: Corners) -> float:
    """Return the intersection over union (0 to 1) of two boxes."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box, other))
    return shared / (areas - shared) if areas > shared else 0.0
