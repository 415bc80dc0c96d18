"""Complete linkage with cannot-links: the most similar pair of clusters that may merge does so, down to a threshold."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Pairs


def merge_complete(
    rows: NDArray[np.floating], group_of_row: NDArray[np.int64], cannot: Pairs, threshold: float
) -> NDArray[np.int64]:
    """Return labels (G,) of the groups 0..G-1 of unit rows (n, D); `group_of_row` (n,) holds the group of each row.

    The similarity of two clusters is the lowest cosine similarity between their rows, and minus infinity if a pair of
    `cannot` (P, 2) groups separates them. The most similar pair merges, the one with the lowest index on a tie, as
    long as its similarity is at least `threshold`. O(G^2) memory; O(G^2) time, or O(G^3) if every merge changes every
    nearest neighbour.
    """
    similarity = _group_similarity(rows, group_of_row)
    np.fill_diagonal(similarity, -np.inf)
    similarity[cannot[:, 0], cannot[:, 1]] = similarity[cannot[:, 1], cannot[:, 0]] = -np.inf
    labels = np.arange(len(similarity))
    nearest = similarity.argmax(axis=1)
    best = similarity[labels, nearest]
    while best.max() >= threshold:
        kept = int(best.argmax())
        absorbed = int(nearest[kept])
        joined = np.minimum(similarity[kept], similarity[absorbed])
        similarity[kept] = similarity[:, kept] = joined
        similarity[absorbed] = similarity[:, absorbed] = -np.inf
        labels[labels == labels[absorbed]] = labels[kept]
        best[absorbed] = -np.inf
        stale = np.flatnonzero(np.isin(nearest, (kept, absorbed)) & (best > -np.inf))
        nearest[stale] = similarity[stale].argmax(axis=1)
        best[stale] = similarity[stale, nearest[stale]]
    return labels


def _group_similarity(rows: NDArray[np.floating], group_of_row: NDArray[np.int64]) -> NDArray[np.floating]:
    """Return the lowest cosine similarity (G, G) between the rows of each pair of groups."""
    order = np.argsort(group_of_row, kind="stable")
    starts = np.searchsorted(group_of_row[order], np.arange(int(group_of_row.max()) + 1))
    products = rows[order] @ rows[order].T
    lowest: NDArray[np.floating] = np.minimum.reduceat(np.minimum.reduceat(products, starts, axis=0), starts, axis=1)
    return lowest
