"""Quarter turns of pictures, and of points in them. A turn is counterclockwise, as in `numpy.rot90`."""

import numpy as np
from numpy.typing import NDArray


def turn_picture(picture: NDArray[np.uint8], turns: int) -> NDArray[np.uint8]:
    """Return `picture` (H, W, 3) after 0 to 3 quarter turns."""
    return np.ascontiguousarray(np.rot90(picture, turns))


def turn_points(points: NDArray[np.float32], turns: int, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return where `points` (..., 2), `[x, y]` px, of a picture of `size` (width, height) are after `turns`."""
    width, height = size
    for _ in range(turns % 4):
        points = np.stack([points[..., 1], width - points[..., 0]], axis=-1)
        width, height = height, width
    return np.asarray(points, np.float32)


def turn_boxes(boxes: NDArray[np.float32], turns: int, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return where `boxes` (N, 4), `[x1, y1, x2, y2]` px, of a picture of `size` (width, height) are after `turns`."""
    corners = turn_points(boxes.reshape(-1, 2, 2), turns, size)
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def turns_to_upright(landmarks: NDArray[np.float32]) -> int:
    """Return how many turns, 0 to 3, bring the eyes of a face with `landmarks` (5, 2) above its mouth."""
    right, down = landmarks[3:].mean(axis=0) - landmarks[:2].mean(axis=0)
    if abs(right) > abs(down):
        return 3 if right > 0 else 1
    return 0 if down >= 0 else 2
