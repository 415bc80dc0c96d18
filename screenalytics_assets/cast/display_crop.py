"""Square picture of a reference face for display."""

import numpy as np
from numpy.typing import NDArray

DISPLAY_PX = 512
MARGIN = 0.45
"""Margin around the box on every side, as a share of its longer side: hair, chin and some background."""


def display_crop(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut the face inside `box` (4,), px, out of `image` (H, W, 3), with a margin, and scale it to (512, 512, 3).

    The box is in the middle of the square, unless the square would leave the picture. Nothing is padded.
    """
    import cv2

    height, width = image.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in box)
    side = min(width, height, max(1, round((1 + 2 * MARGIN) * max(x2 - x1, y2 - y1))))
    left = min(max(0, round((x1 + x2 - side) / 2)), width - side)
    top = min(max(0, round((y1 + y2 - side) / 2)), height - side)
    square = image[top : top + side, left : left + side]
    interpolation = cv2.INTER_AREA if side > DISPLAY_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (DISPLAY_PX, DISPLAY_PX), interpolation=interpolation), np.uint8)
