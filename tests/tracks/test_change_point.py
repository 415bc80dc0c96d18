"""Change points between two people, with embeddings of known similarity."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.tracks.change_point import change_point
from tests.tiny_episode import unit

ANN, BEN = unit(1, 0), unit(0, 1)


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        pytest.param([], 0, id="no-face-between"),
        pytest.param([ANN, ANN], 2, id="all-like-the-face-before"),
        pytest.param([BEN, BEN], 0, id="all-like-the-face-after"),
        pytest.param([ANN, BEN, BEN], 1, id="change"),
        pytest.param([unit(0.9, 0.1), unit(0.6, 0.5), unit(0.4, 0.6), unit(0.1, 0.9)], 2, id="dissolve"),
        pytest.param([ANN, ANN, unit(0.4, 0.6), ANN, BEN], 4, id="one-face-that-does-not-fit"),
        pytest.param([unit(0.5, 0.5)], 1, id="tie"),
    ],
)
def test_change_point(between: list[NDArray[np.float32]], expected: int) -> None:
    assert change_point(ANN, BEN, np.array(between, np.float32).reshape(-1, 2)) == expected
