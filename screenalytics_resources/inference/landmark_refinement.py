"""Landmarks of one face, found again on a picture of that face alone.

YuNet places the landmarks of small or tilted faces so roughly that the alignment turns with the error and the
recogniser no longer knows the person. Run on the face itself at a good size, the same detector places them
well; docs/decisions/0003-landmark-refinement.md has the figures.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.boxes import iou
from screenalytics_resources.inference.detectors import Detector

MARGIN = 0.4
"""Surroundings of the box that the detector sees, share of the box's longer side."""

SAME_FACE_IOU = 0.4
"""Overlap with the box below which what was found is another face."""


def refine_landmarks(
    detector: Detector,
    image: NDArray[np.uint8],
    box: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    face_px: int,
) -> NDArray[np.float32]:
    """Landmarks (5, 2) of the face inside `box` (4,) of `image` (H, W, 3), all in its pixels.

    The face is scaled so that the longer side of its box is `face_px`. Where the detector does not find it
    again, the landmarks stay as they are.
    """
    import cv2

    longer = float(max(box[2] - box[0], box[3] - box[1]))
    pad = MARGIN * longer
    height, width = image.shape[:2]
    left, top = max(0, int(box[0] - pad)), max(0, int(box[1] - pad))
    right, bottom = min(width, int(np.ceil(box[2] + pad))), min(height, int(np.ceil(box[3] + pad)))
    if right <= left or bottom <= top:
        return landmarks
    scale = face_px / longer
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    interpolation = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
    around = cv2.resize(image[top:bottom, left:right], size, interpolation=interpolation)
    factor = np.array([size[0] / (right - left), size[1] / (bottom - top)], np.float32)
    origin = np.array([left, top], np.float32)

    found = detector.detect(np.asarray(around, np.uint8))
    if len(found) == 0:
        return landmarks
    expected = ((box.reshape(2, 2) - origin) * factor).reshape(4)
    overlaps = iou(expected, found.boxes)
    best = int(np.argmax(overlaps))
    if overlaps[best] < SAME_FACE_IOU:
        return landmarks
    return np.asarray(found.landmarks[best] / factor + origin, np.float32)
