"""When the look at a frame can be skipped: the looks before and after it show the same faces.

The tracker gains nothing from such a frame. A face that appears, moves or disappears makes the two looks differ, and is
found at the same frame as without skipping. docs/decisions/0017-adaptive-looks.md has the figures.
"""

import numpy as np

from screenalytics_resources.boxes import iou
from screenalytics_resources.inference.detectors import Detections

SAME_PLACE_IOU = 0.5
"""Smallest overlap of a face's boxes in the two frames. 0.3 means 3 to 6 % fewer looks, 0.7 means 6 to 9 % more."""
CLEAR_SCORE = 0.65
"""Smallest score of a face. One with a lower score is about to disappear, or is no face."""
LONGEST_PAUSE_S = 0.5
"""Longest time between two looks. A tracker loses a face that is unseen for 1 s."""


def same_faces(before: Detections, after: Detections) -> bool:
    """Return whether two frames show the same clear faces, each in nearly the same place."""
    if len(before) != len(after):
        return False
    if len(before) == 0:
        return True
    if min(before.scores.min(), after.scores.min()) < CLEAR_SCORE:
        return False
    same_place = np.stack([iou(box, after.boxes) for box in before.boxes]) >= SAME_PLACE_IOU
    # Two candidates for one face are no certain match.
    return bool((same_place.sum(axis=0) == 1).all() and (same_place.sum(axis=1) == 1).all())
