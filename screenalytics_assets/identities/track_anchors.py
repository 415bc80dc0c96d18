"""Anchors: where each track was, so that a later run with other tracks knows which of them are the same.

A track's id says nothing across runs: a tracker that drops one detection renumbers all that follow. Where and when
a face was on screen stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import sharing_frames
from screenalytics_assets.contract.identity_records import TrackAnchor
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.track_boxes import SAME_FACE_IOU

Spans = NDArray[np.int64]


@dataclass(frozen=True)
class Overlap:
    """Pairs of a previous and a current track on one face: indices (P,) of both, and frames (P,) that they share.

    Every frame of a track counts once, so the frames of a track's pairs are never more than its span.
    """

    previous: NDArray[np.int64]
    current: NDArray[np.int64]
    frames: NDArray[np.int64]


def anchors(tracks: Sequence[Track]) -> tuple[TrackAnchor, ...]:
    """The anchor of each track: its span, and the stored box nearest to its middle, the earlier on a tie."""
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
    """Which previous tracks are, wholly or in part, which current ones; in order of previous, then current.

    Their spans share frames, and at the common frame nearest to the anchor's both boxes are on one face. Where
    several pairs want a frame of one track (faces that touch, a face seen twice), it goes to the pair that agrees
    best: by overlap of the spans times overlap of the boxes, which is 1 only for the same track.
    """
    was, now = _spans(previous), _spans(current)
    pairs = _sharing(was, now)
    faces = _face_overlap(previous, current, pairs)
    pairs, faces = pairs[faces >= SAME_FACE_IOU], faces[faces >= SAME_FACE_IOU]
    frames = _frames_once(was, now, pairs, faces)
    pairs, frames = pairs[frames > 0], frames[frames > 0]
    return Overlap(pairs[:, 0], pairs[:, 1], frames)


def _spans(rows: Sequence[TrackAnchor] | Sequence[Track]) -> Spans:
    """First and last frame (N, 2)."""
    return np.array([(row.first_frame, row.last_frame) for row in rows], np.int64).reshape(-1, 2)


def _sharing(was: Spans, now: Spans) -> NDArray[np.int64]:
    """Pairs (P, 2) of a previous and a current span that share a frame."""
    both = np.concatenate([was, now])
    pairs = sharing_frames(both[:, 0], both[:, 1])
    across = pairs[(pairs[:, 0] < len(was)) & (pairs[:, 1] >= len(was))]
    return across - np.array([0, len(was)], np.int64)


def _face_overlap(
    previous: Sequence[TrackAnchor], current: Sequence[Track], pairs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Intersection over union (P,) of the boxes of each pair, at the common frame nearest to the anchor's."""
    if len(pairs) == 0:
        return np.empty(0)
    here, there = pairs.T
    spans = _spans(current)[there]
    frames = np.array([anchor.frame for anchor in previous], np.int64)[here].clip(spans[:, 0], spans[:, 1])
    one = np.array([anchor.bbox for anchor in previous])[here]
    other = _boxes_at(current, there, frames)
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    common = sides.clip(0).prod(axis=1)
    areas = (one[:, 2:] - one[:, :2]).prod(axis=1) + (other[:, 2:] - other[:, :2]).prod(axis=1)
    overlap: NDArray[np.float64] = common / (areas - common)
    return overlap


def _boxes_at(tracks: Sequence[Track], rows: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.float64]:
    """Boxes (P, 4), px, of tracks `rows` (P,) at `frames` (P,) of their spans, on the line between stored boxes."""
    # One axis for all tracks, each on a stretch of its own, lets a single interpolation serve them all.
    stretch = 1 + max(track.last_frame for track in tracks)
    stored = [(row * stretch + box.frame, *box.bbox) for row, track in enumerate(tracks) for box in track.boxes]
    axis, *sides = np.array(stored, np.float64).T
    return np.stack([np.interp(rows * stretch + frames, axis, side) for side in sides], axis=1)


def _frames_once(was: Spans, now: Spans, pairs: NDArray[np.int64], faces: NDArray[np.float64]) -> NDArray[np.int64]:
    """Frames (P,) that each pair shares, less those that a pair which agrees better has taken; the earlier on a tie."""
    one, other = was[pairs[:, 0]], now[pairs[:, 1]]
    begins, stops = np.maximum(one[:, 0], other[:, 0]), np.minimum(one[:, 1], other[:, 1]) + 1
    union = np.maximum(one[:, 1], other[:, 1]) + 1 - np.minimum(one[:, 0], other[:, 0])
    order = np.argsort(-faces * (stops - begins) / union, kind="stable")
    free_then = [np.ones(last - first + 1, np.bool_) for first, last in was.tolist()]
    free_now = [np.ones(last - first + 1, np.bool_) for first, last in now.tolist()]
    frames = np.zeros(len(pairs), np.int64)
    for pair in order.tolist():
        i, j = pairs[pair]
        then = free_then[i][begins[pair] - was[i, 0] : stops[pair] - was[i, 0]]
        here = free_now[j][begins[pair] - now[j, 0] : stops[pair] - now[j, 0]]
        free = then & here
        frames[pair] = np.count_nonzero(free)
        then[free] = here[free] = False
    return frames
