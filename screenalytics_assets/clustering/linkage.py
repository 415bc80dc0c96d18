"""Flat clustering of unit vectors by cosine similarity: average, complete, single and Ward linkage.

Average and complete linkage are exact without the N x N matrix. Two clusters can merge at a linkage similarity >= t
only if some pair of their rows has a cosine similarity >= t. Every final cluster is therefore inside one connected
component of the graph of such pairs. The graph is computed block by block, and the linkage runs within each component.
Time O(N^2 D); memory O(N D + block_rows^2) for average linkage, and O(C^2) more for complete linkage, where C is the
size of the largest component. Both support constraints between pairs of rows.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.complete_merging import merge_complete
from screenalytics_assets.clustering.constraints import (
    NO_CONSTRAINTS,
    Constraints,
    Pairs,
    Settled,
    no_pairs,
    settle,
    violations,
)
from screenalytics_assets.clustering.near_neighbours import BLOCK_ROWS, join, near_neighbours
from screenalytics_assets.clustering.reciprocal_merging import REMEMBERED, merge_reciprocal, plain_means
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import unit_rows

Linkage = Literal["average", "complete", "single", "ward"]

# The graph must contain every pair that may merge. This margin exceeds the rounding error of a float32 product.
_GRAPH_SLACK = 1e-5
# Components of at most this many rows are linked in float64. For larger ones float32 halves time and memory, but two
# similarities that differ by less than 1e-6 may be ranked in the wrong order.
_EXACT_ROWS = 8192
# For at most this many rows without constraints, SciPy's linkage of the full matrix (32 MB) is several times faster.
_MATRIX_ROWS = 2048


def cluster_labels(
    vectors: NDArray[np.float32],
    threshold: float,
    linkage: Linkage = "average",
    constraints: Constraints = NO_CONSTRAINTS,
    block_rows: int = BLOCK_ROWS,
    shares: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Cluster unit rows (N, D). Returns labels (N,) 0..K-1, numbered by first appearance.

    Clusters merge as long as their linkage similarity (the mean, lowest or highest cosine similarity between their
    rows) is >= `threshold`, with a tolerance of 1e-6. Ward linkage has no linkage similarity: SciPy's Ward distance
    between unit rows is cut at sqrt(2 - 2 * threshold), the distance of two vectors of that similarity. It needs all
    N^2 / 2 distances. `block_rows` limits memory and does not affect the result.

    `shares` (N,) > 0 lower the threshold for rows that cannot reach it: with average or complete linkage, the
    similarity of rows i and j counts as s_ij / (shares_i * shares_j). Single and Ward linkage do not support it.

    Must-linked rows start as one cluster. A merge that would put a cannot-linked pair into one cluster is skipped, and
    the next best merge is made instead. A must-link that contradicts a cannot-link is ignored (`settle` reports it).

    Without effective constraints the partition equals that of SciPy's full linkage. If merges tie exactly and exclude
    each other, several partitions are correct, and the full linkage may return a different one.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), `threshold` is outside [-1, 1],
            `linkage` is unknown, `block_rows` is below 1, `shares` is not (N,) or not above 0, or `constraints` name
            other rows, or `constraints` or `shares` are combined with single or Ward linkage.
        RuntimeError: a cluster violates a cannot-link, which would be a bug.
    """
    rows = unit_rows(vectors)
    check_similarity("threshold", threshold)
    if linkage not in get_args(Linkage):
        raise ValueError(f"Unknown linkage {linkage!r}: use one of {', '.join(get_args(Linkage))}.")
    if block_rows < 1:
        raise ValueError(f"Expected block_rows of 1 or more, but got {block_rows}.")
    constrained = len(constraints.cannot_link) + len(constraints.must_link) > 0
    if constrained and linkage in ("single", "ward"):
        raise ValueError(f"Expected no constraints with {linkage} linkage: only average and complete support them.")
    if shares is not None:
        rows = _scaled(rows, shares, linkage)
    settled = settle(constraints, len(rows))
    if len(rows) < 2:
        return np.zeros(len(rows), dtype=np.int64)
    match linkage:
        case "single":
            labels = _components(rows, threshold - TIE, block_rows)
        case "ward":
            labels = _ward(rows, threshold)
        case "average" | "complete":
            labels = _linkage_inside(rows, threshold, linkage, settled, block_rows)
    if len(broken := violations(labels, constraints.cannot_link)):
        raise RuntimeError(f"Expected no cannot-link within a cluster, but one contains rows {broken[0].tolist()}.")
    return number_by_first_appearance(labels)


