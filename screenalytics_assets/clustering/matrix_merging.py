"""Average linkage of few clusters, by the matrix of their similarities.

The similarity of a merged cluster to a third one is the mean of the similarities of its two halves, weighted by size
(Lance and Williams, 1967). All pairs that are each other's nearest merge at once.
"""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Matrix = NDArray[np.floating]

_BLOCK_VALUES = 1_000_000
"""Numbers per copied block of the matrix."""
_MIN_ACTIVE_SHARE = 0.7
"""The matrix is reduced to the active clusters when less than this share of its clusters is active."""


def merge_by_matrix(similarity: Matrix, sizes: NDArray[np.float64], threshold: float) -> Indices:
    """Merge m clusters by average linkage. Returns labels (m,): the lowest index among the clusters that were merged.

    Clusters merge as long as the highest value in `similarity` (m, m) is at least `threshold`. The matrix must be
    symmetric to the last bit, with minus infinity on the diagonal and for the pairs that may not merge. It is
    overwritten. `sizes` (m,) are the numbers of rows. On a tie the cluster with the lowest index is the nearest.
    """
    state = _Matrix(similarity, sizes.copy(), threshold)
    names = labels = np.arange(len(similarity))
    while (active := state.active()).any():
        if active.sum() < _MIN_ACTIVE_SHARE * len(active):
            state, names = state.reduced(np.flatnonzero(active)), names[active]
        kept, absorbed = state.reciprocal_pairs()
        if len(kept) == 0:
            # Rounding made a merged cluster more similar than both of its halves. In a symmetric matrix some pair is
            # reciprocal once every nearest is exact.
            state.update_nearest(np.flatnonzero(state.active()))
            continue
        state.merge(kept, absorbed)
        merged_into = np.arange(len(labels))
        merged_into[names[absorbed]] = names[kept]
        labels = merged_into[labels]
    return labels


class _Matrix:
    """Similarities (m, m), sizes (m,), and the nearest (m,) of each cluster with its similarity `best` (m,)."""

    def __init__(self, similarity: Matrix, sizes: NDArray[np.float64], threshold: float) -> None:
        self.similarity, self.sizes, self.threshold = similarity, sizes, threshold
        self.nearest = np.zeros(len(sizes), np.int64)
        self.best = np.full(len(sizes), -np.inf)
        self.update_nearest(np.arange(len(sizes)))

    def active(self) -> NDArray[np.bool_]:
        """Return whether each cluster may still merge (m,)."""
        return self.best >= self.threshold

    def update_nearest(self, clusters: Indices) -> None:
        """Find the nearest of each of `clusters`."""
        size = max(1, _BLOCK_VALUES // max(1, len(self.sizes)))
        for top in range(0, len(clusters), size):
            block = clusters[top : top + size]
            rows = self.similarity[block]
            self.nearest[block] = rows.argmax(axis=1)
            self.best[block] = rows[np.arange(len(block)), self.nearest[block]]

    def reduced(self, active: Indices) -> "_Matrix":
        """Return the matrix of the clusters `active`, ascending."""
        size = max(1, _BLOCK_VALUES // len(self.sizes))
        for top in range(0, len(active), size):  # in place: no row is overwritten before it is read
            rows = self.similarity[active[top : top + size]][:, active]
            self.similarity.reshape(-1)[top * len(active) : (top + len(rows)) * len(active)] = rows.ravel()
        values = self.similarity.reshape(-1)[: len(active) ** 2].reshape(len(active), len(active))
        return _Matrix(values, self.sizes[active], self.threshold)

    def reciprocal_pairs(self) -> tuple[Indices, Indices]:
        """Return the pairs that are each other's nearest, as lower and higher index."""
        index = np.arange(len(self.nearest))
        mutual = (self.nearest[self.nearest] == index) & (index < self.nearest) & self.active()
        kept = np.flatnonzero(mutual)
        return kept, self.nearest[kept]

    def merge(self, kept: Indices, absorbed: Indices) -> None:
        """Merge absorbed[i] into kept[i] for each i, and update every nearest that changes."""
        changed = np.zeros(len(self.sizes), np.bool_)
        changed[kept] = changed[absorbed] = True
        share = (self.sizes[absorbed] / (self.sizes[kept] + self.sizes[absorbed])).astype(self.similarity.dtype)
        rows = (1 - share)[:, None] * self.similarity[kept] + share[:, None] * self.similarity[absorbed]
        between = (1 - share) * rows[:, kept] + share * rows[:, absorbed]
        lower = np.tril(np.ones(between.shape, np.bool_), -1)
        between = np.where(lower, between, between.T)
        np.fill_diagonal(between, -np.inf)
        rows[:, kept], rows[:, absorbed] = between, -np.inf
        self.similarity[kept], self.similarity[:, kept] = rows, rows.T
        self.similarity[:, absorbed] = -np.inf
        self.sizes[kept] += self.sizes[absorbed]
        self.best[absorbed] = -np.inf
        self.update_nearest(np.flatnonzero(changed[self.nearest] & self.active()))
