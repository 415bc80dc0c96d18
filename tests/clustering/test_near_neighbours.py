"""Neighbours and components from one pass over all pairs, against a full matrix."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.clustering.near_neighbours import join, near_neighbours


def random_rows(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    rows = rng.normal(size=(count, 6)) + rng.uniform(0.0, 1.5)
    rows[rng.integers(0, count, count // 5)] = rows[0]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def reference_components(linked: NDArray[np.bool_]) -> list[int]:
    """Label components by flooding, in order of their first vector."""
    labels = np.full(len(linked), -1)
    for start in range(len(linked)):
        waiting = [start] if labels[start] < 0 else []
        while waiting:
            vector = waiting.pop()
            if labels[vector] < 0:
                labels[vector] = start
                waiting += np.flatnonzero(linked[vector]).tolist()
    return number_by_first_appearance(labels).tolist()


@pytest.mark.parametrize("count", [1, 3, 40])
@pytest.mark.parametrize("block_rows", [3, 8, 1024])
def test_equals_the_full_matrix(count: int, block_rows: int) -> None:
    rng = np.random.default_rng(151)
    for _ in range(8):
        rows = random_rows(rng, int(rng.integers(1, 50)))
        lowest = float(rng.uniform(-1.1, 0.9))
        near, components = near_neighbours(rows, lowest, count, block_rows)
        products = (rows @ rows.T).astype(np.float64)
        np.fill_diagonal(products, -np.inf)
        for row, all_values in enumerate(products):
            listed = np.isfinite(near.similarity[row])
            ids = near.ids[row, listed]
            expected = np.sort(all_values[all_values >= lowest])[::-1][:count]
            np.testing.assert_allclose(near.similarity[row, listed], expected, atol=1e-6)
            np.testing.assert_allclose(all_values[ids], near.similarity[row, listed], atol=1e-6)
            assert len(set(ids.tolist())) == len(ids)
            assert (near.ids[row, ~listed] == row).all()
            assert np.delete(all_values, ids).max(initial=-np.inf) <= near.floor[row] + 1e-6
            if len(expected) < count:
                assert near.floor[row] == pytest.approx(lowest, abs=1e-6)
        assert number_by_first_appearance(components).tolist() == reference_components(products >= lowest)


def test_neighbours_among_some_of_the_vectors() -> None:
    degrees = np.deg2rad([0.0, 90.0, 1.0, 91.0, 3.0])
    near, _ = near_neighbours(np.stack([np.cos(degrees), np.sin(degrees)], axis=1).astype(np.float32), 0.9, 3)
    inside = near.among(np.array([0, 2, 4]))
    assert inside.ids.tolist() == [[1, 2, 0], [0, 2, 1], [1, 0, 2]]
    assert np.isneginf(inside.similarity[:, 2]).all()


@pytest.mark.parametrize(
    ("labels", "first", "second", "expected"),
    [
        pytest.param([0, 1, 2], [], [], [0, 1, 2], id="no-pair"),
        pytest.param([0, 1, 2], [1], [1], [0, 1, 2], id="with-itself"),
        pytest.param([2, 0, 2, 1], [2], [1], [0, 1, 0, 0], id="one-pair"),
        pytest.param([3, 2, 1, 0], [0, 1], [1, 3], [0, 1, 0, 0], id="a-chain"),
    ],
)
def test_join(labels: list[int], first: list[int], second: list[int], expected: list[int]) -> None:
    joined = join(np.array(labels), np.array(first, np.int64), np.array(second, np.int64))
    assert number_by_first_appearance(joined).tolist() == expected
