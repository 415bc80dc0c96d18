"""Structure: whether two pictures show the same things in nearly the same places, in any colours and light."""

import numpy as np
from numpy.typing import NDArray

GRID = (40, 22)
"""Width and height of the grey pictures that are compared."""
MARGIN, SHIFT = (10, 3), (4, 3)
"""Columns and rows at the edges that are not compared, and the largest shift between two pictures. The margin excludes
most of the black bars next to square and upright pictures, which are the same in all shots."""
MIN_CONTRAST = 2.0
"""Smallest standard deviation of the middle of a picture, in grey levels. With less there is nothing to compare."""


class Picture:
    """Thumbnail (h, w, 3), BGR, reduced to what is compared."""

    def __init__(self, thumbnail: NDArray[np.uint8]) -> None:
        import cv2

        # Converting and halving first takes a quarter of the time.
        grey = cv2.cvtColor(thumbnail, cv2.COLOR_BGR2GRAY)
        half = max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2)
        halved = cv2.resize(grey, half, interpolation=cv2.INTER_AREA)
        self.grey = np.asarray(cv2.resize(halved, GRID, interpolation=cv2.INTER_AREA), np.uint8)

    @property
    def contrast(self) -> float:
        """Standard deviation in grey levels."""
        return _deviation(self.grey)


def similarity(one: Picture, other: Picture) -> float | None:
    """Return the largest correlation of two pictures over small shifts, or None if either is blank in the middle.

    It is Pearson's, from -1 to 1. A change of brightness or contrast does not lower it.
    """
    import cv2

    (left, top), (right, down) = MARGIN, SHIFT
    area = one.grey[top - down : GRID[1] - top + down, left - right : GRID[0] - left + right]
    middle = other.grey[top:-top, left:-left]
    if min(_deviation(area), _deviation(middle)) < MIN_CONTRAST:
        return None
    return float(cv2.matchTemplate(area, middle, cv2.TM_CCOEFF_NORMED).max())


def _deviation(grey: NDArray[np.uint8]) -> float:
    import cv2

    return float(cv2.meanStdDev(grey)[1][0, 0])
