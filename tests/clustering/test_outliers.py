"""Outlier removal: known outliers, their order and similarities, and errors."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering import outliers
from screenalytics_assets.clustering.outliers import split_outliers


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def cosine(degrees: float) -> float:
    return float(np.cos(np.deg2rad(degrees)))


@pytest.mark.parametrize(
    ("angles", "labels", "min_similarity", "expected", "reasons"),
    [
        pytest.param([], [], 0.5, [], {}, id="no-vector"),
        pytest.param([30], [0], 1.0, [0], {}, id="a-singleton-is-not-an-outlier"),
        pytest.param([0, 90], [0, 0], 0.5, [0, 1], {1: 0.0}, id="of-two-the-later-leaves"),
        pytest.param([0, 60], [0, 0], 0.5, [0, 0], {}, id="at-the-bound-stays"),
        pytest.param([0, 60], [0, 0], 0.5000005, [0, 0], {}, id="within-the-tie-tolerance-stays"),
        pytest.param([0, 60], [0, 0], 0.50001, [0, 1], {1: 0.5}, id="just-below-the-bound-leaves"),
        pytest.param([0, 0, 80], [0, 0, 0], 0.5, [0, 0, 1], {2: cosine(80)}, id="one-of-three"),
        pytest.param([80, 0, 0], [0, 0, 0], 0.5, [1, 0, 0], {0: cosine(80)}, id="the-first-row-leaves"),
        # With 100 in the cluster, 0 has similarity cos(50) to the others, which is below 0.7. But 100 leaves first.
        pytest.param([0, 0, 100], [0, 0, 0], 0.7, [0, 0, 1], {2: cosine(100)}, id="the-worst-leaves-first"),
        # 70 leaves with similarity cos(65) to {0, 10}; 10 then has cos(10) to 0.
        pytest.param([0, 10, 70], [0, 0, 0], 0.9, [0, 0, 1], {2: cosine(65)}, id="centroid-of-the-others"),
        pytest.param([0, 90, 0, 90, 0], [0, 0, 0, 0, 0], 0.9, [0, 1, 0, 2, 0], None, id="two-leave"),
        pytest.param([0, 90, 0, 90], [3, 3, 7, 7], 0.5, [3, 8, 7, 9], {1: 0.0, 3: 0.0}, id="labels-after-the-highest"),
        pytest.param([0, 90, 1, 91], [0, 1, 0, 1], 0.9, [0, 1, 0, 1], {}, id="clusters-are-independent"),
        pytest.param([0, 180, 90], [0, 0, 0], -0.99, [0, 0, 0], {}, id="cancelled-others-give-zero"),
        pytest.param([0, 180], [0, 0], -1.0, [0, 0], {}, id="lowest-bound-keeps-opposites"),
    ],
)
def test_known_outliers(
    angles: list[float],
    labels: list[int],
    min_similarity: float,
    expected: list[int],
    reasons: dict[int, float] | None,
) -> None:
    result = split_outliers(at_degrees(*angles), np.array(labels, dtype=np.int64), min_similarity)
    assert result.labels.tolist() == expected
    if reasons is not None:
        assert result.reasons == pytest.approx(reasons, abs=1e-6)


def test_the_worst_leaves_first_and_centroids_are_recomputed() -> None:
    result = split_outliers(at_degrees(0, 2, 4, 60, 120), np.zeros(5, np.int64), 0.9)
    assert list(result.reasons) == [4, 3]
    rows = at_degrees(0, 2, 4, 60, 120).astype(np.float64)
    others = rows[:4].sum(axis=0)
    assert result.reasons[4] == pytest.approx(rows[4] @ others / np.linalg.norm(others), abs=1e-6)
    assert result.reasons[3] == pytest.approx(cosine(58), abs=1e-6)


def test_equals_the_definition() -> None:
    rng = np.random.default_rng(23)
    lean = np.array([1.5, 0.0, 0.0, 0.0, 0.0])
    for _ in range(60):
        vectors = rng.normal(size=(30, 5)) + lean
        rows = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        labels = rng.integers(0, 4, 30)
        bound = float(rng.uniform(-0.2, 0.9))
        result = split_outliers(rows, labels, bound)
        assert result.reasons == pytest.approx(outliers_by_definition(rows, labels, bound), abs=1e-5)
        stayed = np.setdiff1d(np.arange(30), list(result.reasons))
        np.testing.assert_array_equal(result.labels[stayed], labels[stayed])
        np.testing.assert_array_equal(
            result.labels[sorted(result.reasons)], labels.max() + 1 + np.arange(len(result.reasons))
        )


@pytest.mark.parametrize("batch", [1, 3, 128])
def test_the_batch_size_does_not_change_the_order(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(outliers, "_BATCH", batch)
    rng = np.random.default_rng(89)
    for bound in (0.3, 0.6, 0.95):
        vectors = rng.normal(size=(60, 5)) + np.array([1.5, 0.0, 0.0, 0.0, 0.0])
        rows = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        expected = outliers_by_definition(rows, np.zeros(60, np.int64), bound)
        reasons = split_outliers(rows, np.zeros(60, np.int64), bound).reasons
        assert len(reasons) > 5
        assert list(reasons) == list(expected)
        assert list(reasons.values()) == pytest.approx(list(expected.values()), abs=1e-5)


def test_equal_outliers_leave_from_the_last_row() -> None:
    rows = at_degrees(*[0] * 500, *[80] * 300)
    reasons = split_outliers(rows, np.zeros(800, np.int64), 0.9).reasons
    assert list(reasons) == list(range(799, 499, -1))


def outliers_by_definition(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    bound: float,
) -> dict[int, float]:
    reasons: dict[int, float] = {}
    for label in set(labels.tolist()):
        members = np.flatnonzero(labels == label).tolist()
        while len(members) > 1:
            sums = {row: rows[[m for m in members if m != row]].sum(axis=0) for row in members}
            similarities = {row: float(rows[row] @ (s / np.linalg.norm(s))) for row, s in sums.items()}
            lowest = min(similarities.values())
            if lowest >= bound:
                break
            worst = max(row for row, similarity in similarities.items() if similarity <= lowest + 1e-6)
            reasons[worst] = lowest
            members.remove(worst)
    return reasons


def test_input_labels_are_not_modified() -> None:
    labels = np.zeros(2, dtype=np.int64)
    split_outliers(at_degrees(0, 90), labels, 0.5)
    assert labels.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("vectors", "labels", "min_similarity", "message"),
    [
        pytest.param(at_degrees(0, 1), [0], 0.5, r"labels of shape \(2,\), but got shape \(1,\)", id="count"),
        pytest.param(at_degrees(0, 1), [0, -1], 0.5, "labels of 0 or more, but got -1", id="negative-label"),
        pytest.param(at_degrees(0, 1), [0, 0], 2.0, r"min_similarity .* got 2\.0", id="bound"),
        pytest.param(2 * at_degrees(0, 1), [0, 0], 0.5, "row 0 has norm 2", id="not-unit"),
    ],
)
def test_invalid_input_raises(
    vectors: NDArray[np.float32], labels: list[int], min_similarity: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        split_outliers(vectors, np.array(labels, dtype=np.int64), min_similarity)
