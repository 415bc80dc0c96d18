"""New tracks join existing clusters: bounds, margins, constraints, and labels that do not change."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import NO_CONSTRAINTS, Constraints, violations
from screenalytics_assets.clustering.incremental import join_clusters
from screenalytics_assets.clustering.linkage import cluster_labels

Pair = tuple[int, int]


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def pairs(given: list[Pair]) -> NDArray[np.int64]:
    return np.array(given, np.int64).reshape(-1, 2)


# Two existing clusters: {0, 1} at 0 and 10 degrees, and {2} at 90. The new rows start at 3. The bound is 0.9 (25.8
# degrees), and the margin is 0.2.
EXISTING, LABELS = at_degrees(0, 10, 90), np.array([0, 0, 1])


@pytest.mark.parametrize(
    ("new", "cannot", "must", "expected"),
    [
        pytest.param([], [], [], [], id="no-new-row"),
        pytest.param([7], [], [], [0], id="joins-the-most-similar"),
        pytest.param([30.8], [], [], [0], id="at-25.8-from-the-centroid"),
        pytest.param([30.9], [], [], [2], id="too-far-from-the-centroid"),
        pytest.param([80, 20, 200], [], [], [1, 0, 2], id="each-its-own"),
        pytest.param([180, 270, 181], [], [], [2, 3, 2], id="the-remaining-rows-are-clustered"),
        pytest.param([5], [(3, 0)], [], [2], id="a-cannot-link-with-a-member"),
        pytest.param([5], [(1, 3)], [], [2], id="either-order"),
        pytest.param([5], [(2, 3)], [], [0], id="a-cannot-link-with-another-cluster"),
        pytest.param([6, 5], [(3, 4)], [], [2, 0], id="the-more-similar-of-two-with-a-cannot-link"),
        pytest.param([5, 5], [(3, 4)], [], [0, 2], id="the-earlier-on-a-tie"),
        pytest.param([200, 201], [(3, 4)], [], [2, 3], id="cannot-links-between-remaining-rows"),
        pytest.param([200], [], [(3, 0)], [0], id="a-must-link-with-an-existing-row"),
        pytest.param([200], [], [(1, 3)], [0], id="a-must-link-in-either-order"),
        pytest.param([200, 5], [(3, 4)], [(3, 0)], [0, 2], id="a-must-link-takes-precedence"),
        pytest.param([200], [(3, 1)], [(3, 0)], [2], id="a-cannot-link-with-the-cluster-overrides-a-must-link"),
        pytest.param([200], [(3, 0)], [(3, 0)], [2], id="a-cannot-link-overrides-the-same-must-link"),
        pytest.param([200, 5], [], [(3, 4)], [2, 2], id="together-they-are-similar-to-no-cluster"),
        pytest.param([30, 0], [], [(3, 4)], [0, 0], id="together-they-are-similar-to-a-cluster"),
        pytest.param([200, 270], [], [(3, 4)], [2, 2], id="must-links-between-remaining-rows"),
        pytest.param([200, 201], [], [(3, 4), (4, 2)], [1, 1], id="must-links-chain-to-an-existing-row"),
        pytest.param([200], [], [(0, 3), (3, 2)], [0], id="existing-clusters-stay-apart"),
        pytest.param([5], [(0, 1)], [], [0], id="existing-clusters-stay-together"),
    ],
)
def test_the_cluster_of_each_new_row(
    new: list[float], cannot: list[Pair], must: list[Pair], expected: list[int]
) -> None:
    joined = join_clusters(
        vectors=EXISTING,
        labels=LABELS,
        new_vectors=at_degrees(*new),
        needed=np.full(len(new), 0.9),
        margin=0.2,
        threshold=0.9,
        constraints=Constraints(pairs(cannot), pairs(must)),
    )
    assert joined.dtype == np.int64
    assert joined.tolist() == [0, 0, 1, *expected]


@pytest.mark.parametrize(
    ("new", "needed", "margin", "expected"),
    [
        # 40 degrees is 35 from the centroid of cluster 0 (0.819) and 50 from cluster 1 (0.643): a lead of 0.176.
        pytest.param(40, 0.8, 0.17, 0, id="leads-by-the-margin"),
        pytest.param(40, 0.8, 0.18, 2, id="leads-by-less"),
        pytest.param(40, 0.82, 0.17, 2, id="below-the-needed-similarity"),
        pytest.param(47.5, -1.0, 0.0, 0, id="the-lowest-on-a-tie"),
    ],
)
def test_bound_and_margin(new: float, needed: float, margin: float, expected: int) -> None:
    joined = join_clusters(EXISTING, LABELS, at_degrees(new), np.array([needed]), margin, 0.9, NO_CONSTRAINTS)
    assert joined[3] == expected


def test_a_forbidden_cluster_is_not_the_second_best() -> None:
    # As above, but cluster 1 is forbidden, so its similarity does not reduce the lead.
    joined = join_clusters(
        EXISTING, LABELS, at_degrees(40), np.array([0.8]), 0.18, 0.9, Constraints(cannot_link=pairs([(2, 3)]))
    )
    assert joined[3] == 0


def test_each_row_has_its_own_bound() -> None:
    joined = join_clusters(EXISTING, LABELS, at_degrees(40, 40), np.array([0.9, 0.8]), 0.1, 1.0, NO_CONSTRAINTS)
    assert joined.tolist() == [0, 0, 1, 2, 0]


def test_the_lowest_bound_of_must_linked_rows_applies() -> None:
    together = Constraints(must_link=pairs([(3, 4)]))
    for needed in ([0.9, 0.8], [0.8, 0.9]):
        joined = join_clusters(EXISTING, LABELS, at_degrees(40, 40), np.array(needed), 0.1, 1.0, together)
        assert joined.tolist() == [0, 0, 1, 0, 0]


def test_without_existing_clusters_it_is_average_linkage() -> None:
    rows = unit(np.random.default_rng(61).normal(size=(40, 4)))
    none, labels = np.empty((0, 4), np.float32), np.empty(0, np.int64)
    joined = join_clusters(none, labels, rows, np.full(40, 0.5), 0.1, 0.6, NO_CONSTRAINTS)
    np.testing.assert_array_equal(joined, cluster_labels(rows, 0.6))


def test_existing_labels_stay_and_no_cannot_link_of_a_new_row_is_violated() -> None:
    rng = np.random.default_rng(67)
    joined_in_total = 0
    for _ in range(100):
        rows = unit(np.repeat(rng.normal(size=(6, 8)), 8, axis=0) + 0.6 * rng.normal(size=(48, 8)))[rng.permutation(48)]
        drawn = np.array([rng.choice(48, 2, replace=False) for _ in range(40)])
        constraints = Constraints(drawn[:30], drawn[30:])
        labels = cluster_labels(rows[:32], 0.7)
        joined = join_clusters(rows[:32], labels, rows[32:], np.full(16, 0.6), 0.05, 0.7, constraints)
        np.testing.assert_array_equal(joined[:32], labels)
        assert np.array_equal(np.unique(joined), np.arange(joined.max() + 1))
        broken = violations(joined, constraints.cannot_link)
        assert (broken < 32).all()
        joined_in_total += int((joined[32:] <= labels.max()).sum())
    assert joined_in_total > 300


def test_joining_agrees_with_a_full_run_for_people_who_are_well_apart() -> None:
    rng = np.random.default_rng(109)
    people = rng.normal(size=(60, 64))
    # The last 200 rows contain three people who are not among the first 2,000.
    who = np.concatenate([rng.integers(0, 57, 2000), rng.integers(0, 60, 200)])
    rows = unit(people[who] + 0.4 * rng.normal(size=(2200, 64)))
    old = cluster_labels(rows[:2000], 0.5)
    joined = join_clusters(rows[:2000], old, rows[2000:], np.full(200, 0.6), 0.1, 0.5, NO_CONSTRAINTS)
    assert joined.max() == 59
    np.testing.assert_array_equal(joined, cluster_labels(rows, 0.5))


@pytest.mark.parametrize(
    ("labels", "needed", "new", "constraints", "message"),
    [
        pytest.param([0, 0], [0.5], at_degrees(1), NO_CONSTRAINTS, r"labels of shape \(3,\), but got", id="labels"),
        pytest.param([0, 2, 2], [0.5], at_degrees(1), NO_CONSTRAINTS, "all labels 0 to K-1", id="skipped-label"),
        pytest.param([-1, 0, 1], [0.5], at_degrees(1), NO_CONSTRAINTS, "but got 3 labels from -1 to 1", id="negative"),
        pytest.param([0, 0, 1], [], at_degrees(1), NO_CONSTRAINTS, r"needed of shape \(1,\)", id="needed"),
        pytest.param([0, 0, 1], [0.5], 2 * at_degrees(1), NO_CONSTRAINTS, "row 0 has norm 2", id="not-unit"),
        pytest.param(
            [0, 0, 1],
            [0.5],
            at_degrees(1),
            Constraints(cannot_link=pairs([(0, 4)])),
            r"got the pair \[0, 4\]",
            id="row-out-of-range",
        ),
    ],
)
def test_invalid_input_raises(
    labels: list[int], needed: list[float], new: NDArray[np.float32], constraints: Constraints, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        join_clusters(EXISTING, np.array(labels), new, np.array(needed), 0.1, 0.9, constraints)
