"""Linkage: known partitions, equality with SciPy's full linkage, constraints, memory and errors."""

import tracemalloc
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering import linkage as linkage_module
from screenalytics_assets.clustering.constraints import Constraints, settle, violations
from screenalytics_assets.clustering.linkage import (
    Linkage,
    cluster_labels,
    members_by_label,
    number_by_first_appearance,
)

GRAPH_LINKAGES: tuple[Linkage, ...] = ("average", "complete", "single")


def at_degrees(*angles: float) -> NDArray[np.float32]:
    """Return unit vectors in the plane; the similarity of two is the cosine of the angle between them."""
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def full_scipy(rows: NDArray[np.float32], threshold: float, linkage: str) -> NDArray[np.int64]:
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    exact = rows.astype(np.float64)
    distances = np.clip(squareform(1.0 - exact @ exact.T, checks=False), 0.0, None)
    tree = hierarchy.linkage(distances, method=linkage)
    return number_by_first_appearance(hierarchy.fcluster(tree, 1.0 - threshold + 1e-6, "distance"))


# Similarities 0.766 (0 to 40), 0.707 (40 to 85), 0.087 (0 to 85); {0, 40} has a mean of 0.397 with 85.
CHAIN = at_degrees(0, 40, 85)


@pytest.mark.parametrize(
    ("vectors", "threshold", "linkage", "expected"),
    [
        pytest.param(np.zeros((0, 4), np.float32), 0.5, "average", [], id="no-vector"),
        pytest.param(np.zeros((0, 4), np.float32), 0.5, "ward", [], id="no-vector-ward"),
        pytest.param(at_degrees(10), 0.5, "average", [0], id="one-vector"),
        pytest.param(at_degrees(10), 0.5, "ward", [0], id="one-vector-ward"),
        pytest.param(at_degrees(90, 0, 91, 1), 0.9, "average", [0, 1, 0, 1], id="numbered-by-appearance"),
        pytest.param(CHAIN, 0.70, "single", [0, 0, 0], id="chain-single"),
        pytest.param(CHAIN, 0.70, "average", [0, 0, 1], id="chain-average-differs-from-single"),
        pytest.param(CHAIN, 0.39, "average", [0, 0, 0], id="chain-average-merges-at-its-mean"),
        pytest.param(CHAIN, 0.40, "average", [0, 0, 1], id="chain-average-stops-above-its-mean"),
        pytest.param(CHAIN, 0.39, "complete", [0, 0, 1], id="chain-complete-compares-the-ends"),
        pytest.param(CHAIN, 0.08, "complete", [0, 0, 0], id="chain-complete-merges-at-the-ends"),
        pytest.param(at_degrees(0, 60), 0.5, "average", [0, 0], id="pair-at-threshold-average"),
        pytest.param(at_degrees(0, 60), 0.5, "complete", [0, 0], id="pair-at-threshold-complete"),
        pytest.param(at_degrees(0, 60), 0.5, "single", [0, 0], id="pair-at-threshold-single"),
        pytest.param(at_degrees(0, 60), 0.5, "ward", [0, 0], id="pair-at-threshold-ward"),
        pytest.param(at_degrees(0, 60), 0.50001, "average", [0, 1], id="pair-below-threshold-average"),
        pytest.param(at_degrees(0, 60), 0.50001, "single", [0, 1], id="pair-below-threshold-single"),
        pytest.param(at_degrees(0, 60), 0.50001, "ward", [0, 1], id="pair-below-threshold-ward"),
        pytest.param(at_degrees(7, 50, 7, 7), 1.0, "average", [0, 1, 0, 0], id="duplicates-at-one"),
        pytest.param(at_degrees(7, 50, 7, 7), 1.0, "ward", [0, 1, 0, 0], id="duplicates-at-one-ward"),
        pytest.param(at_degrees(0, 180), -1.0, "complete", [0, 0], id="opposites-at-minus-one"),
        pytest.param(at_degrees(0, 180), -0.9, "single", [0, 1], id="opposites-above-minus-one"),
        pytest.param(at_degrees(0, 120, 240), -0.5, "average", [0, 0, 0], id="negative-threshold"),
    ],
)
def test_known_partition(
    vectors: NDArray[np.float32],
    threshold: float,
    linkage: Linkage,
    expected: list[int],
) -> None:
    labels = cluster_labels(vectors, threshold, linkage)
    assert labels.dtype == np.int64
    assert labels.tolist() == expected


