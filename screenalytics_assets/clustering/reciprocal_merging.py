"""Average linkage without a distance matrix, by merging reciprocal nearest neighbours.

The average similarity of two clusters of unit vectors is the product of their plain means, so the means are all
that is needed: O(n D) memory where a matrix of distances takes O(n^2). Average linkage is reducible: a merged
cluster is no more similar to a third than the more similar of its halves was. That still holds if similarity
counts as minus infinity wherever a cannot-link lies across. Three things follow (Muellner, Modern hierarchical
agglomerative clustering algorithms, 2011; Sumengen et al., Scaling hierarchical agglomerative clustering to
billion-sized datasets, 2021):

- Two clusters that are each other's nearest merge whatever happens elsewhere, so all such pairs merge at once.
- A nearest neighbour stays the nearest until it merges. When it did, the cluster that named it is only asked
  again once another names that cluster: most of those around a growing cluster are never asked before the end.
- A cluster whose nearest is below the threshold is finished.

A search among all clusters is rare, too: each cluster remembers the best of its last search, and no other will
ever be better than the last of these was then (the floor).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REMEMBERED = 32
"""Clusters that each cluster remembers: more mean fewer searches, but more to compare; 32 was fastest."""
_BLOCK_VALUES = 4_000_000
"""Numbers that are held at once: 16 or 32 MB."""
_FEW = 64
"""A search for less than this many takes others along."""
_CROWDED = 0.8
"""Means are packed anew when less than this share of them is still in play."""

Means = NDArray[np.floating]
Rows = NDArray[np.int64]


def merge_reciprocal(means: Means, sizes: NDArray[np.int64], cannot: NDArray[np.int64], threshold: float) -> Rows:
    """Labels (n,) of clusters that start with plain means (n, D) and numbers of rows `sizes` (n,).

    Clusters merge while the highest average similarity across two of them that no pair of `cannot` (P, 2) keeps
    apart is `threshold` or more. On a tie the lowest index is the nearest. A label is the lowest index of its
    cluster. Works in the precision of `means`. O(n^2 D) time for the first search and less for all later ones,
    O(n D + P) memory.
    """
    clusters = _Clusters.start(means, sizes, cannot, threshold)
    fresh = np.arange(len(means))
    clusters.search(fresh)
    while clusters.active.any():
        kept, gone = clusters.reciprocal_pairs(fresh)
        clusters.merge(kept, gone)
        asked = clusters.stale_nearest(np.concatenate([fresh, kept]))
        if len(kept) + len(asked) == 0:
            asked = clusters.waiting()
        fresh = np.concatenate([kept, clusters.ask(asked)])
        if len(fresh) == 0 and clusters.active.any():
            fresh = clusters.merge_best()
    return clusters.labels


def plain_means(rows: Means, labels: Rows) -> NDArray[np.float64]:
    """Mean (K, D), not of unit norm, of the unit rows (n, D) of each of the labels (n,) 0..K-1, all of them used."""
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    means: NDArray[np.float64] = np.add.reduceat(rows[order], np.cumsum(sizes) - sizes, axis=0, dtype=np.float64)
    return means / sizes[:, None]


@dataclass
class _Clusters:
    """Clusters by the index that they started with; one that merged away lives on under `labels` of its index."""

    threshold: float
    means: Means
    """Of the clusters `slots`, ascending."""
    slots: Rows
    slot: Rows
    """Place of each cluster in `slots`, -1 for one that is no longer there."""
    sizes: NDArray[np.float64]
    forbidden: Rows
    """first * n + second of every pair that may not be together, in both orders, ascending."""
    labels: Rows
    active: NDArray[np.bool_]
    """Neither merged away nor finished."""
    nearest: Rows
    similarity: NDArray[np.float64]
    """To the nearest."""
    remembered: Rows
    """(n, REMEMBERED): the most similar; own index where there were fewer."""
    floor: NDArray[np.float64]
    """No cluster beyond those remembered is, or ever will be, more similar than this."""
    merged_at: Rows
    """Number of the merge() that changed a cluster last."""
    asked_at: Rows
    """Number of the last merge() before its nearest was found."""
    now: int = 0

    @classmethod
    def start(cls, means: Means, sizes: NDArray[np.int64], cannot: NDArray[np.int64], threshold: float) -> "_Clusters":
        count = len(means)
        own = np.arange(count)
        return cls(
            threshold=threshold,
            means=means.copy(),
            slots=own,
            slot=own.copy(),
            sizes=sizes.astype(np.float64),
            forbidden=_both_ways(cannot[:, 0], cannot[:, 1], count),
            labels=own.copy(),
            active=np.ones(count, np.bool_),
            nearest=own.copy(),
            similarity=np.full(count, -np.inf),
            remembered=np.repeat(own[:, None], REMEMBERED, axis=1),
            floor=np.full(count, np.inf),
            merged_at=np.zeros(count, np.int64),
            asked_at=np.zeros(count, np.int64),
        )

    def reciprocal_pairs(self, fresh: Rows) -> tuple[Rows, Rows]:
        """Pairs of clusters that are each other's nearest, the lower first, at least one of each just `fresh`."""
        one = fresh[self.active[fresh]]
        other = self.nearest[one]
        mutual = (self.nearest[other] == one) & self.active[other] & ~self._stale(other)
        kept, first = np.unique(np.minimum(one, other)[mutual], return_index=True)
        return kept, np.maximum(one, other)[mutual][first]

    def merge(self, kept: Rows, gone: Rows) -> None:
        """Merge each of `gone` into the one of `kept` in the same place, and find the nearest of the result."""
        if len(kept) == 0:
            return
        self.now += 1
        share = self.sizes[gone] / (self.sizes[kept] + self.sizes[gone])
        here, there = self.slot[kept], self.slot[gone]
        self.means[here] += share[:, None].astype(self.means.dtype) * (self.means[there] - self.means[here])
        self.sizes[kept] += self.sizes[gone]
        self.active[gone] = False
        self.merged_at[kept] = self.merged_at[gone] = self.now
        heir = np.arange(len(self.labels))
        heir[gone] = kept
        self.labels = heir[self.labels]
        self._inherit_forbidden(gone, heir)
        # What neither half remembers was at most at both floors, so it is at most at their weighted mean.
        with np.errstate(invalid="ignore"):
            floor = (1.0 - share) * self.floor[kept] + share * self.floor[gone]
        both = np.concatenate([self.remembered[kept], self.remembered[gone]], axis=1)
        self.search(self._recall(kept, both, floor))

    def _inherit_forbidden(self, gone: Rows, heir: Rows) -> None:
        row, other = self._partners(gone)
        if len(row) == 0:
            return
        first, count = gone[row], len(self.labels)
        kept = np.delete(self.forbidden, np.searchsorted(self.forbidden, _both_ways(first, other, count)))
        added = _both_ways(heir[first], heir[other], count)
        place = np.searchsorted(kept, added)
        new = place == np.searchsorted(kept, added, side="right")
        self.forbidden = np.insert(kept, place[new], added[new])

    def merge_best(self) -> Rows:
        """Merge the most similar pair; return it.

        Only needed where rounding makes equal similarities differ by their order, so that no two are reciprocal.
        """
        active = np.flatnonzero(self.active)
        best = active[int(self.similarity[active].argmax())]
        low, high = sorted((int(best), int(self.nearest[best])))
        self.merge(np.array([low]), np.array([high]))
        return np.array([low])

    def stale_nearest(self, rows: Rows) -> Rows:
        """The nearest of `rows` that do not know their own nearest any more."""
        nearest = np.unique(self.nearest[rows[self.active[rows]]])
        return nearest[self.active[nearest] & self._stale(nearest)]

    def waiting(self) -> Rows:
        """Active clusters that do not know their nearest: those that are the nearest of another, if any, else all."""
        active = np.flatnonzero(self.active)
        stale = self._stale(active)
        named = np.zeros(len(self.labels), np.bool_)
        named[self.nearest[active[~stale]]] = True
        wanted = active[stale & named[active]]
        return wanted if len(wanted) else active[stale]

    def _stale(self, rows: Rows) -> NDArray[np.bool_]:
        nearest = self.nearest[rows]
        stale: NDArray[np.bool_] = (self.merged_at[nearest] > self.asked_at[rows]) | ~self.active[nearest]
        return stale

    def ask(self, rows: Rows) -> Rows:
        """Find the nearest of each of `rows`, or that it is finished; return all that know it now."""
        missed = self._recall(rows, self.remembered[rows], self.floor[rows])
        if 0 < len(missed) < _FEW:
            # To search for one takes almost as long as for many, so those that are asked next come along.
            near = np.setdiff1d(self.labels[self.remembered[self.nearest[missed]]], rows)
            near = near[self.active[near] & self._stale(near)]
            missed = np.concatenate([missed, self._recall(near, self.remembered[near], self.floor[near])])
            rows = np.concatenate([rows, near])
        self.search(missed)
        return rows

    def _recall(self, rows: Rows, remembered: Rows, floor: NDArray[np.float64]) -> Rows:
        """Find the nearest of `rows` (r,) among those `remembered` (r, k); return those that may have a nearer one."""
        size = max(1, _BLOCK_VALUES // (2 * REMEMBERED * self.means.shape[1]))
        parts = [slice(top, top + size) for top in range(0, len(rows), size)]
        missed = [self._recall_block(rows[part], remembered[part], floor[part]) for part in parts]
        return np.concatenate([np.empty(0, np.int64), *missed])

    def _recall_block(self, rows: Rows, remembered: Rows, floor: NDArray[np.float64]) -> Rows:
        others = np.sort(self.labels[remembered], axis=1)  # the lowest index wins a tie
        values = self._similarities(rows, others)
        values[:, 1:][others[:, 1:] == others[:, :-1]] = -np.inf
        order = np.argsort(-values, axis=1, kind="stable")
        values, others = np.take_along_axis(values, order, axis=1), np.take_along_axis(others, order, axis=1)
        self.remembered[rows] = others[:, :REMEMBERED]
        self.floor[rows] = np.maximum(floor, values[:, REMEMBERED:].max(axis=1, initial=-np.inf))
        self._settle(rows, others[:, 0], values[:, 0])
        unsure = (values[:, 0] <= self.floor[rows]) & (self.floor[rows] >= self.threshold)
        self.active[rows[unsure]] = True
        return rows[unsure]

    def _settle(self, rows: Rows, nearest: Rows, similarity: Means) -> None:
        self.nearest[rows], self.similarity[rows] = nearest, similarity
        self.asked_at[rows] = self.now
        self.active[rows] = similarity >= self.threshold

    def _similarities(self, rows: Rows, others: Rows) -> Means:
        """Similarity (r, k) of clusters (r,) to others (r, k); minus infinity to those that it cannot merge with."""
        values: Means = np.einsum("rd,rkd->rk", self.means[self.slot[rows]], self.means[self.slot[others]])
        values[(others == rows[:, None]) | ~self.active[others]] = -np.inf
        if len(self.forbidden):
            wanted = rows[:, None] * len(self.labels) + others
            place = np.minimum(np.searchsorted(self.forbidden, wanted), len(self.forbidden) - 1)
            values[self.forbidden[place] == wanted] = -np.inf
        return values

    def search(self, rows: Rows) -> None:
        """Find the nearest of each of `rows` among all active clusters, and remember the best."""
        if len(rows) == 0:
            return
        self._pack()
        active = self.active[self.slots].copy()
        for block in _blocks(rows, max(1, _BLOCK_VALUES // max(1, len(self.slots)))):
            here = np.arange(len(block))
            # With the long side first the product of a few rows takes half the time.
            products = np.ascontiguousarray((self.means @ self.means[self.slot[block]].T).T)
            products[:, ~active] = -np.inf
            products[here, self.slot[block]] = -np.inf
            row, other = self._partners(block)
            there = self.slot[other] >= 0
            products[row[there], self.slot[other[there]]] = -np.inf
            for place in range(REMEMBERED):
                best = products.argmax(axis=1)
                values = products[here, best]
                self.remembered[block, place] = np.where(np.isneginf(values), block, self.slots[best])
                if place == 0:
                    self._settle(block, self.slots[best], values)
                products[here, best] = -np.inf
            self.floor[block] = values

    def _pack(self) -> None:
        """Drop the means of clusters that are out of play, where these are many."""
        active = self.active[self.slots]
        if active.sum() < _CROWDED * len(self.slots):
            self.means, self.slots = self.means[active], self.slots[active]
            self.slot = np.full(len(self.labels), -1)
            self.slot[self.slots] = np.arange(len(self.slots))

    def _partners(self, rows: Rows) -> tuple[Rows, Rows]:
        """Position in `rows` and partner, for every forbidden pair of one of `rows`."""
        count = len(self.labels)
        starts = np.searchsorted(self.forbidden, rows * count)
        counts = np.searchsorted(self.forbidden, (rows + 1) * count) - starts
        position = np.repeat(np.arange(len(rows)), counts)
        offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return position, self.forbidden[np.repeat(starts, counts) + offset] % count


def _both_ways(first: Rows, second: Rows, count: int) -> Rows:
    """first * count + second of pairs in both orders, ascending, each once."""
    return np.unique(np.concatenate([first * count + second, second * count + first]))


def _blocks(rows: Rows, size: int) -> Iterator[Rows]:
    for top in range(0, len(rows), size):
        yield rows[top : top + size]
