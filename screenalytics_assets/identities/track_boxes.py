"""The box of a track at a frame, and whether two boxes are on the same face."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Track

SAME_FACE_OVERLAP = 0.5
"""Fraction of the smaller box that is inside the other, from which two boxes of one frame are on the same face. Boxes
of two faces hardly touch. A second box on a face often covers only a part of it."""


def box_at(track: Track, frame: float) -> NDArray[np.float32]:
    """Return the box (4,) of the track at `frame`, in px, linearly interpolated between its stored boxes."""
    frames = [box.frame for box in track.boxes]
    corners = np.array([box.bbox for box in track.boxes], np.float32)
    return np.array([np.interp(frame, frames, corners[:, side]) for side in range(4)], np.float32)


def on_one_face(box: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two boxes (4,) of one frame overlap enough to show the same face."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0.0)))
    smaller = min(float(np.prod(box[2:] - box[:2])), float(np.prod(other[2:] - other[:2])))
    return shared >= SAME_FACE_OVERLAP * smaller
