"""Degradation of photos to television quality."""

from dataclasses import replace

import numpy as np
import pytest

from screenalytics_assets.calibration.degrade import Degradation, degrade, draw

UNCHANGED = Degradation(1.0, 0.0, 0.0, 0.0, 100, mirrored=False, turn_degrees=0.0, brightness=1.0)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    import cv2

    coarse = np.random.default_rng(0).integers(0, 256, (25, 30), np.uint8)
    grey = cv2.resize(coarse, (120, 100), interpolation=cv2.INTER_CUBIC)
    return np.repeat(grey[:, :, None], 3, axis=2)


def test_only_jpeg_at_full_quality(photo: np.ndarray) -> None:
    assert np.abs(degrade(photo, UNCHANGED).astype(int) - photo).mean() < 3


@pytest.mark.parametrize(
    ("scale", "shape"),
    [pytest.param(0.5, (50, 60, 3), id="half"), pytest.param(0.01, (16, 16, 3), id="at-least-16-px")],
)
def test_scale(photo: np.ndarray, scale: float, shape: tuple[int, ...]) -> None:
    assert degrade(photo, replace(UNCHANGED, scale=scale)).shape == shape


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(replace(UNCHANGED, blur_px=3.0), id="blur"),
        pytest.param(replace(UNCHANGED, motion_px=15.0, motion_degrees=30.0), id="motion"),
    ],
)
def test_blur_removes_detail_and_keeps_the_mean(photo: np.ndarray, how: Degradation) -> None:
    blurred = degrade(photo, how)
    detail, before = (np.abs(np.diff(image.astype(float), axis=1)).mean() for image in (blurred, photo))
    assert detail < 0.8 * before
    assert blurred.mean() == pytest.approx(photo.mean(), abs=2)


def test_mirror_and_brightness(photo: np.ndarray) -> None:
    mirrored = degrade(photo, replace(UNCHANGED, mirrored=True))
    assert np.abs(mirrored[:, ::-1].astype(int) - photo).mean() < 3
    assert degrade(photo, replace(UNCHANGED, brightness=0.5)).mean() == pytest.approx(photo.mean() / 2, abs=2)


@pytest.mark.parametrize(
    ("face_px", "photo_face_px", "low", "high"),
    [
        pytest.param(50.0, 100.0, 0.45, 0.55, id="smaller"),
        pytest.param(200.0, 100.0, 1.0, 1.0, id="never-enlarged"),
        pytest.param(50.0, 400.0, 0.1125, 0.1375, id="large-photo"),
    ],
)
def test_scale_depends_on_the_face_width(face_px: float, photo_face_px: float, low: float, high: float) -> None:
    rng = np.random.default_rng(1)
    scales = [draw(face_px, 2.0, rng, photo_face_px).scale for _ in range(50)]
    assert low <= min(scales) <= max(scales) <= high


def test_short_tracks_are_degraded_more() -> None:
    rng = np.random.default_rng(2)
    short, long = ([draw(80, seconds, rng) for _ in range(200)] for seconds in (0.5, 3.0))
    assert max(how.jpeg_quality for how in short) < 60
    assert np.mean([how.motion_px for how in short]) > 2 * np.mean([how.motion_px for how in long])
