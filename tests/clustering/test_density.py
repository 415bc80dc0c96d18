"""Density clustering: known clusters and noise, equality with scikit-learn, and clusters split by cannot-links."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import violations
from screenalytics_assets.clustering.density import dbscan_labels, hdbscan_labels, split_violations
from screenalytics_assets.clustering.linkage import members_by_label, number_by_first_appearance


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(
    ("angles", "degrees", "min_samples", "expected"),
    [
        pytest.param([], 10, 2, [], id="no-vector"),
        pytest.param([5], 10, 1, [0], id="one-vector"),
        pytest.param([5], 10, 2, [0], id="one-vector-is-noise"),
        pytest.param([0, 9, 18, 27], 10, 2, [0, 0, 0, 0], id="a-chain"),
        pytest.param([0, 60, 120], 60, 2, [0, 0, 0], id="at-the-threshold"),
        pytest.param([0, 60, 120], 59.99998, 2, [0, 0, 0], id="below-by-less-than-the-tie-tolerance"),
        pytest.param([0, 60, 120], 59.99, 2, [0, 1, 2], id="just-below-the-threshold"),
        pytest.param([0, 9, 18], 10, 3, [0, 0, 0], id="the-middle-row-is-a-core"),
        pytest.param([0, 9, 18], 10, 4, [0, 1, 2], id="all-noise-without-a-core"),
        pytest.param([90, 0, 200, 1, 91], 10, 2, [0, 1, 2, 1, 0], id="numbered-by-appearance-including-noise"),
    ],
)
def test_known_dbscan(angles: list[float], degrees: float, min_samples: int, expected: list[int]) -> None:
    labels = dbscan_labels(at_degrees(*angles), float(np.cos(np.deg2rad(degrees))), min_samples)
    assert labels.dtype == np.int64
    assert labels.tolist() == expected


def test_dbscan_equals_scikit_learn_at_cosine_distance() -> None:
    from sklearn.cluster import DBSCAN

    rng = np.random.default_rng(53)
    for _ in range(20):
        rows = unit(rng.normal(size=(80, 5)))
        threshold = float(rng.uniform(0.5, 0.95))
        sklearn_labels = DBSCAN(eps=1.0 - threshold, min_samples=3, metric="cosine").fit_predict(
            rows.astype(np.float64)
        )
        sklearn_labels[sklearn_labels < 0] = sklearn_labels.max() + 1 + np.arange((sklearn_labels < 0).sum())
        np.testing.assert_array_equal(dbscan_labels(rows, threshold, 3), number_by_first_appearance(sklearn_labels))


@pytest.mark.parametrize(
    ("angles", "min_cluster_size", "expected"),
    [
        pytest.param([], 2, [], id="no-vector"),
        pytest.param([5], 2, [0], id="one-vector"),
        pytest.param([0, 1, 2], 4, [0, 1, 2], id="fewer-rows-than-the-minimum"),
        pytest.param([90, 0, 91, 1, 92, 2, 250], 3, [0, 1, 0, 1, 0, 1, 2], id="two-people-and-noise"),
    ],
)
def test_known_hdbscan(angles: list[float], min_cluster_size: int, expected: list[int]) -> None:
    labels = hdbscan_labels(at_degrees(*angles), min_cluster_size)
    assert labels.dtype == np.int64
    assert labels.tolist() == expected


@pytest.mark.parametrize(
    ("angles", "labels", "cannot", "expected"),
    [
        pytest.param([], [], [], [], id="no-vector"),
        pytest.param([0, 90, 0], [1, 1, 0], [], [0, 0, 1], id="no-cannot-link-keeps-the-partition"),
        pytest.param([0, 1, 50], [0, 0, 1], [(0, 2)], [0, 0, 1], id="a-cannot-link-between-clusters-has-no-effect"),
        pytest.param([0, 4, 10], [0, 0, 0], [(0, 2)], [0, 0, 1], id="the-middle-row-joins-the-nearer-first-row"),
        pytest.param([0, 6, 10], [0, 0, 0], [(0, 2)], [0, 1, 1], id="the-middle-row-joins-the-nearer-last-row"),
        pytest.param([0, 180, 90], [0, 0, 0], [(0, 2)], [0, 1, 1], id="the-rest-stays-together-however-dissimilar"),
        pytest.param([0, 1, 2, 70], [0, 0, 0, 1], [(0, 1), (0, 2), (1, 2)], [0, 1, 2, 3], id="all-apart"),
        pytest.param([0, 5, 90, 95], [0, 0, 1, 1], [(0, 1)], [0, 1, 2, 2], id="only-the-violating-cluster"),
    ],
)
def test_clusters_are_split(
    angles: list[float], labels: list[int], cannot: list[tuple[int, int]], expected: list[int]
) -> None:
    pairs = np.array(cannot, np.int64).reshape(-1, 2)
    given = np.array(labels, np.int64)
    assert split_violations(at_degrees(*angles), given, pairs).tolist() == expected
    assert given.tolist() == labels


def test_splitting_leaves_no_violation_and_merges_nothing() -> None:
    rng = np.random.default_rng(59)
    for _ in range(40):
        rows = unit(rng.normal(size=(50, 4)) + 1.0)
        cannot = np.array([rng.choice(50, 2, replace=False) for _ in range(30)])
        labels = dbscan_labels(rows, 0.8, 3)
        split = split_violations(rows, labels, cannot)
        assert len(violations(split, cannot)) == 0
        assert all(len(np.unique(labels[part])) == 1 for part in members_by_label(split))
        unaffected = np.setdiff1d(labels, labels[violations(labels, cannot)[:, 0]])
        assert all(len(np.unique(split[labels == label])) == 1 for label in unaffected)


@pytest.mark.parametrize("threshold", [1.5, float("nan")])
def test_a_threshold_outside_the_range_raises(threshold: float) -> None:
    with pytest.raises(ValueError, match=f"threshold .* got {threshold}"):
        dbscan_labels(at_degrees(0, 1), threshold, 2)


def test_rows_that_are_not_unit_vectors_raise() -> None:
    with pytest.raises(ValueError, match="row 0 has norm 2"):
        hdbscan_labels(2 * at_degrees(0, 1), 2)
