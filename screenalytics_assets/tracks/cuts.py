"""Cuts: the frames at which a new shot begins.

The rules are those of two PySceneDetect detectors. AdaptiveDetector is robust against camera motion. ContentDetector
finds cuts that follow each other too closely for AdaptiveDetector. The union of their cuts is used: no track may cross
a cut, so a missed cut costs more than a false one. Both judge the same score of a frame. PySceneDetect's classes would
compute it twice and take eight times as long; the tests compare the cuts with theirs.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.video.frames import Frame

WINDOW = 2
"""AdaptiveDetector's default `window_width`: frames on either side that a frame is compared with."""
MIN_SCORE = 15.0
"""AdaptiveDetector's default `min_content_val`: smallest score of a cut."""
_STILL = 1e-5
"""A mean score below this counts as 0, and the ratio to it as `_MAX_RATIO`."""
_MAX_RATIO = 255.0


class CutDetector:
    """Receives frames in order; `cuts` holds the frames at which a new shot begins.

    ContentDetector's rule is a score of at least `content_threshold`. AdaptiveDetector's is a score of at least
    `adaptive_threshold` times the mean of the neighbours' scores.
    """

    def __init__(self, adaptive_threshold: float, content_threshold: float) -> None:
        self._adaptive_threshold = adaptive_threshold
        self._content_threshold = content_threshold
        self._last_hsv: NDArray[np.uint8] | None = None
        self._scores: deque[float] = deque(maxlen=2 * WINDOW + 1)
        self.cuts: set[int] = set()

    def feed(self, frame: Frame) -> None:
        hsv = _hsv(frame.thumbnail)
        score = 0.0 if self._last_hsv is None else _score(hsv, self._last_hsv)
        self._last_hsv = hsv
        self._scores.append(score)
        if score >= self._content_threshold:
            self.cuts.add(frame.index)
        if len(self._scores) == self._scores.maxlen and _stands_out(tuple(self._scores), self._adaptive_threshold):
            self.cuts.add(frame.index - WINDOW)


def _stands_out(scores: tuple[float, ...], threshold: float) -> bool:
    """Return whether the middle one of 2 `WINDOW` + 1 scores is a cut by AdaptiveDetector's rule."""
    score = scores[WINDOW]
    if score < MIN_SCORE:
        return False
    mean = sum(scores[:WINDOW] + scores[WINDOW + 1 :]) / (2 * WINDOW)
    return (_MAX_RATIO if mean < _STILL else min(score / mean, _MAX_RATIO)) >= threshold


def _score(hsv: NDArray[np.uint8], last_hsv: NDArray[np.uint8]) -> float:
    """Return the mean of the mean absolute differences in hue, saturation and value: PySceneDetect's `content_val`."""
    import cv2

    hue, saturation, value, _ = cv2.sumElems(cv2.absdiff(hsv, last_hsv))
    pixels = hsv.shape[0] * hsv.shape[1]
    return float((hue / pixels + saturation / pixels + value / pixels) / 3)


def _hsv(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), np.uint8)
