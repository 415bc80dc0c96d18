"""Adoption: small clusters join the large cluster that they clearly resemble most.

Linkage compares two clusters by their average similarity. A short, poor track is similar to nothing on average: its
embedding is noisy, and therefore far from every track of the same person. It is much closer to the person's centroid,
in which the noise of many tracks cancels out. A second pass therefore compares the remaining small clusters with the
centroids of the clusters that the first pass is sure of.
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
    """Result of `adopt`: labels (N,), numbered by first appearance, and the adopted clusters."""

    labels: NDArray[np.int64]
    similarities: dict[int, float]
    """First row of each adopted cluster -> its cosine similarity to the centroid that adopted it."""


def adopt(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    guests: NDArray[np.bool_],
    needed: NDArray[np.float64],
    margin: float,
    cannot_link: NDArray[np.int64],
) -> Adopted:
    """Let guest clusters join host clusters. `vectors` are unit rows (N, D) with labels (N,) 0..K-1.

    `guests` (K,) marks the clusters that look for a host. All others are hosts, and hosts never join each other.
    A guest joins the host whose unit centroid is most similar to its own. That cosine similarity must be at least
    `needed` (K,) and exceed that of the second best host by at least `margin`. A pair of `cannot_link` (P, 2) rows
    between a guest and a host excludes the host from the candidates. Guests are processed from the most to the least
    similar, the earlier cluster first on a tie. A guest is rejected if a cannot-link separates it from a guest that
    joined the same host before. Centroids are not updated, so one wrong guest cannot attract others. O(K^2 D) time,
    in blocks of 1,024 guests.
    """
    centroids = _unit_centroids(vectors, labels)
    hosts = np.flatnonzero(~guests)
    guest_ids = np.flatnonzero(guests)
    if len(hosts) == 0 or len(guest_ids) == 0:
        return Adopted(number_by_first_appearance(labels), {})
    conflicts = _cluster_conflicts(labels, cannot_link)
    best, lead, best_host = _best_hosts(centroids, guest_ids, hosts, conflicts)
    qualified = np.flatnonzero((best >= needed[guest_ids] - TIE) & (lead >= margin - TIE))
    order = qualified[np.argsort(-best[qualified], kind="stable")]
    host_of_guest = _resolve_conflicts(guest_ids[order], hosts[best_host[order]], conflicts)
    first_rows = np.unique(labels, return_index=True)[1]
    similarity_of = dict(zip(guest_ids[order].tolist(), best[order].tolist(), strict=True))
    new = np.arange(len(centroids))
    for guest, host in host_of_guest.items():
        new[guest] = host
    return Adopted(
        number_by_first_appearance(new[labels]),
        {int(first_rows[guest]): similarity_of[guest] for guest in host_of_guest},
    )


def _unit_centroids(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the unit centroid (K, D) of each cluster, or zeros (similar to nothing) where its vectors cancel out."""
    sums = np.zeros((int(labels.max(initial=-1)) + 1, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(norms < NO_DIRECTION, 0.0, sums / np.maximum(norms, NO_DIRECTION)).astype(np.float32)


def _cluster_conflicts(labels: NDArray[np.int64], cannot_link: NDArray[np.int64]) -> dict[int, set[int]]:
    """Map each cluster to the clusters that a cannot-link separates it from."""
    conflicts: dict[int, set[int]] = {}
    for first, second in np.unique(labels[cannot_link.reshape(-1, 2)], axis=0).tolist():
        conflicts.setdefault(first, set()).add(second)
        conflicts.setdefault(second, set()).add(first)
    return conflicts


def _best_hosts(
    centroids: NDArray[np.float32],
    guest_ids: NDArray[np.int64],
    hosts: NDArray[np.int64],
    conflicts: dict[int, set[int]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return per guest: similarity to its best host, lead over the second best, index of the best in `hosts`."""
    best, lead, host = (
        np.empty(len(guest_ids)),
        np.empty(len(guest_ids)),
        np.empty(len(guest_ids), np.int64),
    )
    column_of = {int(cluster): column for column, cluster in enumerate(hosts)}
    for top in range(0, len(guest_ids), _BLOCK):
        block = guest_ids[top : top + _BLOCK]
        similarities = (centroids[block] @ centroids[hosts].T).astype(np.float64)
        for row, guest in enumerate(block.tolist()):
            columns = [column_of[other] for other in conflicts.get(guest, ()) if other in column_of]
            similarities[row, columns] = -np.inf
        block_index = np.arange(len(block))
        best_column = similarities.argmax(axis=1)
        best[top : top + len(block)] = similarities[block_index, best_column]
        host[top : top + len(block)] = best_column
        similarities[block_index, best_column] = -np.inf
        runner_up = np.maximum(similarities.max(axis=1), -1.0)
        lead[top : top + len(block)] = best[top : top + len(block)] - runner_up
    return best, lead, host


def _resolve_conflicts(
    guests: NDArray[np.int64], hosts: NDArray[np.int64], conflicts: dict[int, set[int]]
) -> dict[int, int]:
    """Return the host of each guest that may join. Earlier guests take precedence."""
    accepted: dict[int, int] = {}
    guests_of_host: dict[int, set[int]] = {}
    for guest, host in zip(guests.tolist(), hosts.tolist(), strict=True):
        if not conflicts.get(guest, set()) & guests_of_host.get(host, set()):
            accepted[guest] = host
            guests_of_host.setdefault(host, set()).add(guest)
    return accepted
