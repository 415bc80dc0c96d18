"""Weak links: where an identity would come apart, and which tracks hold it together there.

Average linkage within the identity gives a tree of merges. Plain looseness would put first the stray tracks that
every large identity has at its rim: each is loose, and cutting it off changes nothing. Two people glued together
are two *large* halves that are unlike. So merges are ranked by how much of the identity's variance they account
for, the increment of Ward's method (Ward, Hierarchical grouping to optimize an objective function, 1963):
n_a n_b / (n_a + n_b) times the squared distance of the halves' means. In eight television episodes, re-enacted with
photos of other people, every merge that a low threshold had made of two people came first in this order, even where
one of the two had 3 tracks of 249.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import unit_rows

MOST_MEMBERS = 4000
"""Members that are looked at: their distances take some 300 MB, and the tree about a second."""


@dataclass(frozen=True)
class Link:
    """One merge of two sides, a and b. Rows are those of the vectors given; similarities are cosines.

    `row_a` and `row_b` are the most similar pair across: it made the merge plausible. The medoids are the tracks
    most similar to their own side on average: they show who the two sides are.
    """

    row_a: int
    row_b: int
    similarity: float
    """Average similarity across the two sides, at which they merge."""
    closest_similarity: float
    """Similarity of the pair `row_a`, `row_b`."""
    medoid_a: int
    medoid_b: int
    size_a: int
    size_b: int


@dataclass(frozen=True)
class WeakLinks:
    """The weakest links, weakest first, and how many of the identity's members were looked at."""

    links: Sequence[Link]
    members_seen: int


def weakest_links(vectors: NDArray[np.float32], count: int) -> WeakLinks:
    """The `count` weakest links between the unit rows (n, D) of one identity; fewer than two rows have none.

    Side a is the larger one, on a tie that of the lowest row. Of more than 4,000 rows as many are looked at, evenly
    spaced, and the sizes count those. O(n^2 D) time and O(n^2) memory.

    Raises:
        ValueError: rows that are not finite and of unit norm (1e-3), or a negative `count`.
    """
    if count < 0:
        raise ValueError(f"Expected a count of 0 or more, but got {count}.")
    rows = unit_rows(vectors)
    seen = np.arange(len(rows))
    if len(rows) > MOST_MEMBERS:
        seen = np.linspace(0, len(rows) - 1, MOST_MEMBERS).astype(np.int64)
    if len(seen) < 2:
        return WeakLinks((), len(seen))
    members = rows[seen].astype(np.float64)
    similarities = np.clip(members @ members.T, -1.0, 1.0)
    tree = _average_linkage(similarities)
    weakest = np.argsort(-_variance_explained(tree, members), kind="stable")[:count]
    return WeakLinks(tuple(_link(tree, merge, similarities, seen) for merge in weakest.tolist()), len(seen))


def _average_linkage(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """SciPy's tree (n - 1, 4) of merges: two nodes, 1 - similarity, size."""
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    return np.asarray(hierarchy.linkage(squareform(1.0 - similarities, checks=False), method="average"))


def _variance_explained(tree: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ward's increment (n - 1,) of each merge: what cutting there takes out of the sum of squares."""
    count = len(rows)
    sums = np.concatenate([rows, np.empty((count - 1, rows.shape[1]))])
    sizes = np.concatenate([np.ones(count), tree[:, 3]])
    first, second = tree[:, 0].astype(np.int64), tree[:, 1].astype(np.int64)
    for merge in range(count - 1):
        sums[count + merge] = sums[first[merge]] + sums[second[merge]]
    means = sums / sizes[:, None]
    squares = ((means[first] - means[second]) ** 2).sum(axis=1)
    return np.asarray(sizes[first] * sizes[second] / (sizes[first] + sizes[second]) * squares)


def _link(tree: NDArray[np.float64], merge: int, similarities: NDArray[np.float64], seen: NDArray[np.int64]) -> Link:
    sides = sorted((_leaves(tree, int(node)) for node in tree[merge, :2]), key=lambda side: (-len(side), side[0]))
    side_a, side_b = sides
    across = similarities[np.ix_(side_a, side_b)]
    closest_a, closest_b = np.unravel_index(across.argmax(), across.shape)
    return Link(
        row_a=int(seen[side_a[closest_a]]),
        row_b=int(seen[side_b[closest_b]]),
        similarity=float(across.mean()),
        closest_similarity=float(across[closest_a, closest_b]),
        medoid_a=int(seen[_medoid(similarities, side_a)]),
        medoid_b=int(seen[_medoid(similarities, side_b)]),
        size_a=len(side_a),
        size_b=len(side_b),
    )


def _leaves(tree: NDArray[np.float64], node: int) -> NDArray[np.int64]:
    """The rows under a node of the tree, ascending."""
    count = len(tree) + 1
    waiting, found = [node], []
    while waiting:
        current = waiting.pop()
        if current < count:
            found.append(current)
        else:
            waiting += [int(child) for child in tree[current - count, :2]]
    return np.array(sorted(found), np.int64)


def _medoid(similarities: NDArray[np.float64], side: NDArray[np.int64]) -> int:
    return int(side[similarities[np.ix_(side, side)].sum(axis=1).argmax()])
