"""How well predicted clusters agree with true ones, on label arrays.

Every function takes `predicted` and `truth`, integer labels (N,) of the same N >= 1 items, and `weights` (N,),
all above 0, one each by default: an item of weight w counts like w items that are always together (`pairwise`,
which is about pairs of different items, lets a pair weigh the product instead). Labels are names only; clusters
are numbered at will. All results lie in [0, 1]. Time and memory are O(N log N) and O(N), as the contingency table
is kept sparse. A wrong shape or weight raises `ValueError`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer[Any]]
Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Contingency:
    """The cells of the contingency table that are not empty, (M,) each.

    `overlap` is the weight of the items in predicted cluster `row` and true cluster `column`; `row_sums` (R,)
    and `column_sums` (C,) are the weights of whole clusters.
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
    """Weight of every pair of a predicted and a true cluster that share an item."""
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
    """B-cubed precision, recall and F (Bagga and Baldwin, 1998; Amigo et al., 2009).

    Precision is the mean over items of the share of their predicted cluster that is of their true one, recall
    the other way around, F their harmonic mean.
    """
    table = contingency(predicted, truth, weights)
    squares = table.overlap**2
    precision = _share(float((squares / table.row_sums[table.row]).sum()), table.total)
    recall = _share(float((squares / table.column_sums[table.column]).sum()), table.total)
    return precision, recall, f_measure(precision, recall)


def weighted_purity(predicted: Labels, truth: Labels, weights: Weights | None = None) -> float:
    """Share of the weight that belongs to the true cluster that is largest in its predicted one.

    Purities of the predicted clusters, weighted with their size (Manning, Raghavan and Schuetze, 2008, 16.3).
    """
    table = contingency(predicted, truth, weights)
    largest = np.zeros(len(table.row_sums))
    np.maximum.at(largest, table.row, table.overlap)
    return _share(float(largest.sum()), table.total)


def pairwise(predicted: Labels, truth: Labels, weights: Weights | None = None) -> tuple[float, float, float]:
    """Precision, recall and F over pairs of items that are put together; a pair weighs the product of its items.

    Where no pair is predicted none is wrong, so precision is 1; where no true pair exists none is missed, so
    recall is 1.
    """
    weights = _checked(predicted, truth, weights)
    table = contingency(predicted, truth, weights)
    # Twice the weight of the pairs within groups: all ordered pairs less every item with itself.
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
    """Mutual information over the mean of the two entropies, as scikit-learn's `normalized_mutual_info_score`.

    1 where both sides are one single cluster, as they agree.
    """
    table = contingency(predicted, truth, weights)
    if len(table.row_sums) == len(table.column_sums) == 1:
        return 1.0
    joint = table.overlap / table.total
    rows, columns = table.row_sums / table.total, table.column_sums / table.total
    information = float((joint * np.log(joint / (rows[table.row] * columns[table.column]))).sum())
    return _share(information, (_entropy(rows) + _entropy(columns)) / 2)


def f_measure(precision: float, recall: float) -> float:
    """Harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _sums(groups: NDArray[np.intp], weights: Weights) -> Weights:
    return np.bincount(groups, weights).astype(np.float64, copy=False)


def _entropy(shares: Weights) -> float:
    return -float((shares * np.log(shares)).sum())


def _share(part: float, whole: float) -> float:
    """`part / whole`, held in [0, 1] against rounding."""
    return min(max(part / whole, 0.0), 1.0)


def _checked(predicted: Labels, truth: Labels, weights: Weights | None) -> Weights:
    if predicted.ndim != 1 or len(predicted) == 0 or predicted.shape != truth.shape:
        raise ValueError(f"Expected two label arrays (N,), N >= 1, but got {predicted.shape} and {truth.shape}")
    if weights is None:
        return np.ones(len(predicted))
    if weights.shape != predicted.shape or not np.all(weights > 0) or not np.all(np.isfinite(weights)):
        raise ValueError(f"Expected weights {predicted.shape}, finite and above 0, but got {weights!r:.80}")
    return weights.astype(np.float64)
