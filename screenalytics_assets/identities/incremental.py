"""New tracks join a finished clustering, which stays as it is."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.identities.adoption import adopt
from screenalytics_assets.identities.constraints import Constraints, among, settle
from screenalytics_assets.identities.linkage import cluster_labels

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
    more and leads the second best by `margin`. The rest is clustered among itself, by average linkage down to
    `threshold`; what that makes gets labels from K on. `constraints` speak of all N + M rows. A must-link with an
    old row decides at once, unless a cannot-link forbids it; one between new rows holds where neither joins an
    old cluster alone. Zero cannot-links are violated. O(M K D + N D) time, O(M^2) more for what is left.
    """
    old, count = len(labels), int(labels.max(initial=-1)) + 1
    everything = np.concatenate([vectors, new_vectors])
    start = np.concatenate([labels, count + np.arange(len(new_vectors))])
    start = _follow_must_links(start, old, count, constraints)
    guests = np.arange(int(start.max(initial=-1)) + 1) >= count
    wanted = np.full(len(guests), np.inf)
    np.minimum.at(wanted, start[old:], needed)
    joined = _adopt_keeping_labels(everything, start, guests, wanted, margin, constraints, count)
    left = np.flatnonzero(joined >= count)
    joined[left] = count + cluster_labels(everything[left], threshold, "average", among(constraints, left))
    return joined


def _follow_must_links(start: Labels, old: int, count: int, constraints: Constraints) -> Labels:
    """Labels in which new rows that are must-linked with old ones, or with each other, have joined them.

    Old clusters stay apart even where a must-link joins them: that takes a full run.
    """
    settled = settle(Constraints(constraints.cannot_link, constraints.must_link), len(start))
    labels = start.copy()
    first_of_group: dict[int, int] = {}
    for row, group in enumerate(settled.groups.tolist()):
        if row < old:
            first_of_group.setdefault(group, int(start[row]))
    forbidden = constraints.cannot_link
    for row in range(old, len(start)):
        home = first_of_group.setdefault(int(settled.groups[row]), int(start[row]))
        partners = np.concatenate([forbidden[forbidden[:, 0] == row, 1], forbidden[forbidden[:, 1] == row, 0]])
        if not (labels[partners] == home).any():
            labels[row] = home
    used = np.unique(labels[labels >= count])
    labels[labels >= count] = count + np.searchsorted(used, labels[labels >= count])
    return labels


def _adopt_keeping_labels(
    vectors: NDArray[np.float32],
    labels: Labels,
    guests: NDArray[np.bool_],
    needed: NDArray[np.float64],
    margin: float,
    constraints: Constraints,
    count: int,
) -> Labels:
    """As `adopt`, but with the labels of the hosts, 0..count-1, as they were; guests that stay out keep theirs."""
    taken = adopt(vectors, labels, guests, needed, margin, constraints.cannot_link)
    host_of = np.full(int(taken.labels.max(initial=-1)) + 1, -1)
    hosts = labels < count
    host_of[taken.labels[hosts]] = labels[hosts]
    homes = host_of[taken.labels]
    return np.where(homes >= 0, homes, labels)
