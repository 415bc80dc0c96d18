"""Outlier removal: members of a cluster that are too dissimilar to its other members leave it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.linkage import check_similarity, members_by_label
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION, unit_rows

# Number of outliers whose products with all rows are computed at once. Products are float64: 1 MB per 1,000 rows.
_BATCH = 128


@dataclass(frozen=True)
class OutlierResult:
    """Result of `split_outliers`: labels (N,) with each outlier in a cluster of its own, and why each one left."""

    labels: NDArray[np.int64]
    reasons: dict[int, float]
    """Row index of each outlier -> its cosine similarity to the centroid of the other members when it left."""


def split_outliers(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    min_similarity: float,
) -> OutlierResult:
    """Give each outlier among unit rows (N, D) with cluster labels (N,) >= 0 a cluster of its own.

    An outlier is a member of a cluster of two or more rows whose cosine similarity to the unit centroid of the *other*
    members is below `min_similarity`. The member with the lowest similarity leaves first. The centroids are then
    recomputed, until no similarity is too low. On a tie the later row leaves, so of two dissimilar members the earlier
    one remains alone and is not an outlier. If the other members cancel out and have no centroid, the similarity is 0.
    Outliers get new labels above the highest existing label, in row order. All other labels stay the same. O(n D) time
    per outlier.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), `labels` is not (N,), a label is below 0,
            or `min_similarity` is outside [-1, 1].
    """
    rows = unit_rows(vectors).astype(np.float64)
    check_similarity("min_similarity", min_similarity)
    if labels.shape != (len(rows),):
        raise ValueError(f"Expected labels of shape ({len(rows)},), but got shape {labels.shape}.")
    if (labels < 0).any():
        raise ValueError(f"Expected labels of 0 or more, but got {labels.min()}.")
    reasons: dict[int, float] = {}
    for members in members_by_label(labels):
        for position, similarity in _outliers(rows[members], min_similarity):
            reasons[int(members[position])] = similarity
    new_labels = labels.astype(np.int64)
    outliers = sorted(reasons)
    new_labels[outliers] = labels.max(initial=-1) + 1 + np.arange(len(outliers))
    return OutlierResult(new_labels, reasons)


def _outliers(rows: NDArray[np.float64], min_similarity: float) -> list[tuple[int, float]]:
    """Return (position, similarity) of each outlier of one cluster, in the order in which they leave."""
    outliers: list[tuple[int, float]] = []
    inside = np.arange(len(rows))
    while leaving := _first_outliers(rows[inside], min_similarity):
        outliers += [(int(inside[position]), similarity) for position, similarity in leaving]
        inside = np.delete(inside, [position for position, _ in leaving])
    return outliers


def _first_outliers(rows: NDArray[np.float64], min_similarity: float) -> list[tuple[int, float]]:
    """Return the outliers that leave first, and stop before one that was not among the `_BATCH` worst at the start.

    The products of these `_BATCH` members with all rows are computed at once, many times faster than one by one.
    """
    outliers: list[tuple[int, float]] = []
    total = rows.sum(axis=0)
    dot_total = rows @ total
    squared_norms = np.einsum("ij,ij->i", rows, rows)
    inside = np.ones(len(rows), dtype=np.bool_)
    while len(rows) - len(outliers) > 1:
        others_norm = np.sqrt(np.maximum(total @ total - 2.0 * dot_total + squared_norms, 0.0))
        similarities = np.where(inside, _quotient(dot_total - squared_norms, others_norm), np.inf)
        lowest = similarities.min()
        if lowest >= min_similarity - TIE:
            break
        worst = int(np.flatnonzero(similarities <= lowest + TIE)[-1])
        if not outliers:
            expected = [worst, *_lowest_below(similarities, min_similarity)]
            products = dict(zip(expected, rows[expected] @ rows.T, strict=True))
        elif worst not in products:
            break
        outliers.append((worst, float(similarities[worst])))
        inside[worst] = False
        total -= rows[worst]
        dot_total -= products[worst]
    return outliers


def _lowest_below(similarities: NDArray[np.float64], bound: float) -> list[int]:
    """Return the positions of the up to `_BATCH` lowest similarities that are below `bound`."""
    order = np.argsort(similarities, kind="stable")[:_BATCH]
    lowest: list[int] = order[similarities[order] < bound].tolist()
    return lowest


def _quotient(dividend: NDArray[np.float64], norm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide by `norm`; 0 where the norm is too small to have a direction."""
    cancelled = norm < NO_DIRECTION
    return np.where(cancelled, 0.0, dividend / np.where(cancelled, 1.0, norm))
