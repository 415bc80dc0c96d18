"""Patches without a face that stand for what a detector takes for one: a lamp, a flower, a pattern."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.television import FPS, Crops
from screenalytics_assets.contract.record_types import Landmarks
from screenalytics_assets.contract.schemas import Crop
from screenalytics_assets.tracks.quality import grey_std

NON_FACE = "non-face"
CORNER = 0.26
"""Side of a patch, as a share of the photo's. The corners of a portrait show its background."""
POINTS = ((0.34, 0.46), (0.66, 0.46), (0.50, 0.64), (0.37, 0.82), (0.63, 0.82))
"""Landmarks where a frontal face of the box would have them, as shares of its width and height."""
SPOTS = ((0.06, 0.035), (0.06, 0.035), (0.02, 0.05), (0.05, 0.02), (0.05, 0.02))
"""Half widths and heights of dark spots at the landmarks, as shares of the patch's side."""
SHADE = (0.1, 0.7)
"""Range of how dark the spots are."""
OVAL, OVAL_LIGHT = (0.2, 0.26), 0.2
"""Half width and height of the lighter oval around the spots, as shares of the side, and how much lighter it is."""
POINT_NOISE = 0.03
SCORE_ABOVE = (0.02, 0.15)
"""Range of the detection score above the least one that a face needs."""


def patch(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a square corner of `photo` (H, W, 3), the one with more contrast of two. It does not show the face."""
    size = round(CORNER * min(photo.shape[:2]))
    corners = [photo[:size, :size], photo[:size, -size:], photo[-size:, :size], photo[-size:, -size:]]
    return spotted(max((corners[index] for index in rng.choice(4, 2, replace=False)), key=grey_std), rng)


def spotted(square: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Darken `square` (S, S, 3) where eyes, nose and mouth would be. Detectors react to such patterns.

    Without the spots the embedding norms would be lower than those of real detections that show no face.
    """
    side = len(square)
    lines, columns = np.mgrid[:side, :side] / side
    shade = np.zeros((side, side))
    for (x, y), (width, height) in zip(POINTS, SPOTS, strict=True):
        far = ((columns - 0.25 - x / 2) / width) ** 2 + ((lines - 0.25 - y / 2) / height) ** 2
        shade = np.maximum(shade, np.exp(-far / 2))
    inside = ((columns - 0.5) / OVAL[0]) ** 2 + ((lines - 0.5) / OVAL[1]) ** 2 < 1
    lit = square * np.where(inside, 1 + OVAL_LIGHT, 1.0)[:, :, None] + OVAL_LIGHT * 60 * inside[:, :, None]
    return np.asarray(np.clip(lit * (1 - rng.uniform(*SHADE) * shade[:, :, None]), 0, 255), np.uint8)


def non_face(
    key: str, frame: int, image: NDArray[np.uint8], least_score: float, crops: Crops, rng: np.random.Generator
) -> Crop:
    """Return the inner half of the square `image` as a detector would report it that takes it for a face."""
    side = image.shape[0]
    inner = side // 4
    low, high = float(inner), float(side - inner)
    width = high - low
    points = np.array(POINTS) + rng.normal(0.0, POINT_NOISE, (5, 2))
    crops[key] = image
    return Crop(
        frame=frame,
        ts=frame / FPS,
        bbox=(low, low, high, high),
        landmarks=cast(Landmarks, tuple((float(low + x * width), float(low + y * width)) for x, y in points)),
        det_score=min(1.0, least_score + rng.uniform(*SCORE_ABOVE)),
        crop_std=grey_std(image[inner : side - inner, inner : side - inner]),
        crop_key=key,
        crop_box=(0.0, 0.0, float(side), float(side)),
    )
