"""Adoption: small clusters join the large one that they resemble enough and clearly most.

Linkage asks how alike two clusters are on average, which a short, poor track never is to anything: its vector
is noisy, so it lies far from every track of its own person. It is much closer to the person's centroid, in which
the noise of many tracks cancels out. So a second pass compares what is left over with the centroids of the
clusters that the first pass is sure of.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION

_BLOCK = 1024


@dataclass(frozen=True)
class Adopted:
    """Labels (N,) after adoption, numbered by first appearance, and the clusters that were adopted."""

    labels: NDArray[np.int64]
    similarities: dict[int, float]
    """First row of each adopted cluster -> its similarity to the centroid that adopted it."""


def adopt(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    guests: NDArray[np.bool_],
    needed: NDArray[np.float64],
    margin: float,
    cannot_link: NDArray[np.int64],
) -> Adopted:
    """Let clusters of guests among unit rows (N, D) with labels (N,) 0..K-1 join clusters of hosts.

    `guests` (K,) says which clusters look for a host; all others are hosts, and no host joins another. A guest
    joins the host whose unit centroid is most similar to its own if that similarity is `needed` (K,) or more,
    leads the second best host by `margin` or more, and no pair of `cannot_link` (P, 2) rows lies across. Hosts
    that a cannot-link forbids are no candidates. The most similar guest goes first, the earlier on a tie; a
    guest that may not be together with one that joined before it stays out. Centroids do not move meanwhile, so
    one wrong guest cannot draw in others. O(K^2 D) time in blocks of 1,024 guests.
    """
    centroids = _unit_centroids(vectors, labels)
    hosts = np.flatnonzero(~guests)
    looking = np.flatnonzero(guests)
    if len(hosts) == 0 or len(looking) == 0:
        return Adopted(number_by_first_appearance(labels), {})
    conflicts = _cluster_conflicts(labels, cannot_link)
    best, lead, host = _best_hosts(centroids, looking, hosts, conflicts)
    willing = np.flatnonzero((best >= needed[looking] - TIE) & (lead >= margin - TIE))
    order = willing[np.argsort(-best[willing], kind="stable")]
    homes = _settle(looking[order], hosts[host[order]], conflicts)
    first_rows = np.unique(labels, return_index=True)[1]
    similarity_of = dict(zip(looking[order].tolist(), best[order].tolist(), strict=True))
    new = np.arange(len(centroids))
    for guest, home in homes.items():
        new[guest] = home
    return Adopted(
        number_by_first_appearance(new[labels]),
        {int(first_rows[guest]): similarity_of[guest] for guest in homes},
    )


def _unit_centroids(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Unit centroid (K, D) of each cluster; zeros where the vectors cancel out, which is like nothing."""
    sums = np.zeros((int(labels.max(initial=-1)) + 1, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(norms < NO_DIRECTION, 0.0, sums / np.maximum(norms, NO_DIRECTION)).astype(np.float32)


def _cluster_conflicts(labels: NDArray[np.int64], cannot_link: NDArray[np.int64]) -> dict[int, set[int]]:
    """For each cluster those that it may not be together with."""
    conflicts: dict[int, set[int]] = {}
    for one, other in np.unique(labels[cannot_link.reshape(-1, 2)], axis=0).tolist():
        conflicts.setdefault(one, set()).add(other)
        conflicts.setdefault(other, set()).add(one)
    return conflicts


def _best_hosts(
    centroids: NDArray[np.float32],
    looking: NDArray[np.int64],
    hosts: NDArray[np.int64],
    conflicts: dict[int, set[int]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """For each guest: similarity to its best host, lead over the second best, index of the best in `hosts`."""
    best, lead, host = np.empty(len(looking)), np.empty(len(looking)), np.empty(len(looking), np.int64)
    column_of = {int(cluster): column for column, cluster in enumerate(hosts)}
    for top in range(0, len(looking), _BLOCK):
        block = looking[top : top + _BLOCK]
        similarities = (centroids[block] @ centroids[hosts].T).astype(np.float64)
        for row, guest in enumerate(block.tolist()):
            columns = [column_of[other] for other in conflicts.get(guest, ()) if other in column_of]
            similarities[row, columns] = -np.inf
        here = np.arange(len(block))
        found = similarities.argmax(axis=1)
        best[top : top + len(block)] = similarities[here, found]
        host[top : top + len(block)] = found
        similarities[here, found] = -np.inf
        runner_up = np.maximum(similarities.max(axis=1), -1.0)
        lead[top : top + len(block)] = best[top : top + len(block)] - runner_up
    return best, lead, host


def _settle(guests: NDArray[np.int64], homes: NDArray[np.int64], conflicts: dict[int, set[int]]) -> dict[int, int]:
    """Home of each guest that may join, in the order given."""
    settled: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    for guest, home in zip(guests.tolist(), homes.tolist(), strict=True):
        if not conflicts.get(guest, set()) & members.get(home, set()):
            settled[guest] = home
            members.setdefault(home, set()).add(guest)
    return settled
