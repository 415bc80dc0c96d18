"""Agreement of predicted clusters with true clusters, computed from label arrays.

Every function takes `predicted` and `truth`, integer labels (N,) of the same N >= 1 items, and `weights` (N,),
all above 0, default 1. An item of weight w counts like w items that are always together. `pairwise` is about pairs
of different items and weights each pair with the product instead. Labels are arbitrary names. All results are in
[0, 1]. Time is O(N log N) and memory O(N), because the contingency table is sparse. An invalid shape or weight
raises `ValueError`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer[Any]]
Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Contingency:
    """The M non-empty cells of the contingency table; arrays (M,).

    `overlap` is the weight of the items in predicted cluster `row` and true cluster `column`; `row_sums` (R,)
    and `column_sums` (C,) are the total weights of clusters.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    overlap: Weights
    row_sums: Weights
    column_sums: Weights

    @property
    def total(self) -> float:
        return float(self.row_sums.sum())


def contingency(predicted: Labels, truth: Labels, weights: Weights | None = None) -> Contingency:
    """Sum the weights for every pair of a predicted and a true cluster that share an item."""
    weights = _checked(predicted, truth, weights)
    _, rows = np.unique(predicted, return_inverse=True)
    _, columns = np.unique(truth, return_inverse=True)
    width = int(columns.max()) + 1
    cells, items = np.unique(rows.astype(np.int64) * width + columns, return_inverse=True)
    return Contingency(
        row=cells // width,
        column=cells % width,
        overlap=_sums(items, weights),
        row_sums=_sums(rows, weights),
        column_sums=_sums(columns, weights),
    )


def b_cubed(predicted: Labels, truth: Labels, weights: Weights | None = None) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F (Bagga and Baldwin, 1998; Amigo et al., 2009).

    Precision is the mean over items of the share of the item's predicted cluster that is in its true cluster.
    Recall swaps the two clusters. F is the harmonic mean of both.
    """
    table = contingency(predicted, truth, weights)
    squares = table.overlap**2
    precision = _share(float((squares / table.row_sums[table.row]).sum()), table.total)
    recall = _share(float((squares / table.column_sums[table.column]).sum()), table.total)
    return precision, recall, f_measure(precision, recall)


def weighted_purity(predicted: Labels, truth: Labels, weights: Weights | None = None) -> float:
    """Return the share of the weight that is in the largest true cluster of its predicted cluster.

    This is the mean purity of the predicted clusters, weighted by size (Manning, Raghavan and Schuetze, 2008, 16.3).
    """
    table = contingency(predicted, truth, weights)
    largest = np.zeros(len(table.row_sums))
    np.maximum.at(largest, table.row, table.overlap)
    return _share(float(largest.sum()), table.total)


def pairwise(predicted: Labels, truth: Labels, weights: Weights | None = None) -> tuple[float, float, float]:
    """Return precision, recall and F over pairs in one cluster. A pair's weight is the product of its items' weights.

    Precision is 1 if no pair is predicted, because none is wrong. Recall is 1 if there is no true pair, because
    none is missed.
    """
    weights = _checked(predicted, truth, weights)
    table = contingency(predicted, truth, weights)
    # Twice the weight of the pairs within groups: all ordered pairs minus those of an item with itself.
    alone = float((weights**2).sum())
    both = float((table.overlap**2).sum()) - alone
    of_predicted = float((table.row_sums**2).sum()) - alone
    of_truth = float((table.column_sums**2).sum()) - alone
    has_predicted = len(table.row_sums) < len(weights)
    has_true = len(table.column_sums) < len(weights)
    precision = _share(both, of_predicted) if has_predicted else 1.0
    recall = _share(both, of_truth) if has_true else 1.0
    return precision, recall, f_measure(precision, recall)


def nmi(predicted: Labels, truth: Labels, weights: Weights | None = None) -> float:
    """Return mutual information over the mean of the two entropies, as `normalized_mutual_info_score` (scikit-learn).

    The result is 1 if both sides are one single cluster, because they agree.
    """
    table = contingency(predicted, truth, weights)
    if len(table.row_sums) == len(table.column_sums) == 1:
        return 1.0
    joint = table.overlap / table.total
    rows, columns = table.row_sums / table.total, table.column_sums / table.total
    information = float((joint * np.log(joint / (rows[table.row] * columns[table.column]))).sum())
    return _share(information, (_entropy(rows) + _entropy(columns)) / 2)


def f_measure(precision: float, recall: float) -> float:
    """Return the harmonic mean; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _sums(groups: NDArray[np.intp], weights: Weights) -> Weights:
    return np.bincount(groups, weights).astype(np.float64, copy=False)


def _entropy(shares: Weights) -> float:
    return -float((shares * np.log(shares)).sum())


def _share(part: float, whole: float) -> float:
    """Return `part / whole`, clipped to [0, 1] because of rounding."""
    return min(max(part / whole, 0.0), 1.0)


def _checked(predicted: Labels, truth: Labels, weights: Weights | None) -> Weights:
    if predicted.ndim != 1 or len(predicted) == 0 or predicted.shape != truth.shape:
        raise ValueError(f"Expected two label arrays (N,), N >= 1, but got {predicted.shape} and {truth.shape}")
    if weights is None:
        return np.ones(len(predicted))
    if weights.shape != predicted.shape or not np.all(weights > 0) or not np.all(np.isfinite(weights)):
        raise ValueError(f"Expected weights {predicted.shape}, finite and above 0, but got {weights!r:.80}")
    return weights.astype(np.float64)