def _scaled(rows: NDArray[np.float32], shares: NDArray[np.float64], linkage: Linkage) -> NDArray[np.float32]:
    """Return rows whose dot products are the similarities divided by the shares of both rows."""
    if shares.shape != (len(rows),) or not (shares > 0).all():
        raise ValueError(f"Expected {len(rows)} shares above 0, but got {shares!r}.")
    if linkage in ("single", "ward"):
        raise ValueError(f"Expected no shares with {linkage} linkage: only average and complete support them.")
    return (rows / shares[:, None]).astype(np.float32)


def check_similarity(name: str, value: float) -> None:
    """Raise a ValueError that contains `name` unless `value` is in [-1, 1]."""
    if not -1.0 <= value <= 1.0:
        raise ValueError(f"Expected {name} to be a cosine similarity in [-1, 1], but got {value}.")


def members_by_label(labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the row indices of each label in ascending order, for the labels in ascending order."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order])) + 1
    return np.split(order, starts)


def number_by_first_appearance(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels (N,) to 0..K-1 by first appearance."""
    _, first_rows, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first_rows))[inverse]


def _components(rows: NDArray[np.float32], lowest: float, block_rows: int) -> NDArray[np.int64]:
    """Return the connected component (N,) of each row in the graph of pairs with similarity >= `lowest`.

    Pairs within the component that is currently the largest cannot join components, so they are not computed.
    """
    labels = np.arange(len(rows), dtype=np.int64)
    blocks = [np.arange(top, min(top + block_rows, len(rows))) for top in range(0, len(rows), block_rows)]
    for index, block in enumerate(blocks):
        for other in blocks[index:]:
            largest = np.bincount(labels).argmax()
            inside, other_inside = labels[block] == largest, labels[other] == largest
            labels = _join_near(labels, rows, block[~inside], other, lowest)
            labels = _join_near(labels, rows, block[inside], other[~other_inside], lowest)
    return labels


def _join_near(
    labels: NDArray[np.int64],
    rows: NDArray[np.float32],
    some: NDArray[np.int64],
    others: NDArray[np.int64],
    lowest: float,
) -> NDArray[np.int64]:
    """Merge the components of each pair of a row in `some` and one in `others` with similarity >= `lowest`."""
    if len(some) == 0 or len(others) == 0:
        return labels
    near = np.flatnonzero(rows[some] @ rows[others].T >= lowest)  # several times faster than nonzero on two axes
    first, second = np.divmod(near, len(others))
    return join(labels, labels[some[first]], labels[others[second]])


def _linkage_inside(
    rows: NDArray[np.float32],
    threshold: float,
    linkage: Literal["average", "complete"],
    settled: Settled,
    block_rows: int,
) -> NDArray[np.int64]:
    """Cluster each component of the graph of similar pairs separately. No two components share a label."""
    if linkage == "average":
        return _average(rows, threshold, settled, block_rows)
    return _complete(_components(rows, threshold - _GRAPH_SLACK, block_rows), rows, threshold, settled)


def _average(rows: NDArray[np.float32], threshold: float, settled: Settled, block_rows: int) -> NDArray[np.int64]:
    """Cluster by average linkage. Groups of must-linked rows replace single rows, and their means the rows."""
    groups = settled.groups
    sizes = np.bincount(groups)
    alone = len(sizes) == len(rows)
    starts = rows if alone else plain_means(rows, groups).astype(np.float32)
    near, components = near_neighbours(starts, threshold - _GRAPH_SLACK, REMEMBERED, block_rows)
    components = number_by_first_appearance(components)
    cannot_by_component = _by_component(settled.cannot, components)
    labels = np.arange(len(sizes), dtype=np.int64)
    inside = zip(members_by_label(components), members_by_label(components[groups]), strict=True)
    for component, (members, members_rows) in enumerate(inside):
        if len(members) == 1:
            continue
        cannot = np.searchsorted(members, cannot_by_component.get(component, no_pairs()))
        means: NDArray[np.floating] = rows[members_rows]
        if len(members_rows) <= _EXACT_ROWS:
            means = means.astype(np.float64)
        if len(members) < len(members_rows):
            means = plain_means(means, np.searchsorted(members, groups[members_rows])).astype(means.dtype)
        if len(members) == len(members_rows) <= _MATRIX_ROWS and len(cannot) == 0:
            parts = _full_linkage(means, threshold, "average")
        else:
            parts = merge_reciprocal(means, sizes[members], cannot, threshold - TIE, near.among(members))
        labels[members] = members[parts]
    return labels[groups]


def _complete(
    components: NDArray[np.int64], rows: NDArray[np.float32], threshold: float, settled: Settled
) -> NDArray[np.int64]:
    """Cluster each component separately by complete linkage. No two components share a label.

    Components that a must-link connects are joined first. Groups of must-linked rows then replace single rows.
    """
    first_rows = np.unique(settled.groups, return_index=True)[1]
    components = number_by_first_appearance(components)
    components = number_by_first_appearance(join(components, components, components[first_rows[settled.groups]]))
    cannot_by_component = _by_component(settled.cannot, components[first_rows])
    labels = np.arange(len(rows), dtype=np.int64)
    for component, members in enumerate(members_by_label(components)):
        if len(members) > 1:
            groups, group_of_row = np.unique(settled.groups[members], return_inverse=True)
            cannot = np.searchsorted(groups, cannot_by_component.get(component, no_pairs()))
            parts = _merge_groups(rows[members], group_of_row, cannot, threshold)
            labels[members] = members[parts[group_of_row]]
    return labels


def _by_component(cannot: Pairs, component_of_group: NDArray[np.int64]) -> dict[int, Pairs]:
    """Return the pairs of groups that are in the same component, by component."""
    ends = component_of_group[cannot]
    inside = cannot[ends[:, 0] == ends[:, 1]]
    if len(inside) == 0:
        return {}
    names, component = np.unique(component_of_group[inside[:, 0]], return_inverse=True)
    parts = members_by_label(component.astype(np.int64))
    return {int(name): inside[part] for name, part in zip(names, parts, strict=True)}


def _merge_groups(
    rows: NDArray[np.float32], group_of_row: NDArray[np.int64], cannot: Pairs, threshold: float
) -> NDArray[np.int64]:
    """Cluster the G groups of the rows (n, D) of one component. Returns labels (G,) in 0..G-1."""
    sizes = np.bincount(group_of_row)
    if len(sizes) == 1:
        return np.zeros(1, np.int64)
    exact: NDArray[np.floating] = rows.astype(np.float64) if len(rows) <= _EXACT_ROWS else rows
    if len(sizes) == len(rows) <= _MATRIX_ROWS and len(cannot) == 0:
        return _full_linkage(exact, threshold, "complete")
    return merge_complete(exact, group_of_row, cannot, threshold - TIE)


def _full_linkage(
    rows: NDArray[np.floating], threshold: float, linkage: Literal["average", "complete"]
) -> NDArray[np.int64]:
    """Cluster rows (n, D) by the matrix of all their distances. Returns labels (n,) in 0..n-1."""
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    similarities = rows @ rows.T
    highest = max(1.0, float(similarities.max()))  # rows need not be unit vectors
    distances = squareform(np.maximum(highest - similarities, 0.0), checks=False)
    tree = hierarchy.linkage(distances, method=linkage)
    return hierarchy.fcluster(tree, highest - threshold + TIE, criterion="distance").astype(np.int64) - 1


def _ward(rows: NDArray[np.float32], threshold: float) -> NDArray[np.int64]:
    from scipy.cluster import hierarchy

    tree = hierarchy.linkage(rows.astype(np.float64), method="ward")
    max_distance = np.sqrt(2.0 - 2.0 * (threshold - TIE))
    return hierarchy.fcluster(tree, t=max_distance, criterion="distance").astype(np.int64)
