"""Letterbox geometry: never scaled up, padded to multiples of 32, minimal padding."""

import numpy as np
import pytest

from screenalytics_resources.inference.letterbox import Letterbox, fit, letterbox


@pytest.mark.parametrize(
    ("width", "height", "input_size", "expected"),
    [
        pytest.param(640, 480, 640, Letterbox(640, 480, 640, 480), id="fits-exactly"),
        pytest.param(640, 360, 640, Letterbox(640, 360, 640, 384), id="one-side-padded"),
        pytest.param(320, 240, 640, Letterbox(320, 240, 320, 256), id="never-scaled-up"),
        pytest.param(1920, 1080, 640, Letterbox(640, 360, 640, 384), id="scaled-down"),
        pytest.param(1080, 1920, 480, Letterbox(270, 480, 288, 480), id="portrait"),
        pytest.param(641, 480, 640, Letterbox(640, 479, 640, 480), id="one-pixel-too-wide"),
        pytest.param(250, 250, 480, Letterbox(250, 250, 256, 256), id="square"),
        pytest.param(1, 1, 640, Letterbox(1, 1, 32, 32), id="one-pixel"),
        pytest.param(5000, 2, 640, Letterbox(640, 1, 640, 32), id="sliver-keeps-one-row"),
    ],
)
def test_fit(width: int, height: int, input_size: int, expected: Letterbox) -> None:
    assert fit(width, height, input_size) == expected


def test_image_is_at_the_top_left_and_the_rest_is_black() -> None:
    image = np.full((100, 200, 3), 7, np.uint8)
    padded, scale = letterbox(image, 96)
    assert padded.shape == (64, 96, 3)
    assert (padded[:48] == 7).all()
    assert not padded[48:].any()
    np.testing.assert_allclose(scale, [0.48, 0.48])


def test_scale_matches_the_rounded_sides() -> None:
    _, scale = letterbox(np.zeros((480, 641, 3), np.uint8), 640)
    np.testing.assert_allclose(scale, [640 / 641, 479 / 480])


def test_small_image_is_unchanged() -> None:
    image = np.random.default_rng(3).integers(0, 256, (40, 50, 3), np.uint8)
    padded, scale = letterbox(image, 640)
    np.testing.assert_array_equal(padded[:40, :50], image)
    assert scale.tolist() == [1, 1]
