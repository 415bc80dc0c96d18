"""Reciprocal merging: equality with SciPy and with a greedy reference with constraints, ties, and sizes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering import reciprocal_merging
from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.clustering.near_neighbours import Neighbours
from screenalytics_assets.clustering.reciprocal_merging import merge_reciprocal

NO_PAIRS = np.empty((0, 2), np.int64)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    rows: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows


def at_degrees(*angles: float) -> NDArray[np.float64]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


def full_scipy(rows: NDArray[np.float64], threshold: float) -> NDArray[np.int64]:
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    distances = np.clip(squareform(1.0 - rows @ rows.T, checks=False), 0.0, None)
    return number_by_first_appearance(
        hierarchy.fcluster(hierarchy.linkage(distances, "average"), 1.0 - threshold, "distance")
    )


def greedy(
    means: NDArray[np.float64], sizes: NDArray[np.int64], cannot: NDArray[np.int64], threshold: float
) -> NDArray[np.int64]:
    """Reference: repeatedly merge the most similar pair of the full matrix that no cannot-link separates."""
    clusters = [[index] for index in range(len(means))]
    forbidden = {frozenset(pair) for pair in cannot.tolist()}
    while len(clusters) > 1:
        centres = np.array([np.average(means[part], axis=0, weights=sizes[part]) for part in clusters])
        similarity = centres @ centres.T
        for one, part in enumerate(clusters):
            for other, others in enumerate(clusters):
                if one == other or any(frozenset((a, b)) in forbidden for a in part for b in others):
                    similarity[one, other] = -np.inf
        one, other = sorted(np.unravel_index(int(similarity.argmax()), similarity.shape))
        if similarity[one, other] < threshold:
            break
        clusters[one] += clusters.pop(other)
    labels = np.empty(len(means), np.int64)
    for label, part in enumerate(clusters):
        labels[part] = label
    return number_by_first_appearance(labels)


def merged(rows: NDArray[np.float64], threshold: float, cannot: NDArray[np.int64] = NO_PAIRS) -> list[int]:
    labels = merge_reciprocal(rows, np.ones(len(rows), np.int64), cannot, threshold)
    return number_by_first_appearance(labels).tolist()


@pytest.mark.parametrize(
    ("angles", "threshold", "cannot", "expected"),
    [
        pytest.param([], 0.5, [], [], id="no-cluster"),
        pytest.param([20], 0.5, [], [0], id="one-cluster"),
        pytest.param([0, 60], 0.49, [], [0, 0], id="above-the-threshold"),
        pytest.param([0, 60], 0.51, [], [0, 1], id="below-the-threshold"),
        pytest.param([0, 60], 0.49, [(0, 1)], [0, 1], id="kept-apart"),
        pytest.param([0, 60], -1.0, [(0, 1)], [0, 1], id="kept-apart-at-threshold-minus-one"),
        pytest.param([0, 120, 240], -0.6, [], [0, 0, 0], id="negative-similarities"),
        pytest.param([0, 10, 20], 0.9, [(0, 1)], [0, 1, 1], id="the-next-best-merges"),
        pytest.param([0, 10, 12], 0.9, [(0, 2)], [0, 1, 1], id="a-merged-cluster-inherits-cannot-links"),
        pytest.param([5, 5, 5, 5], 0.9, [(0, 1), (2, 3)], [0, 1, 0, 1], id="duplicates-lowest-index-first"),
        pytest.param([0, 0, -40, 40], 0.7, [], [0, 0, 0, 1], id="lowest-index-after-a-merge"),
        pytest.param([0, 10, 20, 30], 0.98, [], [0, 0, 1, 1], id="lowest-index-of-equal-pairs"),
    ],
)
def test_known_merges(
    angles: list[float], threshold: float, cannot: list[tuple[int, int]], expected: list[int]
) -> None:
    pairs = np.array(cannot, np.int64).reshape(-1, 2)
    assert merged(at_degrees(*angles), threshold, pairs) == expected


@pytest.mark.parametrize("remembered", [1, 2, 16])
def test_equals_full_scipy_linkage(monkeypatch: pytest.MonkeyPatch, remembered: int) -> None:
    monkeypatch.setattr(reciprocal_merging, "REMEMBERED", remembered)
    rng = np.random.default_rng(37)
    for _ in range(120):
        people = rng.normal(size=(int(rng.integers(1, 9)), int(rng.integers(2, 9))))
        noise = rng.normal(size=(int(rng.integers(2, 61)), people.shape[1]))
        rows = unit(people[rng.integers(0, len(people), len(noise))] + rng.uniform(0.05, 2.0) * noise)
        threshold = float(rng.uniform(-0.5, 0.95))
        assert merged(rows, threshold) == full_scipy(rows, threshold).tolist()


@pytest.mark.parametrize("remembered", [1, 16])
def test_equals_the_greedy_reference_with_constraints_and_sizes(
    monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(reciprocal_merging, "REMEMBERED", remembered)
    rng = np.random.default_rng(41)
    for _ in range(150):
        count = int(rng.integers(2, 16))
        means = unit(rng.normal(size=(count, 4)) + rng.uniform(0, 1.5)) * rng.uniform(0.5, 1.0, (count, 1))
        sizes = rng.integers(1, 9, count)
        cannot = np.array([np.sort(rng.choice(count, 2, replace=False)) for _ in range(rng.integers(0, 2 * count))])
        cannot = cannot.reshape(-1, 2).astype(np.int64)
        threshold = float(rng.uniform(-0.3, 0.8))
        labels = number_by_first_appearance(merge_reciprocal(means, sizes, cannot, threshold))
        np.testing.assert_array_equal(labels, greedy(means, sizes, cannot, threshold))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_giant_component_equals_full_scipy_linkage(dtype: type[np.floating]) -> None:
    rng = np.random.default_rng(43)
    people = rng.normal(size=(60, 32)) + 0.6
    rows = unit(people[rng.integers(0, 60, 3000)] + 0.9 * rng.normal(size=(3000, 32)))
    for threshold in (0.3, 0.6):
        labels = merge_reciprocal(rows.astype(dtype), np.ones(3000, np.int64), NO_PAIRS, threshold)
        np.testing.assert_array_equal(number_by_first_appearance(labels), full_scipy(rows, threshold))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_merge_is_left_when_everything_ties(dtype: type[np.floating]) -> None:
    rng = np.random.default_rng(47)
    for _ in range(60):
        lattice = rng.integers(-1, 2, size=(40, 3)).astype(np.float64)
        rows = unit(lattice[lattice.any(axis=1)]).astype(dtype)
        cannot = np.unique(np.sort(rng.integers(0, len(rows), (12, 2)), axis=1), axis=0)
        cannot = cannot[cannot[:, 0] != cannot[:, 1]]
        labels = merge_reciprocal(rows, np.ones(len(rows), np.int64), cannot, 0.5 - 1e-6)
        names = np.unique(labels)
        means = np.array([rows[labels == name].mean(axis=0) for name in names])
        apart = {(labels[one], labels[other]) for one, other in np.concatenate([cannot, cannot[:, ::-1]]).tolist()}
        for one in range(len(names)):
            for other in range(one):
                assert means[one] @ means[other] < 0.5 or (names[one], names[other]) in apart
        assert all(labels[one] != labels[other] for one, other in cannot.tolist())


def test_the_input_is_not_modified_and_labels_are_the_lowest_index() -> None:
    means, cannot = at_degrees(90, 0, 91, 1), np.array([[0, 1]])
    before = means.copy()
    labels = merge_reciprocal(means, np.array([1, 2, 3, 4]), cannot, 0.9)
    assert labels.tolist() == [0, 1, 0, 1]
    np.testing.assert_array_equal(means, before)
    assert cannot.tolist() == [[0, 1]]


def test_a_cycle_of_nearest_neighbours_caused_by_rounding_terminates(monkeypatch: pytest.MonkeyPatch) -> None:
    state, searches = reciprocal_merging._Clusters, []
    search = state.search

    def search_with_a_cycle_at_first(self: reciprocal_merging._Clusters, clusters: NDArray[np.int64]) -> None:
        search(self, clusters)
        if not searches:
            self.nearest[:] = [1, 2, 0]
        searches.append(clusters)

    monkeypatch.setattr(state, "search", search_with_a_cycle_at_first)
    assert merged(at_degrees(5, 5, 5), 0.9) == [0, 0, 0]


def test_a_cycle_of_nearest_neighbours_at_the_start_terminates(monkeypatch: pytest.MonkeyPatch) -> None:
    state, best_merged = reciprocal_merging._Clusters, []
    start_from, merge_best = state.start_from, state.merge_best

    def start_with_a_cycle(self: reciprocal_merging._Clusters, near: Neighbours) -> None:
        start_from(self, near)
        self.nearest[:] = [1, 2, 0]

    def merge_best_counted(self: reciprocal_merging._Clusters) -> NDArray[np.int64]:
        best_merged.append(merge_best(self))
        return best_merged[-1]

    monkeypatch.setattr(reciprocal_merging, "MATRIX_VALUES_PER_MEAN_VALUE", 0)
    monkeypatch.setattr(state, "start_from", start_with_a_cycle)
    monkeypatch.setattr(state, "merge_best", merge_best_counted)
    assert merged(at_degrees(5, 5, 5), 0.9) == [0, 0, 0]
    assert len(best_merged) == 1


def entangled(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return vectors of people of unequal size. The noisier a vector, the more it resembles all other noisy ones."""
    people, shared = unit(rng.normal(size=(count // 20, 64))), unit(rng.normal(size=(1, 64)))
    amount = rng.uniform(0.3, 2.0, (count, 1))
    noise = rng.normal(size=(count, 64)) / 8.0
    return unit(people[rng.integers(0, len(people), count)] + amount * noise + 0.75 * amount * shared)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("matrix_size", [0, 1, 20])
@pytest.mark.parametrize("remembered", [2, 32])
def test_entangled_vectors_equal_full_scipy_linkage(
    monkeypatch: pytest.MonkeyPatch, dtype: str, matrix_size: int, remembered: int
) -> None:
    monkeypatch.setattr(reciprocal_merging, "MATRIX_VALUES_PER_MEAN_VALUE", matrix_size)
    monkeypatch.setattr(reciprocal_merging, "REMEMBERED", remembered)
    rng = np.random.default_rng(163)
    rows = entangled(400, rng)
    rows[rng.integers(0, 400, 20)] = rows[rng.integers(0, 400, 20)]
    for threshold in (0.30, 0.42):
        labels = merge_reciprocal(rows.astype(dtype), np.ones(400, np.int64), NO_PAIRS, threshold)
        expected = full_scipy(rows, threshold)
        assert 5 < expected.max() < 350
        np.testing.assert_array_equal(number_by_first_appearance(labels), expected)


@pytest.mark.parametrize("remembered", [1, 16])
def test_searches_without_the_matrix_equal_the_greedy_reference(
    monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(reciprocal_merging, "MATRIX_VALUES_PER_MEAN_VALUE", 0)
    test_equals_the_greedy_reference_with_constraints_and_sizes(monkeypatch, remembered)
    test_equals_full_scipy_linkage(monkeypatch, remembered)
