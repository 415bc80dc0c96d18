"""Time and memory of the linkage by number of tracks, against scikit-learn's; and time of joining new tracks."""

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
PAIRS_PER_TRACK = 0.1


@dataclass(frozen=True)
class Task:
    """Tracks to cluster: number and kind, ours or scikit-learn's clustering, with or without cannot-links."""

    count: int
    kind: Kind
    ours: bool = True
    constrained: bool = False


@dataclass(frozen=True)
class Clustered:
    """Result of a clustering. `added_mb` is the peak memory in MiB added to that of the vectors and the imports."""

    seconds: float
    added_mb: float
    labels: NDArray[np.int64]


def cluster(task: Task) -> Clustered:
    """Cluster in this process. Imports, warm-up and making the vectors are not measured."""
    tracks = make_tracks(task.count, task.kind)
    links = strangers(tracks.people, int(PAIRS_PER_TRACK * task.count)) if task.constrained else no_pairs()
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
    """Result of joining new tracks: seconds, and the share that agrees with a full run."""

    seconds: float
    agreement: float


def join(new: int, old: int, kind: Kind) -> Joined:
    """Join `new` tracks to the clusters of `old` other tracks of the same people."""
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
    full = cluster_labels(tracks.vectors, threshold)
    return Joined(seconds, agreement(together[old:], labels, full[chosen], full[~chosen]))


def agreement(
    joined: NDArray[np.int64], old: NDArray[np.int64], full_new: NDArray[np.int64], full_old: NDArray[np.int64]
) -> float:
    """Return the share of new tracks that the full run puts with most of the old tracks of their cluster.

    A new track that joined no old cluster agrees if the full run puts it with no old track either.
    """
    agree = 0
    for joined_label, full_label in zip(joined.tolist(), full_new.tolist(), strict=True):
        mates = full_old[old == joined_label]
        if len(mates) == 0:
            agree += int(not (full_old == full_label).any())
        else:
            agree += int(np.bincount(mates).argmax() == full_label)
    return agree / len(joined)


def same_partition(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Return whether two labellings (N,) are the same partition."""
    pairs = np.unique(np.stack([one, other]), axis=1).shape[1]
    return bool(pairs == len(np.unique(one)) == len(np.unique(other)))


def _peak_mb() -> float:
    units_per_mb = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units_per_mb
