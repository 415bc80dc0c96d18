"""Constraints: overlapping spans, must-links and contradictions, violations, prevented merges, and errors."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import (
    NO_CONSTRAINTS,
    Constraints,
    among,
    no_pairs,
    prevented_merges,
    settle,
    sharing_frames,
    unique_pairs,
    violations,
)
from screenalytics_assets.clustering.linkage import cluster_labels
from screenalytics_assets.clustering.ties import TIE

Pair = tuple[int, int]


def pairs(*given: Pair) -> NDArray[np.int64]:
    return np.array(given, np.int64).reshape(-1, 2)


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], [], id="no-span"),
        pytest.param([(3, 9)], [], id="one-span"),
        pytest.param([(0, 5), (6, 9)], [], id="one-after-the-other"),
        pytest.param([(0, 5), (5, 9)], [(0, 1)], id="the-last-frame-of-one-is-the-first-of-the-other"),
        pytest.param([(5, 9), (0, 5)], [(0, 1)], id="pairs-are-in-row-order"),
        pytest.param([(0, 9), (3, 4)], [(0, 1)], id="one-inside-the-other"),
        pytest.param([(4, 4), (4, 4), (4, 4)], [(0, 1), (0, 2), (1, 2)], id="the-same-frame"),
        pytest.param(
            [(0, 99), (1, 2), (5, 6), (6, 8)], [(0, 1), (0, 2), (0, 3), (2, 3)], id="a-long-span-overlaps-all"
        ),
    ],
)
def test_spans_that_share_a_frame(spans: list[Pair], expected: list[Pair]) -> None:
    first, last = pairs(*spans).T
    overlapping = sharing_frames(first, last)
    assert (overlapping.dtype, overlapping.shape) == (np.int64, (len(expected), 2))
    assert [tuple(pair) for pair in overlapping.tolist()] == expected


def test_sharing_frames_equals_a_comparison_of_all_pairs() -> None:
    rng = np.random.default_rng(29)
    for _ in range(100):
        first = rng.integers(0, 60, int(rng.integers(0, 30)))
        last = first + rng.integers(0, 12, len(first))
        one, other = np.triu_indices(len(first), 1)
        overlap = (first[one] <= last[other]) & (first[other] <= last[one])
        np.testing.assert_array_equal(sharing_frames(first, last), np.stack([one, other], axis=1)[overlap])


def test_a_span_that_ends_before_it_starts_raises() -> None:
    with pytest.raises(ValueError, match="end after they start, but got frames 7 to 6"):
        sharing_frames(np.array([1, 7]), np.array([2, 6]))


def test_unique_pairs_are_ordered() -> None:
    assert unique_pairs(pairs((5, 2), (1, 9), (2, 5), (0, 1))).tolist() == [[0, 1], [1, 9], [2, 5]]
    assert unique_pairs(no_pairs()).shape == (0, 2)


def test_pairs_among_rows_become_positions() -> None:
    constraints = Constraints(pairs((0, 4), (2, 4), (7, 2)), pairs((4, 7), (1, 2)))
    inside = among(constraints, np.array([2, 4, 7]))
    assert inside.cannot_link.tolist() == [[0, 1], [2, 0]]
    assert inside.must_link.tolist() == [[1, 2]]
    assert among(constraints, np.array([], np.int64)).cannot_link.shape == (0, 2)


@pytest.mark.parametrize(
    ("count", "must", "cannot", "groups", "between", "contradictions"),
    [
        pytest.param(0, [], [], [], [], [], id="no-row"),
        pytest.param(3, [], [(2, 0), (0, 2)], [0, 1, 2], [[0, 2]], [], id="duplicates-in-either-order"),
        pytest.param(4, [(3, 1)], [], [0, 1, 2, 1], [], [], id="numbered-by-first-appearance"),
        pytest.param(4, [(2, 3), (1, 2)], [], [0, 1, 1, 1], [], [], id="must-links-chain"),
        pytest.param(3, [(0, 1), (1, 0)], [], [0, 0, 1], [], [], id="duplicate-must-links"),
        pytest.param(4, [(0, 1)], [(1, 2), (0, 2), (1, 3)], [0, 0, 1, 2], [[0, 1], [0, 2]], [], id="cannot-of-a-group"),
        pytest.param(2, [(0, 1)], [(1, 0)], [0, 1], [[0, 1]], [((0, 1), (1, 0))], id="must-against-cannot"),
        pytest.param(
            3, [(0, 1), (1, 2)], [(0, 2)], [0, 0, 1], [[0, 1]], [((1, 2), (0, 2))], id="the-second-must-link-is-ignored"
        ),
        pytest.param(3, [(1, 2), (0, 1)], [(0, 2)], [0, 1, 1], [[0, 1]], [((0, 1), (0, 2))], id="in-the-given-order"),
        pytest.param(
            5, [(0, 1), (3, 4), (4, 0)], [(1, 3)], [0, 0, 1, 2, 2], [[0, 2]], [((4, 0), (1, 3))], id="between-groups"
        ),
    ],
)
def test_settle(
    count: int,
    must: list[Pair],
    cannot: list[Pair],
    groups: list[int],
    between: list[list[int]],
    contradictions: list[tuple[Pair, Pair]],
) -> None:
    settled = settle(Constraints(pairs(*cannot), pairs(*must)), count)
    assert settled.groups.tolist() == groups
    assert settled.cannot.tolist() == between
    assert [(each.must_link, each.cannot_link) for each in settled.contradictions] == contradictions


def test_settled_groups_never_contain_a_cannot_link() -> None:
    rng = np.random.default_rng(31)
    ignored_in_total = 0
    for _ in range(200):
        count = int(rng.integers(2, 15))
        both = [np.array([rng.choice(count, 2, replace=False) for _ in range(rng.integers(1, 9))]) for _ in range(2)]
        settled = settle(Constraints(*both), count)
        assert len(violations(settled.groups, both[0])) == 0
        ignored = {each.must_link for each in settled.contradictions}
        kept = [pair for pair in both[1].tolist() if tuple(pair) not in ignored]
        assert all(settled.groups[one] == settled.groups[other] for one, other in kept)
        ignored_in_total += len(ignored)
    assert ignored_in_total > 50


@pytest.mark.parametrize(
    ("cannot", "must", "message"),
    [
        pytest.param(
            pairs((0, 3)),
            no_pairs(),
            r"cannot_link to pair two of the 3 rows, but got the pair \[0, 3\]",
            id="out-of-range",
        ),
        pytest.param(
            no_pairs(),
            pairs((-1, 2)),
            r"must_link to pair two of the 3 rows, but got the pair \[-1, 2\]",
            id="negative",
        ),
        pytest.param(
            pairs((0, 1), (2, 2)),
            no_pairs(),
            r"cannot_link to pair two different rows, but got the pair \[2, 2\]",
            id="with-itself",
        ),
        pytest.param(
            np.zeros((2, 3), np.int64), no_pairs(), r"cannot_link of shape .* got shape \(2, 3\)", id="triples"
        ),
        pytest.param(no_pairs(), np.zeros(2, np.int64), r"must_link of shape .* got shape \(2,\)", id="one-dimension"),
    ],
)
def test_invalid_pairs_raise(cannot: NDArray[np.int64], must: NDArray[np.int64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settle(Constraints(cannot, must), 3)


def test_violations_are_the_pairs_within_a_cluster() -> None:
    labels = np.array([0, 1, 0, 1])
    assert violations(labels, pairs((0, 1), (2, 0), (1, 3), (2, 3))).tolist() == [[2, 0], [1, 3]]
    assert violations(labels, NO_CONSTRAINTS.cannot_link).shape == (0, 2)


@pytest.mark.parametrize(
    ("angles", "labels", "threshold", "cannot", "expected"),
    [
        pytest.param([0, 10], [0, 1], 0.9, [], 0, id="no-cannot-link"),
        pytest.param([0, 10], [0, 1], 0.9, [(0, 1)], 1, id="similar-and-kept-apart"),
        pytest.param([0, 80], [0, 1], 0.9, [(0, 1)], 0, id="dissimilar-anyway"),
        pytest.param([0, 60], [0, 1], 0.5, [(0, 1)], 1, id="at-the-threshold"),
        pytest.param([0, 60], [0, 1], 0.5 + 0.5 * TIE, [(0, 1)], 1, id="below-by-less-than-the-tie-tolerance"),
        pytest.param([0, 60], [0, 1], 0.5 + 2.0 * TIE, [(0, 1)], 0, id="below-the-threshold"),
        pytest.param([0, 5, 10], [0, 0, 1], 0.9, [(0, 2), (1, 2)], 1, id="two-links-between-the-same-clusters"),
        # The mean of cos(70) and cos(80) is 0.2578.
        pytest.param([0, 70, 80], [0, 1, 1], 0.257, [(0, 1)], 1, id="the-average-of-the-cluster-suffices"),
        pytest.param([0, 70, 80], [0, 1, 1], 0.259, [(0, 1)], 0, id="the-average-of-the-cluster-is-too-low"),
    ],
)
def test_prevented_merges(
    angles: list[float], labels: list[int], threshold: float, cannot: list[Pair], expected: int
) -> None:
    assert prevented_merges(at_degrees(*angles), np.array(labels), threshold, pairs(*cannot)) == expected


def test_a_prevented_merge_happens_without_the_cannot_link() -> None:
    rows = at_degrees(0, 10, 100, 110)
    constraints = Constraints(pairs((0, 1), (0, 3)), no_pairs())
    labels = cluster_labels(rows, 0.9, "average", constraints)
    assert labels.tolist() == [0, 1, 2, 2]
    assert prevented_merges(rows, labels, 0.9, constraints.cannot_link) == 1
    assert cluster_labels(rows, 0.9).tolist() == [0, 0, 1, 1]
