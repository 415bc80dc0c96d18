"""The tree of average linkage: known merges, and equality with SciPy's tree to the last bit."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from screenalytics_assets.clustering.average_tree import average_tree


def between(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances (n, n) of points (n, D)."""
    return np.asarray(np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2)))


@pytest.mark.parametrize(
    ("positions", "merges"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([5], [], id="one-row"),
        pytest.param([0, 3], [[0, 1, 3, 2]], id="two-rows"),
        pytest.param([10, 0, 1], [[1, 2, 1, 2], [0, 3, 9.5, 3]], id="the-nearest-merge-first"),
        pytest.param([0, 1, 10, 12], [[0, 1, 1, 2], [2, 3, 2, 2], [4, 5, 10.5, 4]], id="two-pairs"),
        pytest.param([0, 1, 6], [[0, 1, 1, 2], [2, 3, 5.5, 3]], id="a-mean-of-distances"),
        pytest.param([0, 1, 2, 7], [[0, 1, 1, 2], [2, 4, 1.5, 3], [3, 5, 6, 4]], id="a-mean-weighted-by-size"),
        pytest.param([4, 4, 4], [[0, 1, 0, 2], [2, 3, 0, 3]], id="equal-rows"),
    ],
)
def test_known_trees(positions: list[float], merges: list[list[float]]) -> None:
    tree = average_tree(between(np.array(positions, np.float64).reshape(-1, 1)))
    assert tree.shape == (max(0, len(positions) - 1), 4)
    assert tree.tolist() == merges


@pytest.mark.parametrize("count", [2, 3, 7, 60, 300])
@pytest.mark.parametrize("ties", [pytest.param(False, id="no-ties"), pytest.param(True, id="many-ties")])
def test_the_tree_is_scipys(count: int, ties: bool) -> None:
    rng = np.random.default_rng(count)
    points = rng.integers(0, 3, (count, 3)).astype(np.float64) if ties else rng.normal(size=(count, 8))
    distances = between(points)
    expected = hierarchy.linkage(squareform(distances, checks=False), method="average")
    assert np.array_equal(average_tree(distances), expected)
