"""Incremental clustering: new tracks join existing clusters, and the existing tracks stay where they are."""

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
    """Add new unit rows (M, D) to the clusters of unit rows (N, D). Returns labels (N + M,).

    The N existing rows keep their labels (N,) 0..K-1. A new row joins the cluster with the most similar unit centroid
    if that cosine similarity is at least `needed` (M,) and exceeds that of the second best cluster by at least
    `margin`. Clusters that a cannot-link forbids are not candidates. Rows are processed from the most to the least
    similar. A row is rejected if a cannot-link separates it from a new row that joined the same cluster before. The
    remaining new rows are clustered with each other by average linkage down to `threshold`, with labels from K on.

    `constraints` index all N + M rows. A new row that is must-linked with an existing row joins its cluster without a
    test, unless a cannot-link forbids it. New rows that are must-linked with each other look for a cluster together;
    the lowest `needed` among them applies. No cannot-link of a new row is ever violated. O(M K D + N D) time, and
    O(M^2 D) more for the remaining rows.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), `labels` is not (N,) or skips a label,
            `needed` is not (M,), `threshold` is outside [-1, 1], or `constraints` name other rows.
    """
    old, rows = len(vectors), np.concatenate([unit_rows(vectors), unit_rows(new_vectors)])
    count = _checked_count(labels, old)
    if needed.shape != (len(rows) - old,):
        raise ValueError(f"Expected needed of shape ({len(rows) - old},), but got shape {needed.shape}.")
    start_labels = _follow_must_links(labels, count, len(rows), constraints)
    lowest_needed = np.full(int(start_labels.max(initial=-1)) + 1, np.inf)
    np.minimum.at(lowest_needed, start_labels[old:], needed)
    joined = _adopt_keeping_labels(rows, start_labels, lowest_needed, margin, constraints, count)
    remaining = np.flatnonzero(joined >= count)
    joined[remaining] = count + cluster_labels(rows[remaining], threshold, "average", among(constraints, remaining))
    return joined


def _checked_count(labels: Labels, old: int) -> int:
    """Check the labels and return the number of clusters."""
    if labels.shape != (old,):
        raise ValueError(f"Expected labels of shape ({old},), but got shape {labels.shape}.")
    used = np.unique(labels)
    if not np.array_equal(used, np.arange(len(used))):
        raise ValueError(f"Expected all labels 0 to K-1, but got {len(used)} labels from {used[0]} to {used[-1]}.")
    return len(used)


def _follow_must_links(labels: Labels, count: int, total: int, constraints: Constraints) -> Labels:
    """Return labels (total,) that put new rows together with the rows that they are must-linked with.

    All other new rows get a label of their own, from `count` on. A must-link between two existing clusters has no
    effect here: merging them takes a full run.
    """
    groups = settle(constraints, total).groups
    first_of_group = np.unique(groups, return_index=True)[1][groups]  # an existing row if the group has one
    joined = np.concatenate([labels, count + np.arange(total - len(labels))])
    cannot = constraints.cannot_link
    for row in np.flatnonzero(first_of_group < np.arange(total)):
        partners = np.concatenate([cannot[cannot[:, 0] == row, 1], cannot[cannot[:, 1] == row, 0]])
        cluster = joined[first_of_group[row]]
        if row >= len(labels) and not (joined[partners] == cluster).any():
            joined[row] = cluster
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
    """Call `adopt`, but keep the labels of the hosts, 0..count-1, and of the guests that join no host."""
    clusters = np.arange(len(needed))
    if len(rows) == 0:
        return labels
    centroids = plain_means(rows, labels).astype(np.float32)
    adopted = adopt(centroids, clusters, clusters >= count, needed, margin, labels[constraints.cannot_link])
    host_of = np.full(int(adopted.labels.max(initial=-1)) + 1, -1)
    host_of[adopted.labels[:count]] = clusters[:count]
    host_labels = host_of[adopted.labels]
    return np.where(host_labels >= 0, host_labels, clusters)[labels]
