"""Tracks filmed from photos."""

from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.calibration.drawn_tracks import DrawnTrack
from screenalytics_assets.calibration.television import Crops, FacePhoto, film, photos_per_track, sighting, track_of
from screenalytics_resources.inference.detectors import Detections
from tests.labelled_people import ColourEngine, colour_engine, write_photo


class TwoFaces(ColourEngine):
    """Finds a face with the higher score in a corner, and one near the centre."""

    def detect(self, image: np.ndarray) -> Detections:
        boxes = np.array([[0, 0, 20, 20], [35, 42, 65, 72]], np.float32)
        landmarks = np.stack([np.full((5, 2), 10.0), np.full((5, 2), 55.0)]).astype(np.float32)
        return Detections(boxes, np.array([0.99, 0.7], np.float32), landmarks)


@pytest.mark.parametrize(
    ("boxes", "photos"),
    [
        pytest.param(1, 1, id="glimpse"),
        pytest.param(9, 1, id="below-ten"),
        pytest.param(10, 2, id="ten"),
        pytest.param(59, 3, id="below-sixty"),
        pytest.param(124, 4, id="below-125"),
        pytest.param(10_000, 5, id="at-most-five"),
    ],
)
def test_photos_per_track(boxes: int, photos: int) -> None:
    assert photos_per_track(boxes) == photos


def test_the_face_nearest_the_middle_is_taken() -> None:
    image, crops = np.full((100, 100, 3), 90, np.uint8), Crops()
    crop = sighting("crops/a.jpg", 3, image, TwoFaces(), crops)  # type: ignore[arg-type]
    assert crop is not None
    assert crop.bbox == (35.0, 42.0, 65.0, 72.0)
    assert (crop.frame, crop.ts, crop.crop_key, crop.crop_box) == (3, 0.12, "crops/a.jpg", (0.0, 0.0, 100.0, 100.0))
    assert (crop.det_score, crop.crop_std) == (pytest.approx(0.7), 0.0)
    assert crops["crops/a.jpg"] is image


def test_a_picture_without_a_face() -> None:
    crops = Crops()
    assert sighting("crops/a.jpg", 0, np.full((100, 100, 3), 90, np.uint8), colour_engine(), crops) is None
    assert crops == {}


def test_a_track_shows_distinct_photos_over_its_span(tmp_path: Path) -> None:
    photos = [FacePhoto(tmp_path / f"{number}.png", 38.0) for number in range(6)]
    for number, photo in enumerate(photos):
        write_photo(photo.path, (220, 20, 20), seed=number)
    crops = Crops()
    track = film(7, DrawnTrack(30.0, 3.0), photos, colour_engine(), crops, np.random.default_rng(0))
    assert (track.track_id, track.frame_count, track.last_frame) == ("track-00007", 75, 74)
    assert [crop.frame for crop in track.crops] == [0, 24, 49, 74]
    assert sorted(crops) == [crop.crop_key for crop in track.crops]
    assert all(image.shape[0] < 100 for image in crops.values())  # a face 38 px wide becomes about 30 px


def test_faces_that_are_no_longer_found_are_left_out(tmp_path: Path) -> None:
    write_photo(tmp_path / "grey.png", (120, 120, 120))
    photos = [FacePhoto(tmp_path / "grey.png")]
    track = film(1, DrawnTrack(85.0, 1.0), photos, colour_engine(), {}, np.random.default_rng(0))
    assert track.crops == ()


def test_the_row_of_a_track() -> None:
    track = track_of(2, (50, 99), 40, [])
    assert (track.first_ts, track.last_ts, track.duration_s, track.frame_count) == (2.0, 3.96, 1.96, 40)
