"""Nearest neighbours and connected components of vectors, from one pass over all pairs.

The pass computes each pair once, block by block. It keeps the most similar vectors of each vector, and joins the
components of each pair at or above a similarity.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Values = NDArray[np.float32]

BLOCK_ROWS = 1024
"""Rows per block. Its products take 4 MB, so reading them again is cheap."""
_SORTED_ROWS = 128
"""Lists that are sorted at once. Sorting needs several copies of them."""
ROUNDING = 5e-6
"""More than the rounding error of a float32 product of two vectors of norm 1 or less."""


@dataclass(frozen=True)
class Neighbours:
    """The most similar vectors of each of n vectors."""

    ids: NDArray[np.int32]
    """(n, count): the neighbours, most similar first, lowest index first on a tie, filled up with the own index."""
    similarity: Values
    """(n, count): dot products with the neighbours; minus infinity where `ids` is filled up."""
    floor: NDArray[np.float64]
    """(n,): no other vector has a dot product above this, apart from rounding."""

    def among(self, members: Indices) -> "Neighbours":
        """Return the neighbours of `members` (m,), ascending, by position in `members`. All must be members."""
        position = np.full(len(self.floor), -1, np.int32)
        position[members] = np.arange(len(members))
        return Neighbours(position[self.ids[members]], self.similarity[members], self.floor[members])


def near_neighbours(
    vectors: Values, lowest: float, count: int, block_rows: int = BLOCK_ROWS
) -> tuple[Neighbours, Indices]:
    """Return the neighbours of `vectors` (n, D) with a dot product of at least `lowest`, and components (n,).

    At most `count` neighbours are kept per vector. The components are those of the graph of all pairs with a dot
    product of at least `lowest`, labelled by arbitrary numbers. O(n^2 D) time; O(n count + block_rows^2) memory.
    """
    lists = _Lists.start(len(vectors), lowest, count)
    labels = np.arange(len(vectors))
    blocks = [slice(top, min(top + block_rows, len(vectors))) for top in range(0, len(vectors), block_rows)]
    buffer = np.empty(min(block_rows, len(vectors)) ** 2, np.float32)  # new memory for each product costs time
    for index, block in enumerate(blocks):
        for other in blocks[index:]:
            products = buffer[: len(vectors[block]) * len(vectors[other])].reshape(-1, len(vectors[other]))
            np.matmul(vectors[block], vectors[other].T, out=products)
            if block == other:
                np.fill_diagonal(products, -np.inf)
            else:
                lists.add_columns(block, other, products)
            lists.add_rows(block, other, products)
            labels = _join_near(labels, block, other, products, lowest)
    return lists.neighbours(), labels


def join(labels: Indices, first: Indices, second: Indices) -> Indices:
    """Merge the components `first[k]` and `second[k]` of `labels` (n,), which are in 0..n-1, for each k."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    apart = first != second
    if not apart.any():
        return labels
    names, ends = np.unique(np.stack([first[apart], second[apart]]), return_inverse=True)
    graph = coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(names), len(names)))
    component = connected_components(graph, directed=False)[1]
    renamed = np.arange(len(labels))
    renamed[names] = names[np.unique(component, return_index=True)[1]][component]
    return renamed[labels]


def _join_near(labels: Indices, block: slice, other: slice, products: Values, lowest: float) -> Indices:
    """Merge the components of each pair of a row in `block` and one in `other` whose product is >= `lowest`."""
    outside = labels != np.bincount(labels).argmax()
    first, second = outside[block], outside[other]
    if not (first.any() or second.any()):
        return labels
    near = products >= np.float32(lowest)
    near &= first[:, None] | second  # a pair within the largest component joins nothing
    row, column = np.divmod(np.flatnonzero(near), near.shape[1])  # several times faster than nonzero on two axes
    return join(labels, labels[block][row], labels[other][column])


