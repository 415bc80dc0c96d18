"""Near joins: which singletons nearly joined which identity, and by how much they missed the threshold."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.identities.diagnosis.near_joins import near_joins

NO_PAIRS = np.empty((0, 2), np.int64)


def at_degrees(*angles: float) -> NDArray[np.float32]:
    """Return unit vectors in the plane; the similarity of two is the cosine of the angle between them."""
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def towards(similarity: float) -> float:
    """Return the angle, in degrees, between two vectors of this similarity."""
    return float(np.rad2deg(np.arccos(similarity)))


def labels(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def test_a_singleton_that_missed_by_a_little() -> None:
    """Track 2 has a similarity of 0.38 to both tracks of identity 0, and 0.40 is needed."""
    (join,) = near_joins(at_degrees(0, 0, towards(0.38)), labels(0, 0, 1), 0.40, 5, NO_PAIRS)
    assert (join.row, join.label, join.blocked_by_cannot_link) == (2, 0, False)
    assert join.similarity == pytest.approx(0.38, abs=1e-6)
    assert join.shortfall == pytest.approx(0.02, abs=1e-6)


@pytest.mark.parametrize(
    ("angles", "labels_of_rows", "expected"),
    [
        pytest.param([], [], [], id="no-track"),
        pytest.param([0], [0], [], id="one-track"),
        pytest.param([0, 1, 90, 91], [0, 0, 1, 1], [], id="no-singleton"),
        pytest.param([0, 1, 60, 80, 81], [0, 0, 1, 2, 2], [(2, 2, 3)], id="the-nearer-of-two-identities"),
        pytest.param([0, 30, 180], [0, 1, 2], [(0, 1, 1), (1, 0, 0), (2, 1, 1)], id="another-singleton"),
        pytest.param([0, 10, 50, 70], [0, 0, 1, 2], [(2, 2, 3), (3, 1, 2)], id="two-singletons-nearest-each-other"),
        pytest.param([70, 0, 10, 40], [0, 1, 1, 2], [(0, 2, 3), (3, 0, 0)], id="labels-in-any-order"),
        pytest.param([0, 40, 60], [0, 0, 1], [(2, 0, 1)], id="the-closest-track-of-the-identity"),
    ],
)
def test_the_nearest_identity_of_each_singleton(
    angles: Sequence[float], labels_of_rows: Sequence[int], expected: Sequence[tuple[int, int, int]]
) -> None:
    """Expected: (singleton, label of the nearest identity, its closest track), nearest first."""
    vectors = at_degrees(*angles) if angles else np.empty((0, 2), np.float32)
    joins = near_joins(vectors, np.array(labels_of_rows, np.int64), 0.9, 9, NO_PAIRS)
    assert [(join.row, join.label, join.closest_row) for join in joins] == list(expected)
    assert [join.similarity for join in joins] == sorted((join.similarity for join in joins), reverse=True)


def test_similarity_is_the_average_not_the_similarity_to_the_centroid() -> None:
    (join,) = near_joins(at_degrees(-60, 60, 0), labels(0, 0, 1), 0.6, 5, NO_PAIRS)
    assert join.similarity == pytest.approx(0.5, abs=1e-6)


def test_count_keeps_the_nearest() -> None:
    joins = near_joins(at_degrees(0, 1, -60, 30), labels(0, 0, 1, 2), 0.9, 1, NO_PAIRS)
    assert [join.row for join in joins] == [3]


@pytest.mark.parametrize(
    ("pairs", "blocked"),
    [
        pytest.param([(0, 2)], True, id="with-a-track-of-that-identity"),
        pytest.param([(2, 1)], True, id="in-either-order"),
        pytest.param([(2, 3)], False, id="with-another-identity"),
        pytest.param([(0, 3)], False, id="between-others"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_cannot_link_is_reported(pairs: Sequence[tuple[int, int]], blocked: bool) -> None:
    cannot_link = np.array(pairs, np.int64).reshape(-1, 2)
    joins = near_joins(at_degrees(0, 1, 20, 90, 91), labels(0, 0, 1, 2, 2), 0.5, 5, cannot_link)
    assert [(join.label, join.blocked_by_cannot_link) for join in joins] == [(0, blocked)]
    assert joins[0].shortfall < 0, "the threshold does not keep them apart"


def test_blocks_do_not_change_the_result_and_5000_tracks_are_fast() -> None:
    """Use more singletons than fit in a block, and compare some of them with a direct computation."""
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(5000, 128)) + 0.1
    rows = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels_of_rows = np.concatenate([np.repeat(np.arange(40), 50), 40 + np.arange(3000)])
    start = time.process_time()
    joins = near_joins(rows, labels_of_rows, 0.4, 3000, NO_PAIRS)
    assert time.process_time() - start < 5
    assert sorted(join.row for join in joins) == list(range(2000, 5000))
    assert near_joins(rows, labels_of_rows, 0.4, 3000, NO_PAIRS) == joins
    for join in joins[::500]:
        averages = np.bincount(labels_of_rows, rows.astype(np.float64) @ rows[join.row]) / np.bincount(labels_of_rows)
        averages[labels_of_rows[join.row]] = -1
        assert averages[join.label] == pytest.approx(averages.max(), abs=1e-5)
        assert join.similarity == pytest.approx(averages.max(), abs=1e-5)


@pytest.mark.parametrize(
    ("vectors", "labels_of_rows", "message"),
    [
        pytest.param(at_degrees(0, 1), labels(0), r"labels of shape \(2,\), but got shape \(1,\)", id="labels"),
        pytest.param(np.full((1, 2), np.nan, np.float32), labels(0), "row 0 holds nan", id="nan"),
    ],
)
def test_invalid_input_raises(vectors: NDArray[np.float32], labels_of_rows: NDArray[np.int64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        near_joins(vectors, labels_of_rows, 0.5, 1, NO_PAIRS)
