"""Embeddings without the mean face."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.evidence.face_space import centred


def rows(*values: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(values, np.float32)


HALF = np.sqrt(0.5)


@pytest.mark.parametrize(
    ("vectors", "mean", "expected"),
    [
        # (0.6, 0.8) - (0.6, 0) = (0, 0.8)
        pytest.param([(0.6, 0.8)], (0.6, 0.0), [(0.0, 1.0)], id="removed-and-unit"),
        # (1, 0) - (0, 1) = (1, -1)
        pytest.param([(1.0, 0.0), (0.0, -1.0)], (0.0, 1.0), [(HALF, -HALF), (0.0, -1.0)], id="each-row"),
        pytest.param([(0.6, 0.8)], (0.0, 0.0), [(0.6, 0.8)], id="zero-mean"),
        pytest.param([(0.6, 0.8), (1.0, 0.0)], (0.6, 0.8), [(0.6, 0.8), (0.4472, -0.8944)], id="row-equal-to-mean"),
        pytest.param([], (0.6, 0.8), [], id="no-row"),
    ],
)
def test_the_mean_is_removed(
    vectors: list[tuple[float, float]], mean: tuple[float, float], expected: list[tuple[float, float]]
) -> None:
    moved = centred(rows(*vectors).reshape(-1, 2), rows(mean)[0])
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, np.array(expected).reshape(-1, 2), atol=1e-4)


def test_strangers_that_share_the_mean_no_longer_resemble_each_other() -> None:
    # Both have 0.8 of the common part and 0.6 of their own: similarity 0.64 before, 0 after.
    strangers = rows((0.8, 0.6, 0.0), (0.8, 0.0, 0.6))
    moved = centred(strangers, rows((0.8, 0.0, 0.0))[0])
    assert float(strangers[0] @ strangers[1]) == pytest.approx(0.64)
    assert float(moved[0] @ moved[1]) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("vectors", "mean", "message"),
    [
        pytest.param([(1.0, 0.0)], (0.1, 0.0, 0.0), r"shape \(2,\), but got \(3,\)", id="another-length"),
        pytest.param([(2.0, 0.0)], (0.1, 0.0), "row 0 has norm 2", id="not-a-unit-row"),
        pytest.param([(np.nan, 0.0)], (0.1, 0.0), "row 0", id="not-finite"),
    ],
)
def test_invalid_arrays_raise(vectors: list[tuple[float, ...]], mean: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        centred(rows(*vectors), rows(mean)[0])
