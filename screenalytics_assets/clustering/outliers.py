"""Outlier removal: members of a cluster that are too unlike its other members."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.linkage import check_similarity, members_by_label
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION, unit_rows

# Outliers whose products with all rows are made at once; a float64 each, so 1 MB for 1,000 rows.
_BATCH = 128


@dataclass(frozen=True)
class OutlierResult:
    """Labels (N,) with every outlier in a cluster of its own, and why each of them left."""

    labels: NDArray[np.int64]
    reasons: dict[int, float]
    """Row index of each outlier -> its similarity to the centroid of the others when it left."""


def split_outliers(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    min_similarity: float,
) -> OutlierResult:
    """Give every outlier among unit rows (N, D) with cluster labels (N,) >= 0 a cluster of its own.

    An outlier is a member of a cluster of two or more whose cosine similarity to the unit centroid of the
    *other* members is below `min_similarity`. The worst leaves first and the centroids are taken anew, until
    none is below. On a tie the later row leaves, so of two unlike members the earlier stays, alone, and is no
    outlier. Where the others cancel out and have no centroid, the similarity is 0. Outliers get new labels
    after the highest, in row order; the labels of all other rows stay. O(n D) for each outlier.

    Raises:
        ValueError: rows that are not finite and of unit norm (1e-3), a number of labels other than N, a label
            below 0, or `min_similarity` outside [-1, 1].
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
    found: list[tuple[int, float]] = []
    inside = np.arange(len(rows))
    while leaving := _first_outliers(rows[inside], min_similarity):
        found += [(int(inside[position]), similarity) for position, similarity in leaving]
        inside = np.delete(inside, [position for position, _ in leaving])
    return found


def _first_outliers(rows: NDArray[np.float64], min_similarity: float) -> list[tuple[int, float]]:
    """As `_outliers`, but only until one leaves that was not among the worst at the start.

    The products of those with all rows are made at once, many times faster than one by one.
    """
    found: list[tuple[int, float]] = []
    total = rows.sum(axis=0)
    along_total = rows @ total
    own_square = np.einsum("ij,ij->i", rows, rows)
    inside = np.ones(len(rows), dtype=np.bool_)
    while len(rows) - len(found) > 1:
        others_norm = np.sqrt(np.maximum(total @ total - 2.0 * along_total + own_square, 0.0))
        similarities = np.where(inside, _quotient(along_total - own_square, others_norm), np.inf)
        lowest = similarities.min()
        if lowest >= min_similarity - TIE:
            break
        worst = int(np.flatnonzero(similarities <= lowest + TIE)[-1])
        if not found:
            expected = [worst, *_lowest_below(similarities, min_similarity)]
            products = dict(zip(expected, rows[expected] @ rows.T, strict=True))
        elif worst not in products:
            break
        found.append((worst, float(similarities[worst])))
        inside[worst] = False
        total -= rows[worst]
        along_total -= products[worst]
    return found


def _lowest_below(similarities: NDArray[np.float64], bound: float) -> list[int]:
    """The positions of the `_BATCH` lowest similarities, as far as they are below the bound."""
    order = np.argsort(similarities, kind="stable")[:_BATCH]
    lowest: list[int] = order[similarities[order] < bound].tolist()
    return lowest


def _quotient(dividend: NDArray[np.float64], norm: NDArray[np.float64]) -> NDArray[np.float64]:
    cancelled = norm < NO_DIRECTION
    return np.where(cancelled, 0.0, dividend / np.where(cancelled, 1.0, norm))
