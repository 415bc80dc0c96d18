"""Labelled photos on disk: one folder per person."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.decode_photo import MAX_BYTES
from screenalytics_resources.errors import UserError
from screenalytics_resources.regular_file import read_regular_file

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
MAX_SIDE_PX = 1024
"""Larger photos are scaled down to this when read. Detectors use at most 640 px."""


class UnreadablePhotoError(UserError):
    """A file that is not a readable picture."""


def photos_by_person(folder: Path) -> dict[str, list[Path]]:
    """Return photos by person, both sorted by name. Other files and folders without photos are left out."""
    people = {person.name: _photos(person) for person in sorted(folder.iterdir()) if person.is_dir()}
    return {name: photos for name, photos in people.items() if photos}


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read the photo at `path`: (H, W, 3) BGR, no side longer than `MAX_SIDE_PX`, rotated according to its EXIF data.

    Raises:
        UnreadablePhotoError: the file is not a readable picture.
    """
    import cv2

    try:
        content = np.frombuffer(read_regular_file(path, MAX_BYTES), np.uint8)
    except UserError as error:
        raise UnreadablePhotoError(str(error)) from None
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise UnreadablePhotoError(f"{path} is not a readable picture: replace or remove it.")
    scale = MAX_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def _photos(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES)
