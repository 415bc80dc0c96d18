"""Merging by the matrix: known merges, pairs that may not merge, ties, and termination in spite of rounding."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering import matrix_merging
from screenalytics_assets.clustering.matrix_merging import merge_by_matrix

APART = -np.inf


def matrix(*upper: float) -> NDArray[np.float64]:
    """Return the symmetric matrix with these values above the diagonal, row by row."""
    count = int(np.sqrt(2 * len(upper))) + 1
    similarity = np.full((count, count), -np.inf)
    similarity[np.triu_indices(count, 1)] = upper
    return np.asarray(np.maximum(similarity, similarity.T))


@pytest.mark.parametrize(
    ("upper", "sizes", "threshold", "expected"),
    [
        pytest.param([0.5], [1, 1], 0.5, [0, 0], id="at-the-threshold"),
        pytest.param([0.5], [1, 1], 0.51, [0, 1], id="below-the-threshold"),
        pytest.param([APART], [1, 1], -1.0, [0, 1], id="may-not-merge"),
        # {0, 1} is as similar to 2 as (1 * 0.9 + 3 * 0.1) / 4 = 0.3.
        pytest.param([0.95, 0.9, 0.1], [1, 3, 1], 0.29, [0, 0, 0], id="sizes-are-weights-above"),
        pytest.param([0.95, 0.9, 0.1], [1, 3, 1], 0.31, [0, 0, 2], id="sizes-are-weights-below"),
        pytest.param([0.9, 0.8, APART], [1, 1, 1], 0.1, [0, 0, 2], id="a-merged-cluster-inherits"),
        pytest.param([0.9, 0.9, 0.9], [1, 1, 1], 0.95, [0, 1, 2], id="nothing-to-merge"),
        pytest.param([0.9, 0.9, -1.0], [1, 1, 1], 0.5, [0, 0, 2], id="lowest-index-on-a-tie"),
        # Both pairs merge at once: (0.5 + 0.7 + 0.1 + 0.3) / 4 = 0.4 between them.
        pytest.param([0.9, 0.5, 0.7, 0.1, 0.3, 0.8], [1, 1, 1, 1], 0.39, [0, 0, 0, 0], id="two-pairs-at-once-above"),
        pytest.param([0.9, 0.5, 0.7, 0.1, 0.3, 0.8], [1, 1, 1, 1], 0.41, [0, 0, 2, 2], id="two-pairs-at-once-below"),
    ],
)
def test_known_merges(upper: list[float], sizes: list[float], threshold: float, expected: list[int]) -> None:
    assert merge_by_matrix(matrix(*upper), np.array(sizes, np.float64), threshold).tolist() == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("share", [0.0, 0.7, 1.1])
def test_reducing_the_matrix_does_not_change_the_merges(
    monkeypatch: pytest.MonkeyPatch, dtype: type[np.floating], share: float
) -> None:
    rng = np.random.default_rng(157)
    monkeypatch.setattr(matrix_merging, "_BLOCK_VALUES", 100)
    for _ in range(40):
        count = int(rng.integers(2, 50))
        rows = rng.normal(size=(count, 5))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        similarity = (rows @ rows.T).astype(dtype)
        np.fill_diagonal(similarity, -np.inf)
        sizes = rng.integers(1, 9, count).astype(np.float64)
        monkeypatch.setattr(matrix_merging, "_MIN_ACTIVE_SHARE", 0.0)
        expected = merge_by_matrix(similarity.copy(), sizes, 0.4)
        monkeypatch.setattr(matrix_merging, "_MIN_ACTIVE_SHARE", share)
        assert merge_by_matrix(similarity.copy(), sizes, 0.4).tolist() == expected.tolist()


def test_a_cycle_of_nearest_neighbours_caused_by_rounding_terminates(monkeypatch: pytest.MonkeyPatch) -> None:
    state, update = matrix_merging._Matrix, matrix_merging._Matrix.update_nearest
    updates: list[NDArray[np.int64]] = []

    def with_a_cycle_at_first(self: matrix_merging._Matrix, clusters: NDArray[np.int64]) -> None:
        update(self, clusters)
        if not updates:
            self.nearest[:] = [1, 2, 0]
        updates.append(clusters)

    monkeypatch.setattr(state, "update_nearest", with_a_cycle_at_first)
    assert merge_by_matrix(matrix(0.9, 0.9, 0.9), np.ones(3), 0.5).tolist() == [0, 0, 0]
    assert updates[1].tolist() == [0, 1, 2]
