"""Pairs of clusters that may not merge, while clusters merge."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


class ForbiddenPairs:
    """Cannot-links between clusters 0..n-1. A merged cluster inherits those of both halves."""

    def __init__(self, cannot: Indices, count: int) -> None:
        """Store the pairs `cannot` (P, 2) of `count` clusters."""
        self.count = count
        self.keys = _pair_keys(cannot[:, 0], cannot[:, 1], count)
        """(q,): first * n + second for each pair of clusters with a cannot-link, in both orders, ascending."""

    def between(self, clusters: Indices, others: Indices) -> NDArray[np.bool_]:
        """Return whether a cannot-link separates `clusters` (r,) from `others` (r, k)."""
        if len(self.keys) == 0:
            return np.zeros(others.shape, np.bool_)
        keys = clusters[:, None] * self.count + others
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.asarray(self.keys[place] == keys)

    def partners(self, clusters: Indices) -> tuple[Indices, Indices]:
        """Return, for each cannot-link of one of `clusters`, its position in `clusters` and its partner."""
        starts = np.searchsorted(self.keys, clusters * self.count)
        counts = np.searchsorted(self.keys, (clusters + 1) * self.count) - starts
        position = np.repeat(np.arange(len(clusters)), counts)
        offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return position, self.keys[np.repeat(starts, counts) + offset] % self.count

    def inherit(self, absorbed: Indices, merged_into: Indices) -> None:
        """Move the cannot-links of each absorbed cluster to the cluster in `merged_into` (n,) that contains it."""
        position, partner = self.partners(absorbed)
        if len(position) == 0:
            return
        first = absorbed[position]
        old = _pair_keys(first, partner, self.count)
        remaining = np.delete(self.keys, np.searchsorted(self.keys, old))
        inherited = _pair_keys(merged_into[first], merged_into[partner], self.count)
        place = np.searchsorted(remaining, inherited)
        new = place == np.searchsorted(remaining, inherited, side="right")
        self.keys = np.insert(remaining, place[new], inherited[new])


def _pair_keys(first: Indices, second: Indices, count: int) -> Indices:
    """Return first * count + second for each pair in both orders, unique and ascending."""
    return np.unique(np.concatenate([first * count + second, second * count + first]))
