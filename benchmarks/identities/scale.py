"""Time and memory of the linkage by number of tracks, against scikit-learn's; and of new tracks that join."""

import resource
import sys
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities.rivals import average_linkage
from benchmarks.identities.synthetic import THRESHOLDS, Kind, make_tracks, strangers
from screenalytics_assets.clustering.constraints import Constraints, no_pairs
from screenalytics_assets.clustering.incremental import join_clusters
from screenalytics_assets.clustering.linkage import cluster_labels

ASSIGN_SIM, ASSIGN_MARGIN = 0.25, 0.10
PAIRS_A_TRACK = 0.1


@dataclass(frozen=True)
class Task:
    """What to cluster: so many tracks of a kind, by whom, and with cannot-links or without."""

    count: int
    kind: Kind
    ours: bool = True
    constrained: bool = False


@dataclass(frozen=True)
class Clustered:
    """`added_mb` is what clustering added to the peak of the process, MiB, over the vectors and the imports."""

    seconds: float
    added_mb: float
    labels: NDArray[np.int64]


def cluster(task: Task) -> Clustered:
    """Cluster in this process; imports and the making of vectors are not counted."""
    tracks = make_tracks(task.count, task.kind)
    links = strangers(tracks.people, int(PAIRS_A_TRACK * task.count)) if task.constrained else no_pairs()
    warm = make_tracks(50, "separate").vectors
    threshold = THRESHOLDS[task.kind]
    _ = cluster_labels(warm, threshold) if task.ours else average_linkage(warm, threshold)
    before = _peak_mb()
    began = time.perf_counter()
    if task.ours:
        labels = cluster_labels(tracks.vectors, threshold, "average", Constraints(cannot_link=links))
    else:
        labels = average_linkage(tracks.vectors, threshold)
    return Clustered(time.perf_counter() - began, _peak_mb() - before, labels)


@dataclass(frozen=True)
class Joined:
    """New tracks that joined: seconds, and the share of them that are where the full run puts them."""

    seconds: float
    agreement: float


def join(new: int, old: int, kind: Kind) -> Joined:
    """Let `new` tracks join the clusters of `old` others of the same people."""
    tracks = make_tracks(old + new, kind)
    chosen = np.zeros(old + new, np.bool_)
    chosen[np.random.default_rng(new).choice(old + new, new, replace=False)] = True
    threshold = THRESHOLDS[kind]
    labels = cluster_labels(tracks.vectors[~chosen], threshold)
    began = time.perf_counter()
    together = join_clusters(
        tracks.vectors[~chosen],
        labels,
        tracks.vectors[chosen],
        np.full(new, ASSIGN_SIM),
        ASSIGN_MARGIN,
        threshold,
        Constraints(),
    )
    seconds = time.perf_counter() - began
    whole = cluster_labels(tracks.vectors, threshold)
    return Joined(seconds, agreement(together[old:], labels, whole[chosen], whole[~chosen]))


def agreement(
    joined: NDArray[np.int64], old: NDArray[np.int64], full_new: NDArray[np.int64], full_old: NDArray[np.int64]
) -> float:
    """Share of new tracks whose cluster is, for most of its old tracks, the one that the full run puts them into.

    A new track that joined no old cluster agrees where the full run puts it with no old track either.
    """
    agree = 0
    for here, there in zip(joined.tolist(), full_new.tolist(), strict=True):
        mates = full_old[old == here]
        if len(mates) == 0:
            agree += int(not (full_old == there).any())
        else:
            agree += int(np.bincount(mates).argmax() == there)
    return agree / len(joined)


def same_partition(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether two labellings (N,) put the same rows together."""
    pairs = np.unique(np.stack([one, other]), axis=1).shape[1]
    return bool(pairs == len(np.unique(one)) == len(np.unique(other)))


def _peak_mb() -> float:
    units_per_mb = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units_per_mb
