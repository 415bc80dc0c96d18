"""Television simulated from photos: tracks of several photos each, degraded according to the track's size and duration.

Limitation: the faces of a real track, and of two tracks of one scene, are more alike than photos from different days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.degrade import PHOTO_FACE_PX, degrade, draw
from screenalytics_assets.calibration.labelled_photos import read_photo
from screenalytics_assets.contract.record_types import Landmarks
from screenalytics_assets.contract.schemas import Crop, Track
from screenalytics_assets.tracks.quality import grey_std
from screenalytics_resources.inference.engine import Engine

FPS = 25.0
"""Frames per second."""
PHOTOS_BY_BOXES = ((10, 1), (25, 2), (60, 3), (125, 4))
MAX_PHOTOS = 5
Crops = dict[str, NDArray[np.uint8]]
"""Pictures by crop key."""


class Appearance(Protocol):
    """Properties of a track that filming it needs."""

    @property
    def frames(self) -> tuple[int, int]:
        """First and last frame."""

    @property
    def boxes(self) -> int:
        """Frames in which the face is seen."""

    @property
    def face_px(self) -> float:
        """Width of the face."""

    @property
    def duration_s(self) -> float:
        """Length, s."""


@dataclass(frozen=True)
class FacePhoto:
    """A photo and the width in px of the face nearest its centre."""

    path: Path
    face_px: float = PHOTO_FACE_PX


def photos_per_track(boxes: int) -> int:
    """Return the number of photos for a track of `boxes` boxes: one for a glimpse, five for a long track."""
    return next((photos for below, photos in PHOTOS_BY_BOXES if boxes < below), MAX_PHOTOS)


def film(
    number: int,
    shown: Appearance,
    photos: Sequence[FacePhoto],
    engine: Engine,
    crops: Crops,
    rng: np.random.Generator,
) -> Track:
    """Make track `number` of the person on `photos`. Adds its pictures to `crops`. Undetected faces are left out."""
    first, last = shown.frames
    chosen = rng.choice(len(photos), min(photos_per_track(shown.boxes), len(photos)), replace=False)
    seen: list[Crop] = []
    for turn, index in enumerate(chosen):
        frame = first + (last - first) * turn // max(1, len(chosen) - 1)
        how = draw(shown.face_px, shown.duration_s, rng, photos[index].face_px)
        image = degrade(read_photo(photos[index].path), how)
        crop = sighting(f"crops/track-{number:05d}/{frame:06d}.jpg", frame, image, engine, crops)
        seen += [crop] if crop is not None else []
    return track_of(number, (first, last), shown.boxes, seen)


def track_of(number: int, frames: tuple[int, int], boxes: int, crops: Sequence[Crop]) -> Track:
    """Return a track's row as the tracks stage writes it, with the fields that later stages read."""
    return Track(
        track_id=f"track-{number:05d}",
        shot_id="shot-0001",
        first_frame=frames[0],
        last_frame=frames[1],
        first_ts=frames[0] / FPS,
        last_ts=frames[1] / FPS,
        frame_count=boxes,
        mean_score=1.0,
        boxes=(),
        crops=tuple(crops),
        split_from=None,
        split_reason=None,
    )


def sighting(key: str, frame: int, image: NDArray[np.uint8], engine: Engine, crops: Crops) -> Crop | None:
    """Return the face nearest the centre of `image` as the tracks stage stores it, or None if no face is found."""
    detections = engine.detect(image)
    if len(detections) == 0:
        return None
    height, width = image.shape[:2]
    centres = (detections.boxes[:, :2] + detections.boxes[:, 2:]) / 2
    nearest = int(np.argmin(np.linalg.norm(centres - np.array([width, height]) / 2, axis=1)))
    x1, y1, x2, y2 = (round(float(value), 2) for value in detections.boxes[nearest])
    crops[key] = image
    inside = image[max(0, int(y1)) : int(y2) + 1, max(0, int(x1)) : int(x2) + 1]
    return Crop(
        frame=frame,
        ts=frame / FPS,
        bbox=(x1, y1, x2, y2),
        landmarks=cast(Landmarks, tuple((float(x), float(y)) for x, y in detections.landmarks[nearest])),
        det_score=min(1.0, float(detections.scores[nearest])),
        crop_std=grey_std(inside),
        crop_key=key,
        crop_box=(0.0, 0.0, float(width), float(height)),
    )
