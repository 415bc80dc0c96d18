"""Where a track's face is at a frame, and whether two boxes are on one face."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.schemas import Track
from screenalytics_resources.boxes import iou

SAME_FACE_IOU = 0.3
"""Overlap of two boxes in one frame from which they are on one face: those of two faces hardly touch."""


def box_at(track: Track, frame: float) -> NDArray[np.float32]:
    """Box (4,) of the track at `frame`, in px, on the straight line between its stored boxes."""
    frames = [box.frame for box in track.boxes]
    corners = np.array([box.bbox for box in track.boxes], np.float32)
    return np.array([np.interp(frame, frames, corners[:, side]) for side in range(4)], np.float32)


def on_one_face(box: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two boxes (4,) of one frame overlap so far that they show one face."""
    return float(iou(box, other[None])[0]) >= SAME_FACE_IOU
