"""Complete linkage that holds cannot-links: the best allowed pair merges until none is alike enough."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Pairs


def merge_complete(
    rows: NDArray[np.floating], group_of_row: NDArray[np.int64], cannot: Pairs, threshold: float
) -> NDArray[np.int64]:
    """Labels (G,) of the groups 0..G-1 of unit rows (n, D) that `group_of_row` (n,) names.

    The similarity of two clusters is the lowest across them, and minus infinity where a pair of `cannot` (P, 2)
    groups lies across. The most similar pair merges, the one with the lowest index on a tie, while that is
    `threshold` or more. O(G^2) memory; O(G^2) time, and O(G^3) where every merge changes every nearest neighbour.
    """
    similarity = _group_similarity(rows, group_of_row)
    np.fill_diagonal(similarity, -np.inf)
    similarity[cannot[:, 0], cannot[:, 1]] = similarity[cannot[:, 1], cannot[:, 0]] = -np.inf
    labels = np.arange(len(similarity))
    nearest = similarity.argmax(axis=1)
    best = similarity[labels, nearest]
    while best.max() >= threshold:
        kept = int(best.argmax())
        gone = int(nearest[kept])
        joined = np.minimum(similarity[kept], similarity[gone])
        similarity[kept] = similarity[:, kept] = joined
        similarity[gone] = similarity[:, gone] = -np.inf
        labels[labels == labels[gone]] = labels[kept]
        best[gone] = -np.inf
        stale = np.flatnonzero(np.isin(nearest, (kept, gone)) & (best > -np.inf))
        nearest[stale] = similarity[stale].argmax(axis=1)
        best[stale] = similarity[stale, nearest[stale]]
    return labels


def _group_similarity(rows: NDArray[np.floating], group_of_row: NDArray[np.int64]) -> NDArray[np.floating]:
    """Lowest similarity (G, G) across every two groups."""
    order = np.argsort(group_of_row, kind="stable")
    starts = np.searchsorted(group_of_row[order], np.arange(int(group_of_row.max()) + 1))
    products = rows[order] @ rows[order].T
    lowest: NDArray[np.floating] = np.minimum.reduceat(np.minimum.reduceat(products, starts, axis=0), starts, axis=1)
    return lowest
