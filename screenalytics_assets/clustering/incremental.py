"""New tracks join a finished clustering, which stays as it is."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.adoption import adopt
from screenalytics_assets.clustering.constraints import Constraints, among, settle
from screenalytics_assets.clustering.linkage import cluster_labels
from screenalytics_assets.clustering.reciprocal_merging import plain_means
from screenalytics_assets.clustering.unit_vectors import unit_rows

Labels = NDArray[np.int64]


def join_clusters(
    vectors: NDArray[np.float32],
    labels: Labels,
    new_vectors: NDArray[np.float32],
    needed: NDArray[np.float64],
    margin: float,
    threshold: float,
    constraints: Constraints,
) -> Labels:
    """Labels (N + M,) after new unit rows (M, D) joined unit rows (N, D) with labels (N,) 0..K-1, which stay.

    A new row joins the cluster whose unit centroid it is most similar to, if that similarity is `needed` (M,) or
    more and leads the second best by `margin`; clusters that a cannot-link forbids do not count. The most similar
    row goes first, and one that may not be together with another that joined before it stays out. The rest is
    clustered among itself, by average linkage down to `threshold`; what that makes gets labels from K on.

    `constraints` speak of all N + M rows. A must-link with an old row decides at once, unless a cannot-link
    forbids it; new rows that must be together look for a cluster as one, which needs the least that any of them
    needs. No cannot-link of a new row is ever violated. O(M K D + N D) time, O(M^2 D) more for what is left.

    Raises:
        ValueError: rows that are not finite and of unit norm (1e-3), labels other than N or with a gap, a number of
            `needed` other than M, a threshold outside [-1, 1], or constraints that name other rows.
    """
    old, rows = len(vectors), np.concatenate([unit_rows(vectors), unit_rows(new_vectors)])
    count = _checked_count(labels, old)
    if needed.shape != (len(rows) - old,):
        raise ValueError(f"Expected needed of shape ({len(rows) - old},), but got shape {needed.shape}.")
    start = _follow_must_links(labels, count, len(rows), constraints)
    wanted = np.full(int(start.max(initial=-1)) + 1, np.inf)
    np.minimum.at(wanted, start[old:], needed)
    joined = _adopt_keeping_labels(rows, start, wanted, margin, constraints, count)
    left = np.flatnonzero(joined >= count)
    joined[left] = count + cluster_labels(rows[left], threshold, "average", among(constraints, left))
    return joined


def _checked_count(labels: Labels, old: int) -> int:
    """The number of clusters."""
    if labels.shape != (old,):
        raise ValueError(f"Expected labels of shape ({old},), but got shape {labels.shape}.")
    used = np.unique(labels)
    if not np.array_equal(used, np.arange(len(used))):
        raise ValueError(f"Expected all of the labels 0 to K-1, but got {len(used)} from {used[0]} to {used[-1]}.")
    return len(used)


def _follow_must_links(labels: Labels, count: int, total: int, constraints: Constraints) -> Labels:
    """Labels (total,): new rows that are must-linked with old ones, or with each other, are together.

    All other new rows are alone, with labels from `count` on. Old clusters stay apart even where a must-link joins
    them: that takes a full run.
    """
    groups = settle(constraints, total).groups
    first_of_group = np.unique(groups, return_index=True)[1][groups]  # an old row wherever the group has one
    joined = np.concatenate([labels, count + np.arange(total - len(labels))])
    cannot = constraints.cannot_link
    for row in np.flatnonzero(first_of_group < np.arange(total)):
        partners = np.concatenate([cannot[cannot[:, 0] == row, 1], cannot[cannot[:, 1] == row, 0]])
        home = joined[first_of_group[row]]
        if row >= len(labels) and not (joined[partners] == home).any():
            joined[row] = home
    new = np.flatnonzero(joined >= count)
    joined[new] = count + np.unique(joined[new], return_inverse=True)[1]
    return joined


def _adopt_keeping_labels(
    rows: NDArray[np.float32],
    labels: Labels,
    needed: NDArray[np.float64],
    margin: float,
    constraints: Constraints,
    count: int,
) -> Labels:
    """As `adopt`, but with the labels of the hosts, 0..count-1, as they were; guests that stay out keep theirs."""
    clusters = np.arange(len(needed))
    if len(rows) == 0:
        return labels
    centroids = plain_means(rows, labels).astype(np.float32)
    taken = adopt(centroids, clusters, clusters >= count, needed, margin, labels[constraints.cannot_link])
    host_of = np.full(int(taken.labels.max(initial=-1)) + 1, -1)
    host_of[taken.labels[:count]] = clusters[:count]
    homes = host_of[taken.labels]
    return np.where(homes >= 0, homes, clusters)[labels]
