"""Face quality: known scores and known contrast."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.tracks.quality import grey_std, quality_score


@pytest.mark.parametrize(
    ("det", "std", "area", "expected"),
    [
        pytest.param(0.0, 0.0, 0.0, 0.0, id="nothing"),
        pytest.param(1.0, 0.0, 0.0, 0.40, id="det-alone"),
        pytest.param(0.0, 100.0, 0.0, 0.35, id="std-alone"),
        pytest.param(0.0, 0.0, 100_000.0, 0.25, id="area-alone"),
        pytest.param(0.9, 50.0, 20_000.0, 0.36 + 0.175 + 0.05, id="ordinary-face"),
        pytest.param(0.0, 127.0, 0.0, 0.35, id="std-saturates"),
        pytest.param(0.0, 0.0, 2e6, 0.25, id="area-saturates"),
        pytest.param(1.3, 0.0, 0.0, 0.40, id="det-clipped-above"),
        pytest.param(-0.2, 0.0, 0.0, 0.0, id="det-clipped-below"),
    ],
)
def test_known_score(det: float, std: float, area: float, expected: float) -> None:
    assert quality_score(det, std, area) == pytest.approx(expected)
    scores = quality_score(np.array([det, 1.0]), np.array([std, 100.0]), np.array([area, 1e5]))
    np.testing.assert_allclose(scores, [expected, 1.0])


def test_number_in_number_out() -> None:
    assert isinstance(quality_score(0.5, 10.0, 100.0), float)


def painted(*colours: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.array([colours], dtype=np.uint8)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param(np.zeros((0, 0, 3), np.uint8), 0.0, id="empty"),
        pytest.param(np.zeros((5, 0, 3), np.uint8), 0.0, id="no-width"),
        pytest.param(np.full((4, 6, 3), 200, np.uint8), 0.0, id="flat"),
        pytest.param(painted((0, 0, 0), (255, 255, 255)), 127.5, id="black-and-white"),
        pytest.param(painted((0, 0, 0), (255, 0, 0)), 14.5, id="blue"),
        pytest.param(painted((0, 0, 0), (0, 255, 0)), 75.0, id="green"),
        pytest.param(painted((0, 0, 0), (0, 0, 255)), 38.0, id="red"),
    ],
)
def test_known_contrast(image: NDArray[np.uint8], expected: float) -> None:
    assert grey_std(image) == pytest.approx(expected, abs=1e-3)


def test_contrast_is_that_of_the_grey_image_of_opencv() -> None:
    import cv2

    image = np.random.default_rng(41).integers(0, 256, size=(60, 50, 3), dtype=np.uint8)
    assert grey_std(image) == pytest.approx(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).std(), abs=0.05)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param(np.zeros((4, 4), np.uint8), r"got uint8 \(4, 4\)", id="grey"),
        pytest.param(np.zeros((4, 4, 4), np.uint8), r"got uint8 \(4, 4, 4\)", id="with-alpha"),
        pytest.param(np.zeros((4, 4, 3), np.float32), r"got float32 \(4, 4, 3\)", id="float"),
    ],
)
def test_bad_image_is_named(image: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grey_std(image)
