"""Joins by evidence: small clusters join larger ones, tracks with a weak face join clusters, or else each other.

The linkage is careful: it compares faces alone, and only faces that can be distinguished. What it leaves apart is
compared once more with everything that is known: the face, the clothes of tracks nearby in time, and shared frames.
Clothes help only here. As part of the linkage they would also attract strangers who dress alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.evidence.probability import join_probabilities
from screenalytics_assets.identities.compared_tracks import ComparedTracks

Rows = NDArray[np.int64]

SMALL_CLUSTER = 3
"""Clusters of at most this many tracks look for a larger one."""


@dataclass(frozen=True)
class Joined:
    """Labels (N,) after the joins, and the probability of each row that joined."""

    labels: Rows
    probabilities: dict[int, float]


def join_small_clusters(tracks: ComparedTracks, labels: Rows, fixed: NDArray[np.bool_], least: float) -> Joined:
    """Let clusters of up to `SMALL_CLUSTER` tracks join a cluster that is not smaller.

    `labels` (N,) are 0..K-1, or below 0 for tracks without a cluster. Clusters with a row in `fixed` (N,) join none. A
    join needs a probability of at least `least`. The most probable come first, and a join that two tracks which share a
    frame rule out is skipped.
    """
    count = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    kept = np.unique(labels[fixed & (labels >= 0)])
    small = [int(c) for c in np.flatnonzero(sizes <= SMALL_CLUSTER) if c not in kept]
    guests = [np.flatnonzero(labels == cluster) for cluster in small]
    if not guests:
        return Joined(labels, {})
    probabilities = join_probabilities(tracks.odds(guests, labels, count))
    hosts = probabilities.argmax(axis=1)
    chances = probabilities.max(axis=1)
    moved_to = np.arange(count)
    joined = labels.copy()
    probability_of: dict[int, float] = {}
    for guest in np.argsort(-chances, kind="stable"):
        cluster, host = moved_to[small[guest]], moved_to[hosts[guest]]
        if chances[guest] < least or sizes[hosts[guest]] < sizes[small[guest]] or cluster == host:
            continue
        rows = np.flatnonzero(joined == cluster)
        if host in tracks.ruled_out(rows, joined):
            continue
        joined[rows] = host
        moved_to[moved_to == cluster] = host
        probability_of |= dict.fromkeys(guests[guest].tolist(), float(chances[guest]))
    return Joined(joined, probability_of)


def join_weak_tracks(tracks: ComparedTracks, labels: Rows, least: float) -> Joined:
    """Let tracks without a cluster (label below 0) join one, with a probability of at least `least`.

    Clusters do not change while tracks join, so a wrong join attracts no others. The most probable come first.
    """
    count = int(labels.max(initial=-1)) + 1
    weak = np.flatnonzero(labels < 0)
    if count == 0 or len(weak) == 0:
        return Joined(labels, {})
    probabilities = join_probabilities(tracks.odds([np.array([row]) for row in weak], labels, count))
    hosts, chances = probabilities.argmax(axis=1), probabilities.max(axis=1)
    joined = labels.copy()
    probability_of: dict[int, float] = {}
    for guest in np.argsort(-chances, kind="stable"):
        row = weak[guest : guest + 1]
        if chances[guest] >= least and hosts[guest] not in tracks.ruled_out(row, joined):
            joined[row] = hosts[guest]
            probability_of[int(row[0])] = float(chances[guest])
    return Joined(joined, probability_of)


def group_weak_tracks(tracks: ComparedTracks, labels: Rows, min_s: float, least: float) -> Rows:
    """Give the tracks without a cluster (label below 0) that last at least `min_s` seconds clusters of their own.

    A person who is only ever seen from afar has no other cluster. Two groups merge, the most probable first, as long as
    the average log-odds of their tracks correspond to a probability of at least `least`, and no two tracks share a
    frame. Returns labels (N,).
    """
    if tracks.sightings is None:
        return labels
    seconds = tracks.sightings.last_ts - tracks.sightings.first_ts
    left = np.flatnonzero((labels < 0) & (seconds >= min_s))
    alone = np.full(len(labels), -1, np.int64)
    alone[left] = np.arange(len(left))
    odds = tracks.odds([np.array([row]) for row in left], alone, len(left))
    groups = _average_groups(np.minimum(odds, odds.T), _odds_of(least))
    grouped = labels.copy()
    grouped[left] = int(labels.max(initial=-1)) + 1 + groups
    return grouped


def _odds_of(probability: float) -> float:
    """Return the log-odds of a probability in [0, 1]; infinite at both ends."""
    with np.errstate(divide="ignore"):
        return float(np.log(probability) - np.log1p(-probability))


def _average_groups(odds: NDArray[np.float64], least: float) -> Rows:
    """Merge n rows by the average of their log-odds (n, n), the highest first, down to `least`. Returns labels (n,).

    Minus infinity between two rows keeps their groups apart. O(n^2) time per merge.
    """
    sums, sizes, labels = odds.copy(), np.ones(len(odds)), np.arange(len(odds))
    np.fill_diagonal(sums, -np.inf)
    while len(sums) > 1:
        averages = sums / np.outer(sizes, sizes)
        one, other = sorted(divmod(int(averages.argmax()), len(sums)))
        if averages[one, other] < least:
            break
        sums[one] += sums[other]
        sums[:, one] = sums[one]
        sums[one, one] = -np.inf
        sizes[one] += sizes[other]
        sums, sizes = np.delete(np.delete(sums, other, 0), other, 1), np.delete(sizes, other)
        labels[labels == other] = one
        labels[labels > other] -= 1
    return labels
