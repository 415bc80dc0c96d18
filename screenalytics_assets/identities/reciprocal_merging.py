"""Average linkage without a distance matrix, by merging reciprocal nearest neighbours.

The average similarity of two clusters of unit vectors is the product of their plain means, so the means are all
that is needed: O(n D) memory where a matrix of distances takes O(n^2). Average linkage is reducible: a merged
cluster is no more similar to a third than the more similar of its halves was. That still holds if similarity
counts as minus infinity wherever a cannot-link lies across. Hence two clusters that are each other's nearest
neighbours merge sooner or later whatever else happens, and all such pairs can merge at once, in rounds; a
cluster whose nearest neighbour is below the threshold never merges again; and a nearest neighbour stays valid
until it merges itself (Muellner, Modern hierarchical agglomerative clustering algorithms, 2011; Sumengen et al.,
Scaling hierarchical agglomerative clustering to billion-sized datasets, 2021).

By the same property a search among all clusters need not be repeated when the nearest neighbour has merged: each
cluster remembers the best few of its last search, and as long as one of them, merged or not, is still better than
the last of these was then, nothing else can be.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.identities.constraints import Pairs

REMEMBERED = 8
"""Clusters that each cluster remembers: fewer searches against longer ones; 8 was fastest of 4, 8 and 16."""
_BLOCK_VALUES = 4_000_000
"""Numbers that are held at once: 16 or 32 MB."""

Means = NDArray[np.floating]
Rows = NDArray[np.int64]


def merge_reciprocal(means: Means, sizes: NDArray[np.int64], cannot: Pairs, threshold: float) -> Rows:
    """Labels (n,) of clusters that start with plain means (n, D) and numbers of rows `sizes` (n,).

    Clusters merge while the highest average similarity across two of them that no pair of `cannot` (P, 2), each
    once and lower first, keeps apart is `threshold` or more. On a tie the lowest index is the nearest. Works in
    the precision of `means`. O(n^2 D) time for the first search and less for later ones, O(n D + P) memory.
    """
    clusters = _Clusters.start(means, sizes, cannot)
    active = changed = np.arange(len(means))
    while True:
        searched = changed[~clusters.recall(changed)]
        clusters.search(searched, active)
        active = active[clusters.similarity[active] >= threshold]
        if len(active) == 0:
            return clusters.labels
        kept, gone = clusters.reciprocal_pairs(active)
        clusters.merge(kept, gone)
        active = np.union1d(active[clusters.labels[active] == active], kept)
        merged = np.zeros(len(means), np.bool_)
        merged[kept] = merged[gone] = True
        changed = active[merged[active] | merged[clusters.nearest[active]]]


@dataclass
class _Clusters:
    """Clusters by the index that they started with; one that merged away lives on under `labels` of its index."""

    means: Means
    sizes: NDArray[np.float64]
    forbidden: Pairs
    """Both ways, sorted by the first."""
    labels: Rows
    nearest: Rows
    similarity: NDArray[np.float64]
    """To the nearest."""
    remembered: Rows
    """(n, REMEMBERED): the most similar of the last search, best first; own index where there were fewer."""
    floor: NDArray[np.float64]
    """Similarity of the last one remembered: no cluster beyond these had more, and none ever will."""

    @classmethod
    def start(cls, means: Means, sizes: NDArray[np.int64], cannot: Pairs) -> "_Clusters":
        count = len(means)
        return cls(
            means=means.copy(),
            sizes=sizes.astype(np.float64),
            forbidden=_both_ways(cannot),
            labels=np.arange(count),
            nearest=np.full(count, -1),
            similarity=np.full(count, -np.inf),
            remembered=np.repeat(np.arange(count)[:, None], REMEMBERED, axis=1),
            floor=np.full(count, np.inf),
        )

    def search(self, rows: Rows, active: Rows) -> None:
        """Find the nearest of `active`, ascending, for each of `rows`, and remember the best few."""
        candidates = self.means[active]
        position = np.full(len(self.means), -1)
        position[active] = np.arange(len(active))
        block_rows = max(1, _BLOCK_VALUES // max(1, len(active)))
        for top in range(0, len(rows), block_rows):
            block = rows[top : top + block_rows]
            products = self.means[block] @ candidates.T
            products[np.arange(len(block)), position[block]] = -np.inf
            row, other = _partners(block, self.forbidden)
            alive = position[other] >= 0
            products[row[alive], position[other[alive]]] = -np.inf
            self._remember(block, active, products)

    def _remember(self, block: Rows, active: Rows, products: Means) -> None:
        here = np.arange(len(block))
        for place in range(REMEMBERED):
            best = products.argmax(axis=1)
            values = products[here, best]
            if place == 0:
                self.nearest[block], self.similarity[block] = active[best], values
            self.remembered[block, place] = np.where(np.isneginf(values), block, active[best])
            self.floor[block] = values
            products[here, best] = -np.inf

    def recall(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of `rows` found their nearest among those that they remember."""
        found = np.zeros(len(rows), np.bool_)
        for block, part in self._blocks(rows):
            others = np.sort(self.labels[self.remembered[block]], axis=1)  # the lowest index wins a tie
            values = self._similarities(block, others)
            best = values.argmax(axis=1)
            here = np.arange(len(block))
            enough = values[here, best] > self.floor[block]
            self.nearest[block[enough]] = others[here, best][enough]
            self.similarity[block[enough]] = values[here, best][enough]
            found[part] = enough
        return found

    def merge(self, kept: Rows, gone: Rows) -> None:
        """Merge each of `gone` into the one of `kept` in the same place."""
        share = self.sizes[gone] / (self.sizes[kept] + self.sizes[gone])
        self.means[kept] += share[:, None].astype(self.means.dtype) * (self.means[gone] - self.means[kept])
        self.sizes[kept] += self.sizes[gone]
        heir = np.arange(len(self.means))
        heir[gone] = kept
        self.labels = heir[self.labels]
        self.forbidden = _both_ways(heir[self.forbidden])
        self._merge_memories(kept, gone, share)

    def _merge_memories(self, kept: Rows, gone: Rows, share: NDArray[np.float64]) -> None:
        """What neither half remembers was at most at both floors, so it is at most at their weighted mean."""
        for block, part in self._blocks(kept):
            both = self.labels[np.concatenate([self.remembered[block], self.remembered[gone[part]]], axis=1)]
            both.sort(axis=1)
            values = self._similarities(block, both)
            values[:, 1:][both[:, 1:] == both[:, :-1]] = -np.inf
            order = np.argsort(-values, axis=1, kind="stable")
            self.remembered[block] = np.take_along_axis(both, order[:, :REMEMBERED], axis=1)
            left_out = np.take_along_axis(values, order[:, REMEMBERED : REMEMBERED + 1], axis=1)[:, 0]
            outside = (1.0 - share[part]) * self.floor[block] + share[part] * self.floor[gone[part]]
            self.floor[block] = np.maximum(outside, left_out)

    def _similarities(self, block: Rows, others: Rows) -> Means:
        """Similarity (b, k) of clusters (b,) to others (b, k); minus infinity to itself and where forbidden."""
        values: Means = np.einsum("rd,rkd->rk", self.means[block], self.means[others])
        values[others == block[:, None]] = -np.inf
        row, other = _partners(block, self.forbidden)
        hit, column = np.nonzero(others[row] == other[:, None])
        values[row[hit], column] = -np.inf
        return values

    def _blocks(self, rows: Rows) -> Iterator[tuple[Rows, slice]]:
        """Parts of `rows` that are small enough to gather what they remember, twice over."""
        size = max(1, _BLOCK_VALUES // (2 * REMEMBERED * self.means.shape[1]))
        for top in range(0, len(rows), size):
            yield rows[top : top + size], slice(top, top + size)

    def reciprocal_pairs(self, active: Rows) -> tuple[Rows, Rows]:
        """Pairs of active clusters that are each other's nearest, the lower first; at least one.

        Where rounding makes two equal similarities differ by their order, there may be none: then the best goes.
        """
        nearest = self.nearest[active]
        mutual = active[(self.nearest[nearest] == active) & (active < nearest)]
        if len(mutual) == 0:
            best = int(active[int(self.similarity[active].argmax())])
            low, high = sorted((best, int(self.nearest[best])))
            return np.array([low]), np.array([high])
        return mutual, self.nearest[mutual]


def _both_ways(pairs: Pairs) -> Pairs:
    """Every pair in both orders, each once, sorted by its first."""
    return np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)


def _partners(block: Rows, pairs: Pairs) -> tuple[Rows, Rows]:
    """Position in `block` and second of every pair whose first is in `block`; `pairs` are sorted by their first."""
    starts = np.searchsorted(pairs[:, 0], block, side="left")
    counts = np.searchsorted(pairs[:, 0], block, side="right") - starts
    rows = np.repeat(np.arange(len(block)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, pairs[np.repeat(starts, counts) + offsets, 1]
