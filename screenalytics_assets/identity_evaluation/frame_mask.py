"""Sets of frames, as boolean arrays over the frames of a video."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def mask_of_spans(spans: Iterable[tuple[int, int]], frames: int) -> Mask:
    """Return the frames (`frames`,) within any of the spans. Both ends of a span are inclusive and may be outside."""
    mask = np.zeros(frames, np.bool_)
    for first, last in spans:
        mask[max(first, 0) : max(last + 1, 0)] = True
    return mask
