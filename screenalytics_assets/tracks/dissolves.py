"""Dissolves: gradual transitions, which cut detectors miss because no two neighbouring frames differ much.

In a dissolve from shot A to shot B every picture is (1 - w) A + w B, and w rises evenly from 0 to 1. So in a window of
time each picture is near the line from the first picture to the last one, and its variance falls half-way to about the
half, because a mean of two unlike pictures has less contrast than either (Alattar, Detecting and compressing dissolve
regions, 1993). Half-way through a pan or a zoom the picture has full contrast and is not the mean of its ends. A change
of light is on the line, but its ends show the same picture and correlate. The bounds were chosen on dissolves of 0.6 to
2 s between shots of television films, and on pans and zooms over photographs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.video.frames import Frame

SAMPLES_PER_S = 12.5
"""Frames compared per second. Of faster video only every n-th frame is used."""
WINDOWS_S = (0.48, 0.6, 0.8, 1.0, 1.28, 1.6, 2.0)
"""Lengths of the windows. A longer dissolve is found by its steepest part."""
MIN_CHANGE = 20.0
"""Smallest change from the first picture to the last, as root mean square in grey levels."""
MAX_CORRELATION = 0.6
"""Largest correlation of the first picture with the last."""
MAX_RESIDUAL, MAX_MEAN_RESIDUAL = 0.55, 0.28
"""Largest distance of a picture from the line, and the largest mean distance, as shares of the change."""
MAX_CONTRAST = 0.88
"""Largest variance half-way, as a share of an even change. Dissolves have 0.4 to 0.8, pans 0.95 to 1."""
MAX_STEP, MAX_RETREAT = 0.25, 0.1
"""Largest step of w from frame to frame, which excludes hard cuts, and largest fall of w."""
SETTLED_S = 0.3
"""A dissolve is over when this long no window shows one."""
GRID = (64, 36)
PIXELS = GRID[0] * GRID[1] * 3


@dataclass(frozen=True)
class Dissolve:
    """Frames `first` to `last` show two shots at once. The later shot begins at frame `cut`."""

    first: int
    cut: int
    last: int


class DissolveDetector:
    """Finds dissolves in frames that are fed in order. No dissolve crosses a hard cut."""

    def __init__(self, fps: float) -> None:
        self._step = max(1, round(fps / SAMPLES_PER_S))
        rate = fps / self._step
        self._lengths = sorted({max(4, round(seconds * rate)) for seconds in WINDOWS_S}, reverse=True)
        self._settled = max(1, round(SETTLED_S * rate))
        self._pictures = _Pictures(self._lengths[0] + 1)
        self._best: tuple[float, Dissolve] | None = None
        self._without = 0

    def feed(self, frame: Frame) -> Dissolve | None:
        """Add a frame. Returns a dissolve at the frame that shows it to be over."""
        if frame.index % self._step:
            return None
        self._pictures.add(frame.index, _colours(frame.thumbnail))
        shown, best = self._longest_window(), self._best
        self._without = self._without + 1 if shown is None else 0
        if best is None:
            self._best = shown
            return None
        if shown is not None and shown[1].first <= best[1].last:
            self._best = max(best, shown, key=lambda entry: entry[0])
            return None
        if shown is None and self._without < self._settled:
            return None
        self._best = shown
        self._pictures.forget(best[1].last)
        return best[1]

    def restart(self) -> Dissolve | None:
        """Begin a new shot. Returns the dissolve of the old one that is not over yet, if any."""
        dissolve = self._best[1] if self._best else None
        self._best, self._without = None, 0
        self._pictures.forget(None)
        return dissolve

    def _longest_window(self) -> tuple[float, Dissolve] | None:
        """Return change and dissolve of the longest window up to the newest frame that shows one."""
        for length in self._lengths:
            window = self._pictures.window(length)
            if window is not None and window.change >= MIN_CHANGE and window.correlation <= MAX_CORRELATION:
                weights = window.weights()
                if weights is not None:
                    return window.change, _span(weights, window.frames())
        return None


class _Pictures:
    """The latest `size` pictures, and the products of each with each, from which all distances follow."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._colours = np.zeros((size, PIXELS), np.float32)
        self.products = np.zeros((size, size))
        self.means = np.zeros(size)
        self.indices = np.zeros(size, np.int64)
        self._added = 0
        self._usable = 0

    def add(self, index: int, colours: NDArray[np.float32]) -> None:
        slot = self._added % self._size
        self._colours[slot] = colours
        self.products[slot] = self.products[:, slot] = self._colours @ colours
        self.means[slot] = colours.mean()
        self.indices[slot] = index
        self._added += 1
        self._usable = min(self._usable + 1, self._size)

    def forget(self, last: int | None) -> None:
        """Forget the pictures up to frame `last`; None: all."""
        slots = np.arange(self._added - self._usable, self._added) % self._size
        self._usable = 0 if last is None else int((self.indices[slots] > last).sum())

    def window(self, length: int) -> "_Window | None":
        """Return the latest `length` + 1 pictures, or None if there are not so many."""
        if length >= self._usable:
            return None
        return _Window(self, np.arange(self._added - 1 - length, self._added) % self._size)


