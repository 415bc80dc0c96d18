"""Points in pixels of a frame and of a stored crop."""

import numpy as np
import pytest

from screenalytics_assets.tracks.crop_view import crop_view


@pytest.mark.parametrize(
    ("shape", "point", "in_crop"),
    [
        pytest.param((80, 80, 3), [110.0, 60.0], [10.0, 10.0], id="stored-at-full-size"),
        pytest.param((40, 40, 3), [110.0, 60.0], [5.0, 5.0], id="stored-at-half-size"),
        pytest.param((40, 80, 3), [180.0, 130.0], [80.0, 40.0], id="each-axis-separately"),
    ],
)
def test_points_convert_to_the_crop_and_back(shape: tuple[int, ...], point: list[float], in_crop: list[float]) -> None:
    view = crop_view((100.0, 50.0, 180.0, 130.0), shape)
    points = np.array([point], np.float32)
    np.testing.assert_allclose(view.to_crop(points), [in_crop])
    np.testing.assert_allclose(view.to_frame(view.to_crop(points)), points)
