"""Anchors: where each track was, so that a later run with other tracks knows which of them are the same.

A track's id says nothing across runs: a tracker that drops one detection renumbers all that follow. Where and when
a face was on screen stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.identities.constraints import sharing_frames
from screenalytics_assets.identities.track_boxes import box_at, on_one_face
from screenalytics_assets.identity_records import TrackAnchor
from screenalytics_assets.schemas import Track


@dataclass(frozen=True)
class Overlap:
    """Pairs of a previous and a current track on one face: indices (P,) of both, and frames (P,) that they share."""

    previous: NDArray[np.int64]
    current: NDArray[np.int64]
    frames: NDArray[np.int64]


def anchors(tracks: Sequence[Track]) -> tuple[TrackAnchor, ...]:
    """The anchor of each track: its span, and the stored box nearest to its middle."""
    return tuple(_anchor(track) for track in tracks)


def _anchor(track: Track) -> TrackAnchor:
    middle = (track.first_frame + track.last_frame) / 2
    box = min(track.boxes, key=lambda box: abs(box.frame - middle))
    return TrackAnchor(
        track_id=track.track_id,
        first_frame=track.first_frame,
        last_frame=track.last_frame,
        frame=box.frame,
        bbox=box.bbox,
    )


def match_tracks(previous: Sequence[TrackAnchor], current: Sequence[Track]) -> Overlap:
    """Which previous tracks are, wholly or in part, which current ones.

    Their spans share frames, and at the common frame nearest to the anchor's both boxes are on one face.
    """
    first = np.array([a.first_frame for a in previous] + [track.first_frame for track in current], np.int64)
    last = np.array([a.last_frame for a in previous] + [track.last_frame for track in current], np.int64)
    pairs = sharing_frames(first, last)
    pairs = pairs[(pairs[:, 0] < len(previous)) & (pairs[:, 1] >= len(previous))]
    same = np.array([_on_one_face(previous[i], current[j - len(previous)]) for i, j in pairs.tolist()], np.bool_)
    pairs = pairs[same]
    shared = last[pairs].min(axis=1) - first[pairs].max(axis=1) + 1
    return Overlap(pairs[:, 0], pairs[:, 1] - len(previous), shared)


def _on_one_face(anchor: TrackAnchor, track: Track) -> bool:
    frame = min(max(anchor.frame, track.first_frame), track.last_frame)
    return on_one_face(np.array(anchor.bbox, np.float32), box_at(track, frame))
