"""Clustering metrics on hand-computed cases, and against scikit-learn where it has the metric."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, normalized_mutual_info_score
from sklearn.metrics.cluster import pair_confusion_matrix

from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed, nmi, pairwise, weighted_purity

Labels = NDArray[np.int64]


def labels(*values: int) -> Labels:
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        pytest.param(labels(5, 5, 9), labels(1, 1, 0), (1.0, 1.0, 1.0), id="equal-except-for-the-names"),
        # Two of three right in the one cluster: (4 + 1) / 9; no person is split.
        pytest.param(labels(0, 0, 0), labels(1, 1, 2), (5 / 9, 1.0, 5 / 7), id="two-people-in-one"),
        # Each item alone: two of them belong together, so each finds half of its pair.
        pytest.param(labels(0, 1, 2), labels(1, 1, 2), (1.0, 2 / 3, 0.8), id="each-alone"),
        # Cluster {a, a, b}: (2/3, 2/3, 1/3); cluster {b}: 1. a is in one cluster: (1, 1); b is split: (1/2, 1/2).
        pytest.param(labels(0, 0, 0, 1), labels(7, 7, 8, 8), (2 / 3, 3 / 4, 12 / 17), id="one-strayed"),
        pytest.param(labels(3), labels(4), (1.0, 1.0, 1.0), id="one-item"),
    ],
)
def test_b_cubed(predicted: Labels, truth: Labels, expected: tuple[float, float, float]) -> None:
    assert b_cubed(predicted, truth) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        # Predicted pairs: ab, ac, bc, of which ab is right; true pairs: ab, cd.
        pytest.param(labels(0, 0, 0, 1), labels(7, 7, 8, 8), (1 / 3, 1 / 2, 2 / 5), id="one-strayed"),
        pytest.param(labels(0, 1, 2), labels(7, 7, 8), (1.0, 0.0, 0.0), id="no-pair-predicted"),
        pytest.param(labels(0, 0, 1), labels(7, 8, 9), (0.0, 1.0, 0.0), id="no-true-pair"),
        pytest.param(labels(0), labels(7), (1.0, 1.0, 1.0), id="one-item"),
    ],
)
def test_pairwise(predicted: Labels, truth: Labels, expected: tuple[float, float, float]) -> None:
    assert pairwise(predicted, truth) == pytest.approx(expected)


def test_a_pairs_weight_is_the_product_of_its_items() -> None:
    # Predicted pairs: ab 2*3, ac 2*5, bc 3*5, of which ab is right; true pairs: ab 6, cd 5*7.
    found = pairwise(labels(0, 0, 0, 1), labels(7, 7, 8, 8), np.array([2.0, 3.0, 5.0, 7.0]))
    assert found[:2] == pytest.approx((6 / 31, 6 / 41))


def test_purity_is_the_share_of_the_largest() -> None:
    assert weighted_purity(labels(0, 0, 0, 1), labels(7, 7, 8, 8)) == pytest.approx(3 / 4)
    assert weighted_purity(labels(0, 0, 0, 1), labels(7, 7, 8, 8), np.array([1.0, 1.0, 5.0, 1.0])) == pytest.approx(
        6 / 8
    )


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        pytest.param(labels(0, 0, 1), labels(1, 1, 0), 1.0, id="equal"),
        pytest.param(labels(0, 0, 0), labels(4, 4, 4), 1.0, id="one-cluster-each"),
        pytest.param(labels(0, 0, 0), labels(4, 4, 5), 0.0, id="one-cluster-of-two"),
        pytest.param(labels(0, 1, 0, 1), labels(4, 4, 5, 5), 0.0, id="independent"),
    ],
)
def test_nmi(predicted: Labels, truth: Labels, expected: float) -> None:
    assert nmi(predicted, truth) == pytest.approx(expected, abs=1e-12)


@pytest.fixture(params=[(40, 3, 5), (500, 60, 20), (500, 1, 20), (300, 300, 300)], ids=str)
def clustering(request: pytest.FixtureRequest) -> tuple[Labels, Labels, NDArray[np.int64]]:
    """Random predicted and true labels with integer weights."""
    items, clusters, people = request.param
    generator = np.random.default_rng(items)
    return (
        generator.integers(0, clusters, items) * 7 - 3,
        generator.integers(0, people, items),
        generator.integers(1, 6, items),
    )


def test_nmi_equals_that_of_scikit_learn(clustering: tuple[Labels, Labels, NDArray[np.int64]]) -> None:
    predicted, truth, _ = clustering
    assert nmi(predicted, truth) == pytest.approx(normalized_mutual_info_score(truth, predicted), abs=1e-9)
    (_, wrong), (missed, right) = pair_confusion_matrix(truth, predicted)
    precision, recall, _ = pairwise(predicted, truth)
    assert precision * (right + wrong) == pytest.approx(right)
    assert recall * (right + missed) == pytest.approx(right)
    names = np.unique(np.concatenate([predicted, truth + 10_000]))
    table = confusion_matrix(predicted, truth + 10_000, labels=names)
    assert weighted_purity(predicted, truth) == pytest.approx(table.max(axis=1).sum() / len(truth))


@pytest.mark.parametrize("metric", [b_cubed, weighted_purity, nmi])
def test_an_item_of_weight_three_is_three_items(
    metric: Callable[..., float | tuple[float, ...]], clustering: tuple[Labels, Labels, NDArray[np.int64]]
) -> None:
    predicted, truth, weights = clustering
    repeated = metric(np.repeat(predicted, weights), np.repeat(truth, weights))
    assert metric(predicted, truth, weights.astype(np.float64)) == pytest.approx(repeated)


def test_many_items_need_no_dense_table() -> None:
    alone = np.arange(50_000)
    assert b_cubed(alone, alone) == (1.0, 1.0, 1.0)
    assert pairwise(alone, np.zeros(50_000, np.int64))[1] == 0.0
    assert nmi(alone, alone) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("predicted", "truth", "weights", "words"),
    [
        pytest.param(labels(), labels(), None, r"N >= 1, but got \(0,\)", id="empty"),
        pytest.param(labels(1, 2), labels(1), None, r"got \(2,\) and \(1,\)", id="lengths"),
        pytest.param(labels(1), labels(1), np.array([0.0]), "above 0", id="no-weight"),
        pytest.param(labels(1), labels(1), np.array([np.nan]), "above 0", id="nan"),
    ],
)
def test_invalid_arrays_are_refused(
    predicted: Labels, truth: Labels, weights: NDArray[np.float64] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        b_cubed(predicted, truth, weights)