class _Window:
    """Consecutive pictures. `change` and `correlation` compare the last one with the first."""

    def __init__(self, pictures: _Pictures, slots: NDArray[np.int64]) -> None:
        self._pictures = pictures
        self._slots = slots
        first, last = slots[0], slots[-1]
        products, means, pixels = pictures.products, pictures.means, PIXELS
        self._square = products[first, first] + products[last, last] - 2 * products[first, last]
        self.change = float(np.sqrt(max(0.0, self._square) / pixels))
        variances = self._variances(slots[[0, -1]])
        covariance = products[first, last] / pixels - means[first] * means[last]
        self.correlation = float(covariance / np.sqrt(variances.prod())) if variances.min() >= 1 else 0.0
        """Pearson's; 0 if either picture is blank."""

    def _variances(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        pictures = self._pictures
        return np.asarray(pictures.products[slots, slots] / PIXELS - pictures.means[slots] ** 2)

    def frames(self) -> list[int]:
        return [int(index) for index in self._pictures.indices[self._slots]]

    def weights(self) -> NDArray[np.float64] | None:
        """Return the weight w (n,) of the later shot in each picture, or None if they are no dissolve."""
        products, slots = self._pictures.products, self._slots
        to_first, to_last = products[slots, slots[0]], products[slots, slots[-1]]
        weights: NDArray[np.float64] = (to_last - to_first - to_last[0] + to_first[0]) / self._square
        if float(np.abs(np.diff(weights)).max()) > MAX_STEP:
            return None
        if float((np.maximum.accumulate(weights) - weights).max()) > MAX_RETREAT:
            return None
        from_first = (products[slots, slots] - 2 * to_first + to_first[0]) / self._square
        residuals = np.sqrt(np.maximum(from_first - weights * weights, 0.0))
        if residuals.max() > MAX_RESIDUAL or residuals.mean() > MAX_MEAN_RESIDUAL:
            return None
        return weights if self._contrast(weights) <= MAX_CONTRAST else None

    def _contrast(self, weights: NDArray[np.float64]) -> float:
        """Return the smallest variance half-way, as a share of a variance that changes evenly with `weights`."""
        half_way = (weights > 0.3) & (weights < 0.7)
        if not half_way.any():
            return 1.0
        variances = self._variances(self._slots)
        even = (1 - weights) * variances[0] + weights * variances[-1]
        return float((variances[half_way] / np.maximum(even[half_way], 1.0)).min())


def _colours(thumbnail: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the colours (D,) of a thumbnail on a grid, from -128 to 127."""
    import cv2

    return np.asarray(cv2.resize(thumbnail, GRID, interpolation=cv2.INTER_AREA), np.float32).ravel() - 128.0


def _span(weights: NDArray[np.float64], frames: list[int]) -> Dissolve:
    """Return the dissolve in a window, from its part between the weights 0.1 and 0.9."""
    rises = int(np.flatnonzero(weights <= 0.1)[-1])
    full = rises + int(np.flatnonzero(weights[rises:] >= 0.9)[0])
    margin = -(-(frames[full] - frames[rises]) // 8)
    cut = frames[int(np.flatnonzero(weights >= 0.5)[0])]
    return Dissolve(max(0, frames[rises] - margin), cut, frames[full] + margin)
