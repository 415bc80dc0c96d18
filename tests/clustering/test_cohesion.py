"""Cohesion: known statistics of the vectors of one identity, and errors."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.cohesion import cluster_statistics


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


ROOT = 0.5**0.5


# `statistics` are centroid_norm, cohesion, min_similarity and variance.
@pytest.mark.parametrize(
    ("angles", "centroid", "statistics"),
    [
        pytest.param([90], [0, 1], (1, 1, 1, 0), id="one-vector"),
        pytest.param([0, 0, 0], [1, 0], (1, 1, 1, 0), id="all-equal"),
        pytest.param([0, 90], [ROOT, ROOT], (ROOT, ROOT, ROOT, 0.5), id="right-angle"),
        pytest.param([-60, 0, 60], [1, 0], (2 / 3, 2 / 3, 0.5, 5 / 9), id="fan"),
        pytest.param([0, 180], [1, 0], (0, 0, -1, 1), id="opposites-use-the-first"),
        pytest.param([90, 210, 330], [0, 1], (0, 0, -0.5, 1), id="star-uses-the-first"),
    ],
)
def test_known_statistics(angles: list[float], centroid: list[float], statistics: tuple[float, ...]) -> None:
    result = cluster_statistics(at_degrees(*angles))
    assert result.centroid.dtype == np.float32
    np.testing.assert_allclose(result.centroid, centroid, atol=1e-6)
    statistics_found = (result.centroid_norm, result.cohesion, result.min_similarity, result.variance)
    assert statistics_found == pytest.approx(statistics, abs=1e-6)


def test_statistics_stay_in_range_and_agree_with_each_other() -> None:
    rng = np.random.default_rng(29)
    for _ in range(50):
        vectors = rng.normal(size=(int(rng.integers(1, 30)), 512)) + rng.uniform(0, 1)
        rows = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        result = cluster_statistics(rows)
        assert np.linalg.norm(result.centroid) == pytest.approx(1.0, abs=1e-6)
        assert -1.0 <= result.min_similarity <= result.cohesion <= 1.0
        assert result.cohesion == pytest.approx(result.centroid_norm, abs=1e-6)
        assert result.variance == pytest.approx(1.0 - result.centroid_norm**2, abs=1e-6)


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        pytest.param(np.zeros((0, 4), np.float32), "at least one vector", id="none"),
        pytest.param(np.full((1, 1), np.nan, np.float32), "row 0 holds nan", id="nan"),
        pytest.param(np.full((2, 1), 0.5, np.float32), r"row 0 has norm 0\.5", id="not-unit"),
    ],
)
def test_invalid_input_raises(vectors: NDArray[np.float32], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cluster_statistics(vectors)
