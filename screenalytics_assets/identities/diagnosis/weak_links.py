"""Weak links: where an identity would split first, and which tracks connect the two sides.

Average linkage within the identity gives a tree of merges. Ranked by similarity, the stray tracks at the edge of every
large identity would come first: each has a low similarity, and cutting it off changes nothing. Two people in one
identity are two *large* sides that are dissimilar. Merges are therefore ranked by the share of the
identity's variance that they account for. This is the increment of Ward's method (Ward, Hierarchical grouping to
optimize an objective function, 1963): n_a n_b / (n_a + n_b) times the squared distance of the means of the two sides.
In eight television episodes, re-enacted with photos of other people, every merge of two people that a low threshold had
caused came first in this order, even where one of the two had 3 tracks of 249.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.average_tree import average_tree
from screenalytics_assets.clustering.unit_vectors import unit_rows

MOST_MEMBERS = 4000
"""Number of members that are used at most. Their distances take about 300 MB, and the tree about one second."""


@dataclass(frozen=True)
class Link:
    """One merge of two sides, a and b. Rows index the given vectors. Similarities are cosine similarities.

    `row_a` and `row_b` are the most similar pair between the sides, which made the merge plausible. A medoid is the
    track that is most similar to its own side on average, and shows who that side is.
    """

    row_a: int
    row_b: int
    similarity: float
    """Average similarity between the two sides, at which they merge."""
    closest_similarity: float
    """Similarity of the pair `row_a`, `row_b`."""
    medoid_a: int
    medoid_b: int
    size_a: int
    size_b: int
    within_a: float
    """Average similarity between two different tracks of side a; 1 if it has only one."""
    within_b: float
    rows_b: tuple[int, ...]
    """Rows of side b, ascending."""


@dataclass(frozen=True)
class WeakLinks:
    """The weakest links, weakest first, and the number of members of the identity that were used."""

    links: Sequence[Link]
    members_seen: int


def weakest_links(vectors: NDArray[np.float32], count: int) -> WeakLinks:
    """Return the `count` weakest links between the unit rows (n, D) of one identity. Fewer than two rows have none.

    Side a is the larger side, or the one with the lowest row on a tie. Of more than 4,000 rows, only 4,000 are used,
    evenly spaced, and sizes count only these. O(n^2 D) time and O(n^2) memory.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), or `count` is negative.
    """
    if count < 0:
        raise ValueError(f"Expected a count of 0 or more, but got {count}.")
    rows = unit_rows(vectors)
    used = np.arange(len(rows))
    if len(rows) > MOST_MEMBERS:
        used = np.linspace(0, len(rows) - 1, MOST_MEMBERS).astype(np.int64)
    if len(used) < 2:
        return WeakLinks((), len(used))
    members = rows[used].astype(np.float64)
    similarities = np.clip(members @ members.T, -1.0, 1.0)
    tree = average_tree(1.0 - similarities)
    weakest = np.argsort(-_variance_explained(tree, members), kind="stable")[:count]
    return WeakLinks(tuple(_link(tree, merge, similarities, used) for merge in weakest.tolist()), len(used))


def _variance_explained(tree: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Ward's increment (n - 1,) of each merge: the reduction of the sum of squares if the link is cut."""
    count = len(rows)
    sums = np.concatenate([rows, np.empty((count - 1, rows.shape[1]))])
    sizes = np.concatenate([np.ones(count), tree[:, 3]])
    first, second = tree[:, 0].astype(np.int64), tree[:, 1].astype(np.int64)
    for merge in range(count - 1):
        sums[count + merge] = sums[first[merge]] + sums[second[merge]]
    means = sums / sizes[:, None]
    squares = ((means[first] - means[second]) ** 2).sum(axis=1)
    return np.asarray(sizes[first] * sizes[second] / (sizes[first] + sizes[second]) * squares)


def _link(tree: NDArray[np.float64], merge: int, similarities: NDArray[np.float64], used: NDArray[np.int64]) -> Link:
    sides = sorted((_leaves(tree, int(node)) for node in tree[merge, :2]), key=lambda side: (-len(side), side[0]))
    side_a, side_b = sides
    between = similarities[np.ix_(side_a, side_b)]
    closest_a, closest_b = np.unravel_index(between.argmax(), between.shape)
    return Link(
        row_a=int(used[side_a[closest_a]]),
        row_b=int(used[side_b[closest_b]]),
        similarity=float(between.mean()),
        closest_similarity=float(between[closest_a, closest_b]),
        medoid_a=int(used[_medoid(similarities, side_a)]),
        medoid_b=int(used[_medoid(similarities, side_b)]),
        size_a=len(side_a),
        size_b=len(side_b),
        within_a=_within(similarities, side_a),
        within_b=_within(similarities, side_b),
        rows_b=tuple(int(row) for row in used[side_b]),
    )


def _leaves(tree: NDArray[np.float64], node: int) -> NDArray[np.int64]:
    """Return the rows under a node of the tree, ascending."""
    count = len(tree) + 1
    pending, leaves = [node], []
    while pending:
        current = pending.pop()
        if current < count:
            leaves.append(current)
        else:
            pending += [int(child) for child in tree[current - count, :2]]
    return np.array(sorted(leaves), np.int64)


def _medoid(similarities: NDArray[np.float64], side: NDArray[np.int64]) -> int:
    """Return the row of `side` that is most similar to `side` on average."""
    return int(side[similarities[np.ix_(side, side)].sum(axis=1).argmax()])


def _within(similarities: NDArray[np.float64], side: NDArray[np.int64]) -> float:
    """Return the average similarity between two different rows of `side`, or 1 if there is only one."""
    count = len(side)
    if count == 1:
        return 1.0
    block = similarities[np.ix_(side, side)]
    return float((block.sum() - np.trace(block)) / (count * (count - 1)))
