"""Cuts: the frames at which a new shot begins.

`ColourCuts` has the rules of two PySceneDetect detectors. AdaptiveDetector is robust against camera motion.
ContentDetector finds cuts that follow each other too closely for AdaptiveDetector. The union of their cuts is used: no
track may cross a cut, so a missed cut costs more than a false one. Both judge the same score of a frame. The classes of
PySceneDetect would compute it twice and take eight times as long; the tests compare the cuts with theirs.

The score compares colours only. `CutDetector` also compares what the pictures show (`structure`). It adds cuts between
pictures of similar colours, and drops cuts where light, colour or zoom changes but the shot goes on. It also begins a
shot where a picture appears from a blank one. docs/decisions/0004-shots.md says how the bounds were chosen.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.tracks.structure import Picture, similarity
from screenalytics_resources.video.frames import Frame

WINDOW = 2
"""AdaptiveDetector's default `window_width`: frames on either side that a frame is compared with."""
MIN_SCORE = 15.0
"""AdaptiveDetector's default `min_content_val`: smallest score of a cut."""
SOFT_SCORE, SOFT_RATIO = 5.0, 2.0
"""Smallest score of a cut that the structure confirms, and its smallest ratio to the mean of the neighbours' scores."""
OTHER_SHOT = (0.65, 0.70)
"""Largest similarities across a cut: of the frames next to it, and of those one frame further away on either side."""
SAME_SHOT = (0.85, 0.75)
"""Smallest similarities, of the same frames, at which a shot goes on. A cut with a blended frame fails the second."""
BLANK, SHOWN = 5.0, 10.0
"""Standard deviations in grey levels. A picture below the first is white, black or nearly so. Only a shot that has
reached the second can fade out, because dark shots vary around the first."""
_STILL = 1e-5
"""A mean score below this counts as 0, and the ratio to it as `_MAX_RATIO`."""
_MAX_RATIO = 255.0


class ColourCuts:
    """Receives frames in order; `cuts` holds the frames at which a new shot begins, judged by colours alone.

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
        if self._stands_out(self._adaptive_threshold, MIN_SCORE):
            self.cuts.add(frame.index - WINDOW)

    def may_be_soft_cut(self) -> bool:
        """Return whether the score of the frame `WINDOW` frames ago suggests a cut that the structure must confirm."""
        return self._stands_out(SOFT_RATIO, SOFT_SCORE)

    def _stands_out(self, threshold: float, min_score: float) -> bool:
        """Return whether the frame `WINDOW` frames ago is a cut by AdaptiveDetector's rule."""
        scores = tuple(self._scores)
        if len(scores) <= 2 * WINDOW or scores[WINDOW] < min_score:
            return False
        mean = sum(scores[:WINDOW] + scores[WINDOW + 1 :]) / (2 * WINDOW)
        return (_MAX_RATIO if mean < _STILL else min(scores[WINDOW] / mean, _MAX_RATIO)) >= threshold


class CutDetector:
    """Receives frames in order; `cuts` holds the frames at which a new shot begins.

    The structure is compared when `WINDOW` later frames are known. Until then, and for the first and last frames of the
    video, the cuts by colour count.
    """

    def __init__(self, adaptive_threshold: float, content_threshold: float) -> None:
        self._colours = ColourCuts(adaptive_threshold, content_threshold)
        self._pictures: deque[Picture] = deque(maxlen=2 * WINDOW + 1)
        self._has_shown = False
        """Whether the shot has reached the contrast `SHOWN`."""
        self.cuts: set[int] = set()

    def feed(self, frame: Frame) -> None:
        self._colours.feed(frame)
        self._pictures.append(Picture(frame.thumbnail))
        self.cuts |= self._colours.cuts
        self._colours.cuts.clear()
        if len(self._pictures) == self._pictures.maxlen:
            self._judge(frame.index - WINDOW)

    def _judge(self, index: int) -> None:
        if index in self.cuts:
            if self._shot_goes_on():
                self.cuts.discard(index)
        elif self._appears_from_blank() or (self._colours.may_be_soft_cut() and self._shows_another_shot()):
            self.cuts.add(index)
        shown_before = self._has_shown and index not in self.cuts
        self._has_shown = shown_before or self._pictures[WINDOW].contrast >= SHOWN

    def _appears_from_blank(self) -> bool:
        """Return whether a picture appears, after a shot that has faded out without a cut."""
        return self._has_shown and self._pictures[WINDOW - 1].contrast < BLANK <= self._pictures[WINDOW].contrast

    def _shot_goes_on(self) -> bool:
        return all(
            value is not None and value >= least for value, least in zip(self._likeness(), SAME_SHOT, strict=True)
        )

    def _shows_another_shot(self) -> bool:
        return all(
            value is not None and value <= most for value, most in zip(self._likeness(), OTHER_SHOT, strict=True)
        )

    def _likeness(self) -> tuple[float | None, float | None]:
        """Return the similarities across the start of the frame `WINDOW` frames ago, as in `SAME_SHOT`."""
        far_before, before, after, far_after, _ = self._pictures
        return similarity(before, after), similarity(far_before, far_after)


def _score(hsv: NDArray[np.uint8], last_hsv: NDArray[np.uint8]) -> float:
    """Return the mean of the mean absolute differences in hue, saturation and value: PySceneDetect's `content_val`."""
    import cv2

    hue, saturation, value, _ = cv2.sumElems(cv2.absdiff(hsv, last_hsv))
    pixels = hsv.shape[0] * hsv.shape[1]
    return float((hue / pixels + saturation / pixels + value / pixels) / 3)


def _hsv(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), np.uint8)
