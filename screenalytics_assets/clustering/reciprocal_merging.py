"""Average linkage without a distance matrix, by merging reciprocal nearest neighbours.

The average cosine similarity of two clusters of unit vectors is the dot product of their means, where the means are not
normalised. The means are therefore sufficient: they take O(n D) memory where a distance matrix takes O(n^2). Average
linkage is reducible: the similarity of a merged cluster to a third cluster is at most the larger of the similarities of
its two halves. This remains true if a pair with a cannot-link between its clusters has similarity minus infinity. Three
things follow (Muellner, Modern hierarchical agglomerative clustering algorithms, 2011; Sumengen et al., Scaling
hierarchical agglomerative clustering to billion-sized datasets, 2021):

- Two clusters that are each other's nearest merge regardless of all other merges, so all such pairs merge at once.
- A nearest neighbour stays the nearest until it merges. After that merge the cluster's nearest is stale. It is updated
  only when another cluster has this cluster as its nearest. Most clusters around a growing cluster are therefore not
  updated until the end.
- A cluster whose nearest is below the threshold is finished.

Searches among all clusters are rare, too. Each cluster remembers the best results of its last search. No other cluster
can ever be more similar than the last of these was at that time (the floor). The first search of all clusters computes
each pair once. When few clusters are left, the similarities of all their pairs fit into memory, and no more searches
are needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.forbidden_pairs import ForbiddenPairs
from screenalytics_assets.clustering.matrix_merging import merge_by_matrix
from screenalytics_assets.clustering.near_neighbours import ROUNDING, Neighbours, near_neighbours

REMEMBERED = 32
"""Number of clusters that each cluster remembers. More cause fewer searches but more comparisons; 32 was fastest."""
_BLOCK_VALUES = 4_000_000
"""Numbers per block in memory: 16 MB in float32, 32 MB in float64."""
_CACHED_VALUES = 100_000
"""Numbers per block that should stay in the cache of a core."""
_SMALL_SEARCH = 64
"""A search for fewer clusters than this is filled up with further clusters."""
MATRIX_VALUES_PER_MEAN_VALUE = 2
"""The similarities of all pairs are kept once they are at most this many times the numbers in all starting means."""
_MIN_ACTIVE_SHARE = 0.8
"""The means of inactive clusters are dropped when less than this share of the means belongs to active ones."""

Means = NDArray[np.floating]
Indices = NDArray[np.int64]


def merge_reciprocal(
    means: Means,
    sizes: NDArray[np.int64],
    cannot: NDArray[np.int64],
    threshold: float,
    near: Neighbours | None = None,
) -> Indices:
    """Merge clusters by average linkage. Returns labels (n,): the lowest index among the clusters that were merged.

    The n clusters start with `means` (n, D), not normalised, and `sizes` (n,), their numbers of rows. Clusters merge as
    long as the highest average cosine similarity of two clusters, not counting the pairs in `cannot` (P, 2), is at
    least `threshold`. On a tie the cluster with the lowest index is the nearest. Computes in the precision of `means`.
    O(n^2 D) time for the first search and less for all later ones; O(n D + P) memory.
    """
    if near is None:
        lowest = threshold - 2 * ROUNDING
        near, _ = near_neighbours(means.astype(np.float32, copy=False), lowest, REMEMBERED)
    clusters = _Clusters.start(means, sizes, cannot, threshold)
    fresh = np.arange(len(means))
    clusters.start_from(near)
    while (active_count := int(clusters.active.sum())) > 0:
        if active_count**2 <= MATRIX_VALUES_PER_MEAN_VALUE * means.size:
            clusters.merge_by_matrix()
            break
        kept, absorbed = clusters.reciprocal_pairs(fresh)
        clusters.merge(kept, absorbed)
        to_update = clusters.stale_neighbours(np.concatenate([fresh, kept]))
        if len(kept) + len(to_update) == 0:
            to_update = clusters.next_to_update()
        fresh = np.concatenate([kept, clusters.update_nearest(to_update)])
        if len(fresh) == 0 and clusters.active.any():
            fresh = clusters.merge_best()
    return clusters.labels


def plain_means(rows: Means, labels: Indices) -> NDArray[np.float64]:
    """Return the mean (K, D), not normalised, of the unit rows (n, D) of each label. Every label 0..K-1 must occur."""
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    means: NDArray[np.float64] = np.add.reduceat(rows[order], np.cumsum(sizes) - sizes, axis=0, dtype=np.float64)
    return means / sizes[:, None]


@dataclass
class _Clusters:
    """State of the merging. Each cluster is known by its starting index, 0..n-1; an absorbed one keeps its index.

    The arrays have n entries, one per cluster, unless stated otherwise.
    """

    threshold: float
    means: Means
    """(m, D): the means of the m clusters that still have one; see `cluster_of_mean`."""
    cluster_of_mean: Indices
    """(m,): the cluster that each row of `means` belongs to, ascending."""
    mean_row: Indices
    """Row of `means` that holds the mean of each cluster, or -1 if it was dropped."""
    sizes: NDArray[np.float64]
    """Number of rows in each cluster."""
    forbidden: ForbiddenPairs
    """Pairs with a cannot-link."""
    labels: Indices
    """Cluster that each starting cluster is part of now."""
    active: NDArray[np.bool_]
    """Whether a cluster is neither absorbed nor finished."""
    nearest: Indices
    """Most similar cluster that each cluster may merge with, as of its last update."""
    similarity: NDArray[np.float64]
    """Average cosine similarity to `nearest`."""
    remembered: Indices
    """(n, REMEMBERED): the most similar clusters, filled up with the cluster's own index."""
    floor: NDArray[np.float64]
    """No cluster that is not remembered is, or ever will be, more similar than this."""
    merged_at: Indices
    """Number of the last merge() that changed each cluster."""
    updated_at: Indices
    """Number of the last merge() before `nearest` was updated."""
    merge_count: int = 0

    @classmethod
    def start(cls, means: Means, sizes: NDArray[np.int64], cannot: NDArray[np.int64], threshold: float) -> "_Clusters":
        count = len(means)
        own = np.arange(count)
        return cls(
            threshold=threshold,
            means=means.copy(),
            cluster_of_mean=own,
            mean_row=own.copy(),
            sizes=sizes.astype(np.float64),
            forbidden=ForbiddenPairs(cannot, count),
            labels=own.copy(),
            active=np.ones(count, np.bool_),
            nearest=own.copy(),
            similarity=np.full(count, -np.inf),
            remembered=np.repeat(own[:, None], REMEMBERED, axis=1),
            floor=np.full(count, np.inf),
            merged_at=np.zeros(count, np.int64),
            updated_at=np.zeros(count, np.int64),
        )

    def start_from(self, near: Neighbours) -> None:
        """Find the nearest of all clusters, given the neighbours of their starting means."""
        everything, floor, ids = np.arange(len(self.labels)), near.floor + ROUNDING, near.ids.astype(np.int64)
        if self.means.dtype == np.float32:
            values = near.similarity.copy()
            values[self.forbidden.between(everything, ids)] = -np.inf
            missed = self._remember(everything, ids, values, floor)
        else:
            missed = self._search_remembered(everything, ids, floor)
        self.search(missed)

    def merge_by_matrix(self) -> None:
        """Merge the active clusters to the end by the matrix of their similarities."""
        active = np.flatnonzero(self.active)
        means = self.means[self.mean_row[active]]
        similarity = means @ means.T  # symmetric to the last bit, because NumPy computes one triangle
        position, partner = self.forbidden.partners(active)
        column = np.searchsorted(active, partner)
        inside = active[np.minimum(column, len(active) - 1)] == partner
        similarity[position[inside], column[inside]] = -np.inf
        np.fill_diagonal(similarity, -np.inf)
        merged_into = np.arange(len(self.labels))
        merged_into[active] = active[merge_by_matrix(similarity, self.sizes[active], self.threshold)]
        self.labels = merged_into[self.labels]

    def reciprocal_pairs(self, fresh: Indices) -> tuple[Indices, Indices]:
        """Return the pairs of active clusters that are each other's nearest, as lower and higher index.

        Only pairs with at least one cluster in `fresh`, whose nearest was just updated, are considered.
        """
        candidates = fresh[self.active[fresh]]
        nearest = self.nearest[candidates]
        mutual = (self.nearest[nearest] == candidates) & self.active[nearest] & ~self._stale(nearest)
        lower, first = np.unique(np.minimum(candidates, nearest)[mutual], return_index=True)
        return lower, np.maximum(candidates, nearest)[mutual][first]

    def merge(self, kept: Indices, absorbed: Indices) -> None:
        """Merge absorbed[i] into kept[i] for each i, and find the nearest of each merged cluster."""
        if len(kept) == 0:
            return
        self.merge_count += 1
        share = self.sizes[absorbed] / (self.sizes[kept] + self.sizes[absorbed])
        kept_row, absorbed_row = self.mean_row[kept], self.mean_row[absorbed]
        step = self.means[absorbed_row] - self.means[kept_row]
        self.means[kept_row] += share[:, None].astype(self.means.dtype) * step
        self.sizes[kept] += self.sizes[absorbed]
        self.active[absorbed] = False
        self.merged_at[kept] = self.merged_at[absorbed] = self.merge_count
        merged_into = np.arange(len(self.labels))
        merged_into[absorbed] = kept
        self.labels = merged_into[self.labels]
        self.forbidden.inherit(absorbed, merged_into)
        # A cluster that neither half remembers is at most as similar to each half as the floor of that half. Its
        # similarity to the merged cluster is therefore at most the weighted mean of the floors.
        with np.errstate(invalid="ignore"):
            floor = (1.0 - share) * self.floor[kept] + share * self.floor[absorbed]
        remembered = np.concatenate([self.remembered[kept], self.remembered[absorbed]], axis=1)
        self.search(self._search_remembered(kept, remembered, floor))

    def merge_best(self) -> Indices:
        """Merge the most similar pair. Returns the merged cluster, (1,).

        Needed only if no pair is reciprocal. This happens when rounding makes equal similarities depend on the order
        of their operands.
        """
        active = np.flatnonzero(self.active)
        best = active[int(self.similarity[active].argmax())]
        low, high = sorted((int(best), int(self.nearest[best])))
        self.merge(np.array([low]), np.array([high]))
        return np.array([low])

    def stale_neighbours(self, clusters: Indices) -> Indices:
        """Return the nearest clusters of `clusters` whose own nearest is stale."""
        nearest = np.unique(self.nearest[clusters[self.active[clusters]]])
        return nearest[self.active[nearest] & self._stale(nearest)]

    def next_to_update(self) -> Indices:
        """Return the active clusters with a stale nearest that are the nearest of another, or all if there are none."""
        active = np.flatnonzero(self.active)
        stale = self._stale(active)
        is_nearest = np.zeros(len(self.labels), np.bool_)
        is_nearest[self.nearest[active[~stale]]] = True
        preferred = active[stale & is_nearest[active]]
        return preferred if len(preferred) else active[stale]

    def _stale(self, clusters: Indices) -> NDArray[np.bool_]:
        """Whether the nearest of each of `clusters` has merged or finished since the last update."""
        nearest = self.nearest[clusters]
        stale: NDArray[np.bool_] = (self.merged_at[nearest] > self.updated_at[clusters]) | ~self.active[nearest]
        return stale

    def update_nearest(self, clusters: Indices) -> Indices:
        """Update the nearest of each of `clusters`, or mark it as finished. Returns all clusters that were updated."""
        missed = self._search_remembered(clusters, self.remembered[clusters], self.floor[clusters])
        if 0 < len(missed) < _SMALL_SEARCH:
            # A search for one cluster takes almost as long as for many, so it includes the clusters needed next.
            near = np.setdiff1d(self.labels[self.remembered[self.nearest[missed]]], clusters)
            near = near[self.active[near] & self._stale(near)]
            near_missed = self._search_remembered(near, self.remembered[near], self.floor[near])
            missed = np.concatenate([missed, near_missed])
            clusters = np.concatenate([clusters, near])
        self.search(missed)
        return clusters

    def _search_remembered(self, clusters: Indices, remembered: Indices, floor: NDArray[np.float64]) -> Indices:
        """Find the nearest of `clusters` (r,) among `remembered` (r, k). Returns those that may have a nearer one."""
        size = max(1, _BLOCK_VALUES // (2 * REMEMBERED * self.means.shape[1]))
        parts = [slice(top, top + size) for top in range(0, len(clusters), size)]
        missed = [self._search_remembered_block(clusters[part], remembered[part], floor[part]) for part in parts]
        return np.concatenate([np.empty(0, np.int64), *missed])

    def _search_remembered_block(self, clusters: Indices, remembered: Indices, floor: NDArray[np.float64]) -> Indices:
        others = np.sort(self.labels[remembered], axis=1)  # the lowest index wins a tie
        possible = self.active[others] & (others != clusters[:, None])
        possible[:, 1:] &= others[:, 1:] != others[:, :-1]
        possible &= ~self.forbidden.between(clusters, others)
        return self._remember(clusters, others, self._similarities(clusters, others, possible), floor)

    def _remember(self, clusters: Indices, others: Indices, values: Means, floor: NDArray[np.float64]) -> Indices:
        """Set the nearest of `clusters` (r,) and remember the best of `others` (r, k), ascending in case of a tie.

        Returns the clusters that may have a nearer one.
        """
        order = np.argsort(-values, axis=1, kind="stable")
        values, others = np.take_along_axis(values, order, axis=1), np.take_along_axis(others, order, axis=1)
        self.remembered[clusters] = others[:, :REMEMBERED]
        self.floor[clusters] = np.maximum(floor, values[:, REMEMBERED:].max(axis=1, initial=-np.inf))
        self._set_nearest(clusters, others[:, 0], values[:, 0])
        unsure = (values[:, 0] <= self.floor[clusters]) & (self.floor[clusters] >= self.threshold)
        self.active[clusters[unsure]] = True
        return clusters[unsure]

    def _set_nearest(self, clusters: Indices, nearest: Indices, similarity: Means) -> None:
        """Record the nearest of each of `clusters`, and finish those below the threshold."""
        self.nearest[clusters], self.similarity[clusters] = nearest, similarity
        self.updated_at[clusters] = self.merge_count
        self.active[clusters] = similarity >= self.threshold

    def _similarities(self, clusters: Indices, others: Indices, possible: NDArray[np.bool_]) -> Means:
        """Return the similarity (r, k) of `clusters` (r,) to `others` (r, k); minus infinity where not `possible`."""
        values = np.full(others.shape, -np.inf, self.means.dtype)
        counts = possible.sum(axis=1)
        first = np.argsort(~possible, axis=1, kind="stable")
        by_count = np.argsort(counts, kind="stable")
        size = max(1, _CACHED_VALUES // (others.shape[1] * self.means.shape[1]))
        for block in _blocks(by_count, size):  # of similar counts, so few products are in vain
            column = first[block, : counts[block[-1]]]
            rows = self.mean_row[others[block[:, None], column]]
            ours = self.means[self.mean_row[clusters[block]]]
            products = np.matmul(self.means[rows], ours[:, :, None])[:, :, 0]
            values[block[:, None], column] = products
        values[~possible] = -np.inf
        return values

    def search(self, clusters: Indices) -> None:
        """Find the nearest of each of `clusters` among all active clusters, and remember the most similar ones."""
        if len(clusters) == 0:
            return
        self._drop_inactive_means()
        active = self.active[self.cluster_of_mean].copy()
        for block in _blocks(clusters, max(1, _BLOCK_VALUES // max(1, len(self.cluster_of_mean)))):
            index = np.arange(len(block))
            # With the larger matrix first, the product of a few rows takes half the time.
            products = np.ascontiguousarray((self.means @ self.means[self.mean_row[block]].T).T)
            products[:, ~active] = -np.inf
            products[index, self.mean_row[block]] = -np.inf
            position, partner = self.forbidden.partners(block)
            has_mean = self.mean_row[partner] >= 0
            products[position[has_mean], self.mean_row[partner[has_mean]]] = -np.inf
            for rank in range(REMEMBERED):
                best = products.argmax(axis=1)
                values = products[index, best]
                self.remembered[block, rank] = np.where(np.isneginf(values), block, self.cluster_of_mean[best])
                if rank == 0:
                    self._set_nearest(block, self.cluster_of_mean[best], values)
                products[index, best] = -np.inf
            self.floor[block] = values

    def _drop_inactive_means(self) -> None:
        """Drop the means of inactive clusters if these are more than 1 - `_MIN_ACTIVE_SHARE` of all."""
        active = self.active[self.cluster_of_mean]
        if active.sum() < _MIN_ACTIVE_SHARE * len(self.cluster_of_mean):
            self.means, self.cluster_of_mean = self.means[active], self.cluster_of_mean[active]
            self.mean_row = np.full(len(self.labels), -1)
            self.mean_row[self.cluster_of_mean] = np.arange(len(self.cluster_of_mean))


def _blocks(clusters: Indices, size: int) -> Iterator[Indices]:
    """Yield `clusters` in blocks of at most `size`."""
    for top in range(0, len(clusters), size):
        yield clusters[top : top + size]
