"""Thumbnails of shots made from the photographs of the sample episode, with camera moves and transitions."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.sample_shots import PHOTOGRAPHS

Picture = NDArray[np.uint8]
View = tuple[float, float, float]
"""Width as a share of the photograph, and position from left to right and from top to bottom, all in [0, 1]."""
WIDTH, HEIGHT = 160, 90


@cache
def photograph(name: str) -> Picture:
    source = PHOTOGRAPHS[name]
    spec = find_spec(source.package)
    assert spec is not None and spec.submodule_search_locations
    image = cv2.imread(str(Path(spec.submodule_search_locations[0]) / source.path))
    assert image is not None
    return image.astype(np.uint8)


def shot(name: str, frames: int, start: View, end: View | None = None) -> list[Picture]:
    """Return a shot whose camera moves evenly from one view to another, with a little noise."""
    rng = np.random.default_rng(frames)
    image = photograph(name)
    moments = np.linspace(0, 1, frames)[:, None]
    views = (1 - moments) * np.array(start) + moments * np.array(end or start)
    return [_noisy(_view(image, *view), rng) for view in views]


def dissolve(before: list[Picture], after: list[Picture], length: int) -> list[Picture]:
    """Return both shots with `length` blended frames, which are the last of `before` and the first of `after`."""
    shares = np.arange(1, length + 1) / (length + 1)
    blended = [
        cv2.addWeighted(one, 1 - share, other, share, 0)
        for one, other, share in zip(before[-length:], after[:length], shares, strict=True)
    ]
    return [*before[:-length], *(picture.astype(np.uint8) for picture in blended), *after[length:]]


def _view(image: Picture, share: float, x: float, y: float) -> Picture:
    width = min(image.shape[1], image.shape[0] * WIDTH / HEIGHT) * share
    scale = WIDTH / width
    left, top = (image.shape[1] - width) * x, (image.shape[0] - width * HEIGHT / WIDTH) * y
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float32)
    return np.asarray(cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA), np.uint8)


def _noisy(image: Picture, rng: np.random.Generator) -> Picture:
    return np.clip(image + rng.normal(0, 1.5, image.shape), 0, 255).astype(np.uint8)
