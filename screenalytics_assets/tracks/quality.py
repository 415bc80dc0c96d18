"""Face quality: one score that ranks the faces of a track. This module rejects nothing."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

# The project's own weights: detection counts most, then contrast, then size.
DET_WEIGHT, STD_WEIGHT, AREA_WEIGHT = 0.40, 0.35, 0.25
# Above these values, more contrast (grey levels) or more area (square pixels) does not raise the score.
FULL_STD, FULL_AREA = 100.0, 100_000.0


@overload
def quality_score(det_score: float, crop_std: float, box_area: float) -> float: ...
@overload
def quality_score(
    det_score: NDArray[np.floating], crop_std: NDArray[np.floating], box_area: NDArray[np.floating]
) -> NDArray[np.float64]: ...
def quality_score(
    det_score: float | NDArray[np.floating],
    crop_std: float | NDArray[np.floating],
    box_area: float | NDArray[np.floating],
) -> float | NDArray[np.float64]:
    """Return 0.40 det + 0.35 min(std / 100, 1) + 0.25 min(area / 100,000, 1), in [0, 1].

    Args:
        det_score: detection score, clipped to [0, 1]. All three are numbers, or arrays (n,).
        crop_std: standard deviation of the grey crop, in levels, 0 or more.
        box_area: area of the box in square pixels of the source frame, 0 or more.
    """
    score: float | NDArray[np.float64] = (
        DET_WEIGHT * np.clip(det_score, 0.0, 1.0)
        + STD_WEIGHT * np.minimum(np.asarray(crop_std, np.float64) / FULL_STD, 1.0)
        + AREA_WEIGHT * np.minimum(np.asarray(box_area, np.float64) / FULL_AREA, 1.0)
    )
    return score


def grey_std(image: NDArray[np.uint8]) -> float:
    """Return the standard deviation of the grey image, in levels of 0..255, of a BGR image (H, W, 3) uint8.

    Grey is the luma of BT.601 in whole levels. An image without pixels has 0.0.

    Raises:
        ValueError: the image is not (H, W, 3) uint8.
    """
    import cv2

    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"Expected a uint8 image (H, W, 3), but got {image.dtype} {image.shape}.")
    if image.size == 0:
        return 0.0
    return float(cv2.meanStdDev(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))[1][0, 0])