@dataclass
class _Lists:
    """Unsorted candidates of each of n vectors. The worst are dropped when a list of 2 * `count` is full."""

    count: int
    ids: NDArray[np.int32]
    """(n, 2 * count)"""
    values: Values
    """(n, 2 * count); minus infinity where the list is not filled."""
    filled: Indices
    """(n,): length of each list."""
    least: Values
    """(n,): candidates below this are not listed."""

    @classmethod
    def start(cls, size: int, lowest: float, count: int) -> "_Lists":
        return cls(
            count,
            np.repeat(np.arange(size, dtype=np.int32)[:, None], 2 * count, axis=1),
            np.full((size, 2 * count), -np.inf, np.float32),
            np.zeros(size, np.int64),
            np.full(size, lowest, np.float32),
        )

    def add_rows(self, block: slice, other: slice, products: Values) -> None:
        """List the vectors of `other` with the vectors of `block`, given all products (b, c)."""
        near = np.flatnonzero(products >= self.least[block, None])
        row, column = np.divmod(near, products.shape[1])
        self._add(block, row, (column + other.start).astype(np.int32), products.ravel()[near])

    def add_columns(self, block: slice, other: slice, products: Values) -> None:
        """List the vectors of `block` with the vectors of `other`, given all products (b, c)."""
        near = np.flatnonzero(products >= self.least[other])
        row, column = np.divmod(near, products.shape[1])
        order = np.argsort(column.astype(np.uint16 if products.shape[1] <= 2**16 else np.int64), kind="stable")
        values = products.ravel()[near[order]]
        self._add(other, column[order], (row[order] + block.start).astype(np.int32), values)

    def _add(self, block: slice, position: Indices, ids: NDArray[np.int32], values: Values) -> None:
        """Add candidates `ids` (k,) to the lists at `position` (k,), ascending, in `block`."""
        added = np.bincount(position, minlength=block.stop - block.start)
        rank = np.arange(len(position)) - (np.cumsum(added) - added)[position]
        filled = self.filled[block]
        fits = filled + added <= 2 * self.count
        simple = fits[position]
        rows = block.start + position[simple]
        place = self.filled[rows] + rank[simple]
        self.ids[rows, place], self.values[rows, place] = ids[simple], values[simple]
        filled[fits] += added[fits]
        if not fits.all():
            row_of_position = np.cumsum(~fits) - 1
            full = block.start + np.flatnonzero(~fits)
            self._replace(full, row_of_position[position[~simple]], rank[~simple], ids[~simple], values[~simple])

    def _replace(self, full: Indices, row: Indices, rank: Indices, ids: NDArray[np.int32], values: Values) -> None:
        """Add candidates `ids` (k,), the `rank`-th of list `full[row]`, and keep the best `count` of each list."""
        width = 2 * self.count + 1 + int(rank.max())
        all_values = np.full((len(full), width), -np.inf, np.float32)
        all_ids = np.empty((len(full), width), np.int32)
        all_values[:, : 2 * self.count], all_ids[:, : 2 * self.count] = self.values[full], self.ids[full]
        all_values[row, 2 * self.count + rank], all_ids[row, 2 * self.count + rank] = values, ids
        best = np.argpartition(all_values, width - self.count, axis=1)[:, width - self.count :]
        self.ids[full, : self.count] = np.take_along_axis(all_ids, best, axis=1)
        kept = np.take_along_axis(all_values, best, axis=1)
        self.values[full, : self.count], self.values[full, self.count :] = kept, -np.inf
        self.filled[full], self.least[full] = self.count, kept.min(axis=1)

    def neighbours(self) -> Neighbours:
        """Return the best `count` of each list, sorted."""
        ids = np.empty((len(self.ids), self.count), np.int32)
        similarity = np.empty((len(self.ids), self.count), np.float32)
        floor = self.least.astype(np.float64)
        for top in range(0, len(ids), _SORTED_ROWS):
            part = slice(top, top + _SORTED_ROWS)
            by_id = np.argsort(self.ids[part], axis=1)
            values = np.take_along_axis(self.values[part], by_id, axis=1)
            order = np.take_along_axis(by_id, np.argsort(-values, axis=1, kind="stable"), axis=1)
            values = np.take_along_axis(self.values[part], order, axis=1)
            similarity[part] = values[:, : self.count]
            ids[part] = np.take_along_axis(self.ids[part], order[:, : self.count], axis=1)
            unfilled = np.isneginf(similarity[part])
            ids[part] = np.where(unfilled, np.arange(top, top + len(values))[:, None], ids[part])
            floor[part] = np.maximum(floor[part], values[:, self.count])
        return Neighbours(ids, similarity, floor)
