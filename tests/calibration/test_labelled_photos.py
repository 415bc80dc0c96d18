"""Listing and reading of labelled photos."""

from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.calibration.labelled_photos import (
    MAX_SIDE_PX,
    UnreadablePhotoError,
    photos_by_person,
    read_photo,
)
from tests.labelled_people import write_photo


def test_photos_by_person_are_sorted_by_name(tmp_path: Path) -> None:
    for name in ("zoe/2.png", "zoe/1.JPG", "ann/a.jpeg", "ann/notes.txt", "empty/readme.md", "stray.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ann" / "folder.png").mkdir()
    found = {person: [photo.name for photo in photos] for person, photos in photos_by_person(tmp_path).items()}
    assert found == {"ann": ["a.jpeg"], "zoe": ["1.JPG", "2.png"]}
    assert list(found) == ["ann", "zoe"]


def test_a_photo_keeps_its_size(tmp_path: Path) -> None:
    write_photo(tmp_path / "one.png", (220, 20, 20))
    image = read_photo(tmp_path / "one.png")
    assert (image.shape, image.dtype) == ((100, 100, 3), np.uint8)
    assert image[50, 50, 0] > 150 > image[50, 50, 2]  # BGR


def test_a_large_photo_is_scaled_down(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((600, 2 * MAX_SIDE_PX, 3), np.uint8))
    assert read_photo(tmp_path / "large.png").shape == (300, MAX_SIDE_PX, 3)


@pytest.mark.parametrize("content", [pytest.param(b"", id="empty"), pytest.param(b"no picture at all", id="text")])
def test_unreadable_photos(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(UnreadablePhotoError, match=r"bad\.jpg is not a readable picture: replace or remove it"):
        read_photo(path)
