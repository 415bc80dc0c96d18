"""Labelled photos on disk: one folder a person."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.decode_photo import MAX_BYTES
from screenalytics_resources.errors import UserError
from screenalytics_resources.regular_file import read_regular_file

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
LONGEST_PX = 1024
"""Longer photos are scaled down to this when they are read: detectors look at no more than 640 px."""


class UnreadablePhotoError(UserError):
    """A file that is no picture."""


def photos_by_person(folder: Path) -> dict[str, list[Path]]:
    """Photos in order of name, by person in order of name; other files and folders without photos are left out."""
    people = {person.name: _photos(person) for person in sorted(folder.iterdir()) if person.is_dir()}
    return {name: photos for name, photos in people.items() if photos}


def read_photo(path: Path) -> NDArray[np.uint8]:
    """The photo at `path`, (H, W, 3) BGR, no side longer than `LONGEST_PX`; turned as its EXIF data says.

    Raises:
        UnreadablePhotoError: it is no picture.
    """
    import cv2

    try:
        content = np.frombuffer(read_regular_file(path, MAX_BYTES), np.uint8)
    except UserError as error:
        raise UnreadablePhotoError(str(error)) from None
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise UnreadablePhotoError(f"{path} is not a picture that can be read: replace it or take it away.")
    scale = LONGEST_PX / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def _photos(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES)
