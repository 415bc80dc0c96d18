"""Track anchors: the time and place of each track, by which a later run recognises the same tracks.

The id of a track has no meaning across runs: if the tracker drops one detection, all later tracks get new numbers. The
time and place of a face on screen stay the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import sharing_frames
from screenalytics_assets.contract.identity_records import TrackAnchor
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.moderation.resolve import SAME_FACE_IOU

Spans = NDArray[np.int64]


@dataclass(frozen=True)
class Overlap:
    """Pairs of a previous and a current track of the same face: indices (P,) of both, and frames (P,) that they share.

    Each frame of a track counts once, so the frames of all pairs of a track never exceed its span.
    """

    previous: NDArray[np.int64]
    current: NDArray[np.int64]
    frames: NDArray[np.int64]


def anchors(tracks: Sequence[Track]) -> tuple[TrackAnchor, ...]:
    """Return the anchor of each track: its span, and the stored box nearest to its middle, the earlier one on a tie."""
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
    """Match previous and current tracks of the same face. The pairs are in order of previous, then current track.

    The spans of a pair share frames, and at the shared frame nearest to the anchor's frame both boxes are on the same
    face. If several pairs claim a frame of a track (touching faces, or a face detected twice), the best pair gets it.
    The score of a pair is the overlap of the spans times the overlap of the boxes, which is 1 only for equal tracks.
    """
    before, after = _spans(previous), _spans(current)
    pairs = _pairs_sharing_frames(before, after)
    faces = _face_overlap(previous, current, pairs)
    pairs, faces = pairs[faces >= SAME_FACE_IOU], faces[faces >= SAME_FACE_IOU]
    frames = _frames_once(before, after, pairs, faces)
    pairs, frames = pairs[frames > 0], frames[frames > 0]
    return Overlap(pairs[:, 0], pairs[:, 1], frames)


def _spans(rows: Sequence[TrackAnchor] | Sequence[Track]) -> Spans:
    """Return the first and last frames, (N, 2)."""
    return np.array([(row.first_frame, row.last_frame) for row in rows], np.int64).reshape(-1, 2)


def _pairs_sharing_frames(before: Spans, after: Spans) -> NDArray[np.int64]:
    """Return the pairs (P, 2) of a previous and a current span that share a frame."""
    spans = np.concatenate([before, after])
    pairs = sharing_frames(spans[:, 0], spans[:, 1])
    across = pairs[(pairs[:, 0] < len(before)) & (pairs[:, 1] >= len(before))]
    return across - np.array([0, len(before)], np.int64)


def _face_overlap(
    previous: Sequence[TrackAnchor], current: Sequence[Track], pairs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the intersection over union (P,) of the boxes of each pair at the shared frame nearest to the anchor's."""
    if len(pairs) == 0:
        return np.empty(0)
    previous_index, current_index = pairs.T
    spans = _spans(current)[current_index]
    frames = np.array([anchor.frame for anchor in previous], np.int64)[previous_index].clip(spans[:, 0], spans[:, 1])
    boxes = np.array([anchor.bbox for anchor in previous])[previous_index]
    current_boxes = _boxes_at(current, current_index, frames)
    sides = np.minimum(boxes[:, 2:], current_boxes[:, 2:]) - np.maximum(boxes[:, :2], current_boxes[:, :2])
    common = sides.clip(0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (current_boxes[:, 2:] - current_boxes[:, :2]).prod(axis=1)
    overlap: NDArray[np.float64] = common / (areas - common)
    return overlap


def _boxes_at(tracks: Sequence[Track], rows: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the boxes (P, 4), in px, of tracks `rows` (P,) at `frames` (P,), interpolated between stored boxes."""
    # Each track gets its own stretch of one time axis, so a single interpolation serves all tracks.
    stretch = 1 + max(track.last_frame for track in tracks)
    stored = [(row * stretch + box.frame, *box.bbox) for row, track in enumerate(tracks) for box in track.boxes]
    axis, *sides = np.array(stored, np.float64).T
    return np.stack([np.interp(rows * stretch + frames, axis, side) for side in sides], axis=1)


def _frames_once(
    before: Spans, after: Spans, pairs: NDArray[np.int64], faces: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the frames (P,) that each pair shares, without those of better pairs. On a tie the earlier pair wins."""
    previous_spans, current_spans = before[pairs[:, 0]], after[pairs[:, 1]]
    begins, stops = (
        np.maximum(previous_spans[:, 0], current_spans[:, 0]),
        np.minimum(previous_spans[:, 1], current_spans[:, 1]) + 1,
    )
    union = (
        np.maximum(previous_spans[:, 1], current_spans[:, 1])
        + 1
        - np.minimum(previous_spans[:, 0], current_spans[:, 0])
    )
    order = np.argsort(-faces * (stops - begins) / union, kind="stable")
    previous_free = [np.ones(last - first + 1, np.bool_) for first, last in before.tolist()]
    current_free = [np.ones(last - first + 1, np.bool_) for first, last in after.tolist()]
    frames = np.zeros(len(pairs), np.int64)
    for pair in order.tolist():
        i, j = pairs[pair]
        previous_part = previous_free[i][begins[pair] - before[i, 0] : stops[pair] - before[i, 0]]
        current_part = current_free[j][begins[pair] - after[j, 0] : stops[pair] - after[j, 0]]
        free = previous_part & current_part
        frames[pair] = np.count_nonzero(free)
        previous_part[free] = current_part[free] = False
    return frames
