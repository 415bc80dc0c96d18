"""Alternative clusterings of the same track vectors, each with one parameter to tune."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Rival:
    """A clustering of unit vectors (N, D), with the values of its one parameter to try."""

    name: str
    cluster: Callable[[Vectors, float], Labels]
    values: Sequence[float]


def average_linkage(vectors: Vectors, threshold: float) -> Labels:
    """Cluster with scikit-learn's average linkage, cut at a cosine similarity."""
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=1 - threshold)
    return np.asarray(model.fit_predict(vectors), np.int64)


def dbscan(vectors: Vectors, threshold: float) -> Labels:
    """Cluster with scikit-learn's DBSCAN, `min_samples` 2, at a cosine similarity. Noise gets clusters of its own."""
    from sklearn.cluster import DBSCAN

    labels = DBSCAN(eps=np.sqrt(2 - 2 * threshold), min_samples=2).fit_predict(vectors)
    return alone_where_noise(np.asarray(labels, np.int64))


def hdbscan(vectors: Vectors, min_cluster_size: float) -> Labels:
    """Cluster with scikit-learn's HDBSCAN on unit vectors. Noise gets clusters of its own."""
    from sklearn.cluster import HDBSCAN

    labels = HDBSCAN(min_cluster_size=int(min_cluster_size), copy=True).fit_predict(vectors.astype(np.float64))
    return alone_where_noise(np.asarray(labels, np.int64))


def finch(vectors: Vectors, partition: float) -> Labels:
    """Return FINCH's partition with this index, 0 the finest, or its coarsest if there are fewer."""
    from finch import FINCH

    partitions, _, _ = FINCH(vectors, distance="cosine", verbose=False)
    return np.asarray(partitions[:, min(int(partition), partitions.shape[1] - 1)], np.int64)


def alone_where_noise(labels: Labels) -> Labels:
    """Give every row with label -1 a label of its own."""
    noise = np.flatnonzero(labels < 0)
    apart = labels.copy()
    apart[noise] = labels.max(initial=-1) + 1 + np.arange(len(noise))
    return apart


RIVALS = (
    Rival("average linkage", average_linkage, tuple(np.arange(0.10, 0.66, 0.05).round(2))),
    Rival("DBSCAN", dbscan, tuple(np.arange(0.20, 0.86, 0.05).round(2))),
    Rival("HDBSCAN", hdbscan, (2, 3, 4, 5, 8, 12)),
    Rival("FINCH", finch, (0, 1, 2, 3, 4)),
)