@pytest.mark.parametrize("linkage", GRAPH_LINKAGES)
@pytest.mark.parametrize("threshold", [-1.0, -0.3, 0.0, 0.4, 0.7, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("repeats", [1, 3], ids=["distinct", "with-duplicates"])
def test_equals_full_scipy_linkage(linkage: Linkage, threshold: float, repeats: int) -> None:
    rng = np.random.default_rng(7)
    for _ in range(25):
        count, width = int(rng.integers(2, 40)), int(rng.integers(2, 7))
        rows = unit(rng.normal(size=(count, width)))[rng.integers(0, -(-count // repeats), count)]
        labels = cluster_labels(rows, threshold, linkage, block_rows=int(rng.integers(1, 12)))
        np.testing.assert_array_equal(labels, full_scipy(rows, threshold, linkage))


@pytest.mark.parametrize("linkage", GRAPH_LINKAGES)
def test_equals_full_scipy_linkage_on_noisy_people(linkage: Linkage) -> None:
    rng = np.random.default_rng(11)
    people = rng.normal(size=(40, 64))
    rows = unit(people[rng.integers(0, 40, 400)] + 0.9 * rng.normal(size=(400, 64)))
    for threshold in (0.3, 0.45, 0.6):
        labels = cluster_labels(rows, threshold, linkage, block_rows=150)
        np.testing.assert_array_equal(labels, full_scipy(rows, threshold, linkage))


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_merging_without_the_full_matrix_equals_scipy(monkeypatch: pytest.MonkeyPatch, linkage: Linkage) -> None:
    monkeypatch.setattr(linkage_module, "_MATRIX_ROWS", 1)
    monkeypatch.setattr(linkage_module, "_EXACT_ROWS", 30)
    rng = np.random.default_rng(71)
    for _ in range(150):
        people = rng.normal(size=(int(rng.integers(1, 9)), int(rng.integers(2, 9))))
        noise = rng.normal(size=(int(rng.integers(2, 61)), people.shape[1]))
        rows = unit(people[rng.integers(0, len(people), len(noise))] + rng.uniform(0.05, 2.0) * noise)
        threshold = float(rng.uniform(-0.5, 0.95))
        np.testing.assert_array_equal(cluster_labels(rows, threshold, linkage), full_scipy(rows, threshold, linkage))


def test_one_giant_component_equals_full_scipy_linkage() -> None:
    rng = np.random.default_rng(73)
    people = rng.normal(size=(50, 32)) + 0.6
    rows = unit(people[rng.integers(0, 50, 3000)] + 0.9 * rng.normal(size=(3000, 32)))
    labels = cluster_labels(rows, 0.4)
    assert 1 < labels.max() < 1000
    np.testing.assert_array_equal(labels, full_scipy(rows, 0.4, "average"))


def pairs(*given: tuple[int, int]) -> NDArray[np.int64]:
    return np.array(given, np.int64).reshape(-1, 2)


@pytest.mark.parametrize(
    ("vectors", "threshold", "cannot", "must", "average", "complete"),
    [
        pytest.param(at_degrees(0, 1), 0.9, [(0, 1)], [], [0, 1], [0, 1], id="kept-apart"),
        pytest.param(at_degrees(0, 1), -1.0, [(1, 0)], [], [0, 1], [0, 1], id="kept-apart-in-either-order"),
        pytest.param(at_degrees(0, 90), 0.9, [], [(0, 1)], [0, 0], [0, 0], id="must-link"),
        pytest.param(
            at_degrees(0, 90), 0.9, [(0, 1)], [(0, 1)], [0, 1], [0, 1], id="a-cannot-link-overrides-a-must-link"
        ),
        pytest.param(at_degrees(7, 7, 7), 1.0, [(0, 1)], [], [0, 1, 0], [0, 1, 0], id="duplicates-kept-apart"),
        pytest.param(at_degrees(0, 10, 20), 0.9, [(0, 1)], [], [0, 1, 1], [0, 1, 1], id="the-next-best-merges"),
        # Without the must-link {40, 45, 50} would be one cluster; with it the average similarity is 0.863.
        pytest.param(
            at_degrees(0, 50, 45, 40), 0.87, [], [(0, 1)], [0, 0, 1, 1], [0, 0, 1, 1], id="a-must-link-changes-the-mean"
        ),
        # The must-linked group {0, 0, 0} is as similar to 40 as 0 alone (0.766). Whether 85 joins then depends on the
        # average: (3 * 0.087 + 0.707) / 4 = 0.242.
        pytest.param(
            at_degrees(0, 40, 85, 0, 0),
            0.24,
            [],
            [(0, 3), (4, 3)],
            [0, 0, 0, 0, 0],
            [0, 0, 1, 0, 0],
            id="sizes-are-weights-below",
        ),
        pytest.param(
            at_degrees(0, 40, 85, 0, 0),
            0.25,
            [],
            [(0, 3), (4, 3)],
            [0, 0, 1, 0, 0],
            [0, 0, 1, 0, 0],
            id="sizes-are-weights-above",
        ),
        pytest.param(
            at_degrees(0, 100, 1, 101),
            0.9,
            [(0, 1)],
            [(2, 3)],
            [0, 1, 2, 2],
            [0, 1, 2, 2],
            id="a-must-link-between-components",
        ),
    ],
)
def test_known_partition_with_constraints(
    vectors: NDArray[np.float32],
    threshold: float,
    cannot: list[tuple[int, int]],
    must: list[tuple[int, int]],
    average: list[int],
    complete: list[int],
) -> None:
    constraints = Constraints(pairs(*cannot), pairs(*must))
    assert cluster_labels(vectors, threshold, "average", constraints).tolist() == average
    assert cluster_labels(vectors, threshold, "complete", constraints).tolist() == complete


def greedy(
    rows: NDArray[np.float32], threshold: float, linkage: Linkage, constraints: Constraints
) -> NDArray[np.int64]:
    """Reference: repeatedly merge the most similar pair of the full matrix that no cannot-link separates."""
    similarity = rows.astype(np.float64) @ rows.astype(np.float64).T
    forbidden = np.zeros(similarity.shape, np.bool_)
    forbidden[constraints.cannot_link[:, 0], constraints.cannot_link[:, 1]] = True
    forbidden |= forbidden.T
    clusters = [part.tolist() for part in members_by_label(settle(constraints, len(rows)).groups)]
    while True:
        best, pair = threshold, None
        for one, part in enumerate(clusters):
            for other, others in enumerate(clusters[:one]):
                across = similarity[np.ix_(part, others)]
                value = across.mean() if linkage == "average" else across.min()
                if value >= best and not forbidden[np.ix_(part, others)].any():
                    best, pair = value, (other, one)
        if pair is None:
            break
        clusters[pair[0]] += clusters.pop(pair[1])
    labels = np.empty(len(rows), np.int64)
    for label, part in enumerate(clusters):
        labels[part] = label
    return number_by_first_appearance(labels)


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_constrained_linkage_equals_the_greedy_reference(linkage: Linkage) -> None:
    rng = np.random.default_rng(79)
    for _ in range(200):
        count = int(rng.integers(2, 19))
        rows = unit(rng.normal(size=(count, 4)) + rng.uniform(0.0, 1.5))
        drawn = np.array([rng.choice(count, 2, replace=False) for _ in range(rng.integers(1, 2 * count))])
        split = int(rng.integers(0, len(drawn) + 1))
        constraints = Constraints(drawn[:split], drawn[split:][:3])
        threshold = float(rng.uniform(-0.3, 0.9))
        labels = cluster_labels(rows, threshold, linkage, constraints, block_rows=int(rng.integers(1, 12)))
        np.testing.assert_array_equal(labels, greedy(rows, threshold, linkage, constraints))


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_no_cannot_link_is_ever_violated(linkage: Linkage) -> None:
    rng = np.random.default_rng(83)
    people = rng.normal(size=(12, 16))
    rows = unit(people[rng.integers(0, 12, 300)] + 0.5 * rng.normal(size=(300, 16)))
    for threshold in (-1.0, 0.2, 0.6):
        cannot = np.array([rng.choice(300, 2, replace=False) for _ in range(600)])
        constraints = Constraints(cannot, np.array([rng.choice(300, 2, replace=False) for _ in range(20)]))
        free = cluster_labels(rows, threshold, linkage)
        assert len(violations(free, cannot)) > 10
        assert len(violations(cluster_labels(rows, threshold, linkage, constraints), cannot)) == 0


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_float32_gives_the_same_partition_for_well_separated_people(
    monkeypatch: pytest.MonkeyPatch, linkage: Linkage
) -> None:
    rng = np.random.default_rng(113)
    people = rng.normal(size=(10, 64))
    rows = unit(people[rng.integers(0, 10, 200)] + 0.3 * rng.normal(size=(200, 64)))
    drawn = np.array([rng.choice(200, 2, replace=False) for _ in range(120)])
    constraints = Constraints(drawn[:100], drawn[100:])
    exact = [cluster_labels(rows, threshold, linkage, constraints) for threshold in (0.2, 0.6)]
    monkeypatch.setattr(linkage_module, "_EXACT_ROWS", 4)
    for threshold, expected in zip((0.2, 0.6), exact, strict=True):
        np.testing.assert_array_equal(cluster_labels(rows, threshold, linkage, constraints), expected)
        assert 10 < expected.max() < 100


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_no_merge_is_left_when_merges_tie_under_constraints(linkage: Linkage) -> None:
    # Any of the duplicates may merge first. Clusters that remain are dissimilar or separated by a cannot-link.
    rng = np.random.default_rng(127)
    for _ in range(100):
        rows = at_degrees(*(90.0 * rng.integers(0, 3, 20)))
        drawn = np.array([rng.choice(20, 2, replace=False) for _ in range(18)])
        constraints = Constraints(drawn[:15], drawn[15:])
        labels = cluster_labels(rows, 0.9, linkage, constraints)
        assert len(violations(labels, constraints.cannot_link)) == 0
        forbidden = {frozenset(pair) for pair in labels[constraints.cannot_link].tolist()}
        groups = members_by_label(labels)
        for first, members in enumerate(groups):
            for second, others in enumerate(groups[:first]):
                across = rows[members] @ rows[others].T
                similarity = across.mean() if linkage == "average" else across.min()
                assert similarity < 0.9 or frozenset((first, second)) in forbidden


def test_a_violation_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkage_module, "_linkage_inside", lambda *_: np.zeros(2, np.int64))
    with pytest.raises(RuntimeError, match=r"one contains rows \[0, 1\]"):
        cluster_labels(at_degrees(0, 90), 0.9, "average", Constraints(cannot_link=pairs((0, 1))))


@pytest.mark.parametrize("linkage", ["single", "ward"])
@pytest.mark.parametrize(
    "constraints",
    [Constraints(cannot_link=pairs((0, 1))), Constraints(must_link=pairs((0, 1)))],
    ids=["cannot", "must"],
)
def test_linkages_without_support_for_constraints_raise(linkage: Linkage, constraints: Constraints) -> None:
    with pytest.raises(ValueError, match=f"no constraints with {linkage} linkage: only average and complete"):
        cluster_labels(at_degrees(0, 1), 0.9, linkage, constraints)


def test_constraints_of_other_rows_raise() -> None:
    with pytest.raises(ValueError, match=r"cannot_link to pair two of the 2 rows, but got the pair \[0, 2\]"):
        cluster_labels(at_degrees(0, 1), 0.9, "average", Constraints(cannot_link=pairs((0, 2))))


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_no_merge_is_left_when_merges_tie(linkage: Linkage) -> None:
    # With many exact ties that exclude each other, several partitions are correct, and each of them is maximal.
    rng = np.random.default_rng(3)
    for _ in range(100):
        lattice = rng.integers(-1, 2, size=(25, 3)).astype(np.float64)
        rows = unit(lattice[lattice.any(axis=1)])
        groups = members_by_label(cluster_labels(rows, 0.5, linkage))
        for first, members in enumerate(groups):
            for others in groups[:first]:
                across = rows[members] @ rows[others].T
                assert (across.mean() if linkage == "average" else across.min()) < 0.5
            if linkage == "complete":
                assert (rows[members] @ rows[members].T).min() >= 0.5 - 1e-6


def test_ward_is_scipy_ward_at_the_euclidean_distance_of_the_threshold() -> None:
    from scipy.cluster import hierarchy

    rng = np.random.default_rng(5)
    rows = unit(rng.normal(size=(60, 4)))
    for threshold in (-1.0, 0.0, 0.5, 0.9):
        tree = hierarchy.linkage(rows.astype(np.float64), "ward")
        expected = hierarchy.fcluster(tree, np.sqrt(2.0 - 2.0 * threshold) + 1e-7, "distance")
        labels = cluster_labels(rows, threshold, "ward")
        np.testing.assert_array_equal(labels, number_by_first_appearance(expected))


@pytest.mark.parametrize("linkage", get_args(Linkage))
def test_order_of_rows_does_not_change_the_partition(linkage: Linkage) -> None:
    rng = np.random.default_rng(13)
    rows = unit(rng.normal(size=(80, 4)))
    order = rng.permutation(80)
    labels, shuffled = cluster_labels(rows, 0.6, linkage), cluster_labels(rows[order], 0.6, linkage)
    np.testing.assert_array_equal(number_by_first_appearance(labels[order]), shuffled)


def test_memory_stays_far_below_the_full_matrix() -> None:
    rng = np.random.default_rng(17)
    people = rng.normal(size=(1000, 32))
    rows = unit(np.repeat(people, 4, axis=0) + 0.1 * rng.normal(size=(4000, 32)))
    cluster_labels(rows[:8], 0.8)
    tracemalloc.start()
    labels = cluster_labels(rows, 0.8, "average", block_rows=256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert labels.max() == 999
    assert peak < 4000 * 4000 * 4 / 10


def test_embeddings_rounded_to_float16_merge_with_their_duplicates() -> None:
    rows = unit(np.random.default_rng(19).normal(size=(5, 512)))
    rounded = rows.astype(np.float16).astype(np.float32)
    assert cluster_labels(np.concatenate([rounded, rounded]), 1.0).tolist() == [0, 1, 2, 3, 4] * 2


NAN_ROW = np.array([[1.0, 0.0], [np.nan, 0.0]], dtype=np.float32)
INF_ROW = np.array([[np.inf, 0.0]], dtype=np.float32)
LONG_ROW = np.array([[1.0, 0.0], [0.0, 1.002]], dtype=np.float32)


@pytest.mark.parametrize(
    ("vectors", "threshold", "linkage", "block_rows", "message"),
    [
        pytest.param(NAN_ROW, 0.5, "average", 8, "row 1 holds nan", id="nan"),
        pytest.param(INF_ROW, 0.5, "single", 8, "row 0 holds inf", id="infinity-in-one-row"),
        pytest.param(LONG_ROW, 0.5, "ward", 8, r"row 1 has norm 1\.002", id="not-unit"),
        pytest.param(np.zeros((1, 2), np.float32), 0.5, "average", 8, "row 0 has norm 0", id="zero-row"),
        pytest.param(np.ones(2, np.float32), 0.5, "average", 8, r"got shape \(2,\)", id="one-dimension"),
        pytest.param(at_degrees(0), 1.01, "average", 8, r"threshold .* got 1\.01", id="threshold-above-one"),
        pytest.param(at_degrees(0), -1.5, "single", 8, r"threshold .* got -1\.5", id="threshold-below"),
        pytest.param(at_degrees(0), float("nan"), "ward", 8, "threshold .* got nan", id="threshold-nan"),
        pytest.param(at_degrees(0), 0.5, "centroid", 8, "Unknown linkage 'centroid'", id="unknown-linkage"),
        pytest.param(at_degrees(0), 0.5, "average", 0, "block_rows .* got 0", id="no-block"),
    ],
)
def test_invalid_input_raises(
    vectors: NDArray[np.float32], threshold: float, linkage: Linkage, block_rows: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        cluster_labels(vectors, threshold, linkage, block_rows=block_rows)


# Shares of the threshold.


def naive_average(similarities: NDArray[np.float64], threshold: float) -> NDArray[np.int64]:
    """Merge the two most similar clusters while their mean similarity reaches the threshold."""
    clusters = [[row] for row in range(len(similarities))]
    while len(clusters) > 1:
        means = np.array([[similarities[np.ix_(a, b)].mean() for b in clusters] for a in clusters])
        np.fill_diagonal(means, -np.inf)
        first, second = sorted(np.unravel_index(means.argmax(), means.shape))
        if means[first, second] < threshold:
            break
        clusters[first] += clusters.pop(int(second))
    labels = np.empty(len(similarities), np.int64)
    for label, members in enumerate(clusters):
        labels[members] = label
    return number_by_first_appearance(labels)


def people(rng: np.random.Generator, count: int = 30) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return rows of five people, and shares from 0.25 to 1."""
    centres = rng.normal(size=(5, 6))
    return unit(centres[rng.integers(0, 5, count)] + 0.6 * rng.normal(size=(count, 6))), rng.uniform(0.25, 1.0, count)


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_shares_of_1_change_nothing(linkage: Linkage) -> None:
    rng = np.random.default_rng(11)
    for _ in range(10):
        rows, _ = people(rng)
        expected = cluster_labels(rows, 0.4, linkage)
        np.testing.assert_array_equal(cluster_labels(rows, 0.4, linkage, shares=np.ones(len(rows))), expected)


@pytest.mark.parametrize(
    ("angles", "shares", "expected"),
    [
        # cos 60 = 0.5
        pytest.param([0, 60], [1.0, 1.0], [0, 1], id="below-the-threshold-of-0.6"),
        pytest.param([0, 60], [1.0, 0.8], [0, 0], id="a-weak-row-needs-0.48"),
        pytest.param([0, 60], [0.9, 0.9], [0, 0], id="two-weak-rows-need-0.486"),
        pytest.param([0, 60], [1.0, 0.85], [0, 1], id="needs-0.51"),
        pytest.param([0, 60, 120], [1.0, 0.8, 1.0], [0, 0, 1], id="the-earlier-pair-on-a-tie"),
        pytest.param([0], [0.5], [0], id="one-row"),
        pytest.param([], [], [], id="no-row"),
    ],
)
def test_shares_lower_the_threshold_for_weak_rows(
    angles: list[float], shares: list[float], expected: list[int]
) -> None:
    rows = at_degrees(*angles)
    for linkage in ("average", "complete"):
        assert cluster_labels(rows, 0.6, linkage, shares=np.array(shares)).tolist() == expected


def test_average_linkage_of_similarities_divided_by_the_shares() -> None:
    rng = np.random.default_rng(12)
    differs_from_unscaled = 0
    for _ in range(10):
        rows, shares = people(rng, 20)
        exact = rows.astype(np.float64)
        expected = naive_average(exact @ exact.T / np.outer(shares, shares), 0.7)
        labels = cluster_labels(rows, 0.7, "average", shares=shares)
        np.testing.assert_array_equal(labels, expected)
        np.testing.assert_array_equal(cluster_labels(rows, 0.7, "average", shares=shares, block_rows=7), labels)
        differs_from_unscaled += not np.array_equal(labels, cluster_labels(rows, 0.7, "average"))
    assert differs_from_unscaled > 4


@pytest.mark.parametrize("linkage", ["average", "complete"])
def test_shares_keep_constraints(linkage: Linkage) -> None:
    rng = np.random.default_rng(13)
    for _ in range(10):
        rows, shares = people(rng)
        drawn = np.array([rng.choice(len(rows), 2, replace=False) for _ in range(30)])
        labels = cluster_labels(rows, 0.4, linkage, Constraints(cannot_link=drawn), shares=shares)
        assert len(violations(labels, drawn)) == 0
    must = Constraints(must_link=np.array([[0, 1]]))
    assert cluster_labels(at_degrees(0, 180), 0.6, linkage, must, shares=np.array([0.5, 1.0])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("shares", "linkage", "message"),
    [
        pytest.param([1.0], "average", "Expected 2 shares above 0", id="too-few"),
        pytest.param([1.0, 0.0], "average", "Expected 2 shares above 0", id="zero"),
        pytest.param([1.0, -0.5], "complete", "Expected 2 shares above 0", id="negative"),
        pytest.param([1.0, np.nan], "average", "Expected 2 shares above 0", id="nan"),
        pytest.param([1.0, 1.0], "single", "Expected no shares with single linkage", id="single"),
        pytest.param([1.0, 1.0], "ward", "Expected no shares with ward linkage", id="ward"),
    ],
)
def test_invalid_shares_raise(shares: list[float], linkage: Linkage, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cluster_labels(at_degrees(0, 60), 0.5, linkage, shares=np.array(shares))
