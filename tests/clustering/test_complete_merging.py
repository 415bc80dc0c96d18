"""Complete linkage with cannot-links: known partitions, equality with SciPy and with a brute-force reference."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.complete_merging import merge_complete
from screenalytics_assets.clustering.linkage import number_by_first_appearance

Pair = tuple[int, int]


def at_degrees(*angles: float) -> NDArray[np.float64]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


def pairs(*given: Pair) -> NDArray[np.int64]:
    return np.array(given, np.int64).reshape(-1, 2)


def random_rows(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    rows: NDArray[np.float64] = rng.normal(size=(count, 4)) + 0.5
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# cos(10) = 0.985, cos(20) = 0.940, cos(25) = 0.906, cos(45) = 0.707.
@pytest.mark.parametrize(
    ("angles", "groups", "cannot", "threshold", "expected"),
    [
        pytest.param([10], [0], [], -1.0, [0], id="one-group"),
        pytest.param([0, 45], [0, 1], [], 0.70, [0, 0], id="similar-enough"),
        pytest.param([0, 45], [0, 1], [], 0.71, [0, 1], id="not-similar-enough"),
        pytest.param([0, 20, 45], [0, 1, 2], [], 0.75, [0, 0, 2], id="the-furthest-members-count"),
        pytest.param([0, 20, 45], [0, 1, 2], [], 0.70, [0, 0, 0], id="down-to-the-furthest-members"),
        pytest.param([0, 20, 45], [0, 1, 2], [(0, 1)], 0.75, [0, 1, 1], id="the-next-best-merges"),
        pytest.param([0, 20, 45], [0, 1, 2], [(1, 0)], -1.0, [0, 1, 1], id="either-order"),
        pytest.param([0, 1, 2], [0, 1, 2], [(0, 1), (0, 2), (1, 2)], -1.0, [0, 1, 2], id="all-apart"),
        pytest.param([7, 7, 7], [0, 1, 2], [(0, 2)], -1.0, [0, 0, 2], id="the-first-on-a-tie"),
        pytest.param([0, 0, 0, 0], [0, 1, 2, 3], [(0, 1), (2, 3)], 0.9, [0, 1, 0, 1], id="cannot-links-are-inherited"),
        pytest.param([0, 30, 20], [0, 0, 1], [], 0.95, [0, 1], id="the-nearer-row-of-a-group-is-not-enough"),
        pytest.param([0, 30, 20], [0, 0, 1], [], 0.93, [0, 0], id="the-further-row-of-a-group-is-close-enough"),
        pytest.param([90, 0, 1, 91], [1, 0, 2, 1], [], 0.9, [0, 1, 0], id="labels-are-groups-not-rows"),
        pytest.param([0, 180], [0, 1], [], -1.0, [0, 0], id="opposites"),
    ],
)
def test_known_partition(
    angles: list[float], groups: list[int], cannot: list[Pair], threshold: float, expected: list[int]
) -> None:
    labels = merge_complete(at_degrees(*angles), np.array(groups), pairs(*cannot), threshold)
    assert labels.tolist() == expected


def brute_force(
    rows: NDArray[np.float64], groups: NDArray[np.int64], cannot: NDArray[np.int64], threshold: float
) -> list[int]:
    """Reference: merge the pair of clusters with the highest lowest similarity that no cannot-link separates."""
    clusters = [[group] for group in range(int(groups.max()) + 1)]
    forbidden = {frozenset(pair) for pair in cannot.tolist()}

    def similarity(one: list[int], other: list[int]) -> float:
        if any(frozenset((a, b)) in forbidden for a in one for b in other):
            return -np.inf
        return float((rows[np.isin(groups, one)] @ rows[np.isin(groups, other)].T).min())

    while len(clusters) > 1:
        values = {(i, j): similarity(clusters[i], clusters[j]) for j in range(len(clusters)) for i in range(j)}
        (first, second), best = max(values.items(), key=lambda item: item[1])
        if best < threshold:
            break
        clusters[first] += clusters.pop(second)
    return [next(k for k, part in enumerate(clusters) if group in part) for group in range(int(groups.max()) + 1)]


def test_equals_the_brute_force_reference() -> None:
    rng = np.random.default_rng(101)
    merged = 0
    for _ in range(200):
        count = int(rng.integers(1, 13))
        groups = np.concatenate([np.arange(count), rng.integers(0, count, int(rng.integers(0, 6)))])
        rng.shuffle(groups)
        rows = random_rows(rng, len(groups))
        possible = pairs(*((a, b) for b in range(count) for a in range(b)))
        cannot = possible[rng.random(len(possible)) < rng.uniform(0.0, 0.6)]
        threshold = float(rng.uniform(-0.8, 0.9))
        labels = merge_complete(rows, groups, cannot, threshold)
        expected = number_by_first_appearance(np.array(brute_force(rows, groups, cannot, threshold)))
        np.testing.assert_array_equal(number_by_first_appearance(labels), expected)
        merged += count - len(np.unique(labels))
    assert merged > 300


def test_equals_scipy_without_cannot_links() -> None:
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    rng = np.random.default_rng(103)
    for _ in range(100):
        rows = random_rows(rng, int(rng.integers(2, 60)))
        threshold = float(rng.uniform(-0.9, 0.95))
        tree = hierarchy.linkage(squareform(1.0 - rows @ rows.T, checks=False), method="complete")
        expected = hierarchy.fcluster(tree, 1.0 - threshold, criterion="distance")
        labels = merge_complete(rows, np.arange(len(rows)), pairs(), threshold)
        np.testing.assert_array_equal(number_by_first_appearance(labels), number_by_first_appearance(expected))


def test_the_input_is_not_modified_and_a_label_is_the_first_group() -> None:
    rows, groups, cannot = at_degrees(90, 0, 91, 1), np.array([1, 0, 2, 3]), pairs((0, 1))
    before = rows.copy()
    labels = merge_complete(rows, groups, cannot, 0.9)
    assert labels.tolist() == [0, 1, 1, 0]
    np.testing.assert_array_equal(rows, before)
    assert (groups.tolist(), cannot.tolist()) == ([1, 0, 2, 3], [[0, 1]])
