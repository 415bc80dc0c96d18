"""Television from photos: tracks of several photos each, as poor as the track's size and length make them.

What it cannot show: within a real track faces are more alike than photos of different days are, and between two
tracks of a scene too.
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
"""Frames a second."""
PHOTOS_BY_BOXES = ((10, 1), (25, 2), (60, 3), (125, 4))
MOST_PHOTOS = 5
Crops = dict[str, NDArray[np.uint8]]
"""Pictures by crop key."""


class Appearance(Protocol):
    """What has to be known of a track to film it."""

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
    """A photo and the width of the face nearest its middle, px."""

    path: Path
    face_px: float = PHOTO_FACE_PX


def photos_of_a_track(boxes: int) -> int:
    """How many photos stand for a track of so many boxes: one for a glimpse, five for a long one."""
    return next((photos for below, photos in PHOTOS_BY_BOXES if boxes < below), MOST_PHOTOS)


def film(
    number: int,
    shown: Appearance,
    photos: Sequence[FacePhoto],
    engine: Engine,
    crops: Crops,
    rng: np.random.Generator,
) -> Track:
    """Track `number` of the person on `photos`; its pictures go to `crops`. Faces no longer found are left out."""
    first, last = shown.frames
    chosen = rng.choice(len(photos), min(photos_of_a_track(shown.boxes), len(photos)), replace=False)
    seen: list[Crop] = []
    for turn, index in enumerate(chosen):
        frame = first + (last - first) * turn // max(1, len(chosen) - 1)
        how = draw(shown.face_px, shown.duration_s, rng, photos[index].face_px)
        image = degrade(read_photo(photos[index].path), how)
        crop = sighting(f"crops/track-{number:05d}/{frame:06d}.jpg", frame, image, engine, crops)
        seen += [crop] if crop is not None else []
    return track_of(number, (first, last), shown.boxes, seen)


def track_of(number: int, frames: tuple[int, int], boxes: int, crops: Sequence[Crop]) -> Track:
    """A track's row as the tracks stage would write it, as far as later stages read it."""
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
    """The face nearest the middle of `image` as the tracks stage would store it, or None where there is none."""
    found = engine.detect(image)
    if len(found) == 0:
        return None
    height, width = image.shape[:2]
    centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    nearest = int(np.argmin(np.linalg.norm(centres - np.array([width, height]) / 2, axis=1)))
    x1, y1, x2, y2 = (round(float(value), 2) for value in found.boxes[nearest])
    crops[key] = image
    inside = image[max(0, int(y1)) : int(y2) + 1, max(0, int(x1)) : int(x2) + 1]
    return Crop(
        frame=frame,
        ts=frame / FPS,
        bbox=(x1, y1, x2, y2),
        landmarks=cast(Landmarks, tuple((float(x), float(y)) for x, y in found.landmarks[nearest])),
        det_score=min(1.0, float(found.scores[nearest])),
        crop_std=grey_std(inside),
        crop_key=key,
        crop_box=(0.0, 0.0, float(width), float(height)),
    )
