"""Square picture of a reference face."""

import numpy as np
import pytest

from screenalytics_assets.cast.display_crop import DISPLAY_PX, MARGIN, display_crop


def ramp(height: int, width: int) -> np.ndarray:
    """Return an image in which blue increases by one level every 4 px to the right, and green downwards."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.arange(width) // 4
    image[..., 1] = np.arange(height)[:, None] // 4
    return image


@pytest.mark.parametrize(
    ("box", "left", "top", "side"),
    [
        pytest.param((400, 300, 500, 400), 355, 255, 190, id="in-the-middle"),
        pytest.param((400, 300, 450, 400), 330, 255, 190, id="as-wide-as-the-longer-side"),
        pytest.param((0, 0, 100, 100), 0, 0, 190, id="moved-in-from-the-corner"),
        pytest.param((900, 700, 1000, 800), 810, 610, 190, id="moved-in-from-the-other-corner"),
        pytest.param((200, 100, 800, 700), 100, 0, 800, id="no-larger-than-the-picture"),
    ],
)
def test_square(box: tuple[int, int, int, int], left: int, top: int, side: int) -> None:
    assert round((1 + 2 * MARGIN) * 100) == 190
    crop = display_crop(ramp(800, 1000), np.array(box, np.float32))
    assert (crop.shape, crop.dtype) == ((DISPLAY_PX, DISPLAY_PX, 3), np.uint8)
    corners = np.array([crop[0, 0, :2], crop[-1, -1, :2]], float)
    expected = np.array([[left // 4, top // 4], [(left + side - 1) // 4, (top + side - 1) // 4]], float)
    np.testing.assert_allclose(corners, expected, atol=1)
