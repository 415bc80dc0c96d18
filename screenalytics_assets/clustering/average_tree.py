"""The complete tree of average linkage, by chains of nearest neighbours (Murtagh, 1983).

Equal to SciPy's tree to the last bit. Loading SciPy's clustering takes a quarter of a second, which the check of a few
dozen vectors would otherwise wait for.
"""

import numpy as np
from numpy.typing import NDArray

Tree = NDArray[np.float64]


def average_tree(distances: NDArray[np.float64]) -> Tree:
    """Return SciPy's tree (n - 1, 4) of merges, nearest first: two nodes, their average distance, and the size.

    Rows are the nodes 0 to n - 1, and the i-th merge makes node n + i. `distances` (n, n) is symmetric to the last bit,
    and is overwritten. O(n^2) time.
    """
    np.fill_diagonal(distances, np.inf)
    sizes = np.ones(len(distances))
    merges = np.empty((max(0, len(distances) - 1), 3))
    chain: list[int] = []
    for merge in range(len(merges)):
        if not chain:
            chain.append(int(np.argmax(sizes > 0)))
        _extend(chain, distances)
        first, second = sorted((chain.pop(), chain.pop()))
        merges[merge] = first, second, distances[first, second]
        total = sizes[first] + sizes[second]
        row = (sizes[first] * distances[first] + sizes[second] * distances[second]) / total
        row[second] = np.inf
        distances[second], distances[:, second] = row, row
        distances[first], distances[:, first] = np.inf, np.inf
        sizes[first], sizes[second] = 0, total
    return _ordered(merges)


def _extend(chain: list[int], distances: NDArray[np.float64]) -> None:
    """Append nearest neighbours until the last two are each other's."""
    while True:
        row = distances[chain[-1]]
        nearest = int(row.argmin())
        if len(chain) > 1 and row[chain[-2]] <= row[nearest]:
            return
        chain.append(nearest)


def _ordered(merges: NDArray[np.float64]) -> Tree:
    """Return the tree of merges (n - 1, 3) of rows that stand for their clusters, in any order."""
    count = len(merges) + 1
    node = np.arange(2 * count - 1)  # the node that now contains each node
    sizes = np.ones(2 * count - 1)
    tree = np.empty((count - 1, 4))
    for merge, (first, second, distance) in enumerate(merges[np.argsort(merges[:, 2], kind="stable")]):
        sides = sorted((_top(node, int(first)), _top(node, int(second))))
        made = count + merge
        node[sides] = made
        sizes[made] = sizes[sides].sum()
        tree[merge] = *sides, distance, sizes[made]
    return tree


def _top(node: NDArray[np.int64], start: int) -> int:
    top = start
    while node[top] != top:
        top = int(node[top])
    while node[start] != top:
        node[start], start = top, int(node[start])
    return top
