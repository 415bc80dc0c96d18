"""Landmark refinement: runs the detector a second time, on a crop of one face.

YuNet's landmarks for small or tilted faces are so inaccurate that alignment goes wrong and the recogniser
cannot recognise the person. On a crop of the face at a suitable size, the same detector places them accurately.
docs/decisions/0003-landmark-refinement.md has the figures.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.boxes import iou
from screenalytics_resources.inference.detectors import Detector
from screenalytics_resources.inference.turns import turn_boxes, turn_picture, turn_points, turns_to_upright

MARGIN = 0.4
"""Margin around the box that is included in the crop, as a share of the box's longer side."""

SAME_FACE_IOU = 0.4
"""A face that overlaps the box less than this is a different face."""


def refine_landmarks(
    detector: Detector,
    image: NDArray[np.uint8],
    box: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    face_px: int,
) -> NDArray[np.float32]:
    """Return the landmarks (5, 2) of the face inside `box` (4,), in pixels of `image` (H, W, 3).

    The crop is scaled to make the longer side of the box `face_px` pixels, and turned to show the face upright. If the
    detector does not find the face in it, `landmarks` (5, 2) is returned unchanged.
    """
    import cv2

    longer_side = float(max(box[2] - box[0], box[3] - box[1]))
    pad = MARGIN * longer_side
    height, width = image.shape[:2]
    left, top = max(0, int(box[0] - pad)), max(0, int(box[1] - pad))
    right, bottom = min(width, int(np.ceil(box[2] + pad))), min(height, int(np.ceil(box[3] + pad)))
    if right <= left or bottom <= top:
        return landmarks
    scale = face_px / longer_side
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    interpolation = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
    crop = cv2.resize(image[top:bottom, left:right], size, interpolation=interpolation)
    factor = np.array([size[0] / (right - left), size[1] / (bottom - top)], np.float32)
    origin = np.array([left, top], np.float32)

    turns = turns_to_upright(landmarks)
    upright = turn_picture(np.asarray(crop, np.uint8), turns)
    faces = detector.detect(upright)
    if len(faces) == 0:
        return landmarks
    (expected,) = turn_boxes(((box.reshape(2, 2) - origin) * factor).reshape(1, 4), turns, size)
    overlaps = iou(expected, faces.boxes)
    best = int(np.argmax(overlaps))
    if overlaps[best] < SAME_FACE_IOU:
        return landmarks
    found = turn_points(faces.landmarks[best], 4 - turns, (upright.shape[1], upright.shape[0]))
    return np.asarray(found / factor + origin, np.float32)
