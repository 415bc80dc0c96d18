"""Where a track's face is at a frame, and whether two boxes are on one face."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Track

SAME_FACE_IOU = 0.3
"""Intersection over union of two boxes from which two tracks that are no part of one run follow one face."""
SAME_FACE_OVERLAP = 0.5
"""Share of the smaller of two boxes of one frame that lies in the other, from which both are on one face. Boxes of
two faces hardly touch; a second box on a face is often one of a part of it."""


def box_at(track: Track, frame: float) -> NDArray[np.float32]:
    """Box (4,) of the track at `frame`, in px, on the straight line between its stored boxes."""
    frames = [box.frame for box in track.boxes]
    corners = np.array([box.bbox for box in track.boxes], np.float32)
    return np.array([np.interp(frame, frames, corners[:, side]) for side in range(4)], np.float32)


def on_one_face(box: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two boxes (4,) of one frame overlap so far that they show one face."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0.0)))
    smaller = min(float(np.prod(box[2:] - box[:2])), float(np.prod(other[2:] - other[:2])))
    return shared >= SAME_FACE_OVERLAP * smaller
