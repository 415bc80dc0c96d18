"""Geometry of boxes given as `[x1, y1, x2, y2]` in pixels."""

import numpy as np
from numpy.typing import NDArray


def iou(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the intersection over union of `box` (4,) with each of `others` (N, 4), as (N,) in [0, 1]."""
    top_left = np.maximum(box[:2], others[:, :2])
    bottom_right = np.minimum(box[2:], others[:, 2:])
    overlap = np.prod(np.clip(bottom_right - top_left, 0, None), axis=1)
    union = area(box[None]) + area(others) - overlap
    ratio: NDArray[np.float32] = np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)
    return ratio


def area(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the areas (N,) of boxes (N, 4), in square pixels."""
    return np.asarray(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), dtype=np.float32)
