"""Density clustering through scikit-learn, and what makes it hold cannot-links, of which it knows nothing."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Pairs, no_pairs, violations
from screenalytics_assets.clustering.linkage import check_similarity, cluster_labels, number_by_first_appearance
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import unit_rows


def dbscan_labels(vectors: NDArray[np.float32], threshold: float, min_samples: int) -> NDArray[np.int64]:
    """DBSCAN of unit rows (N, D): neighbours have a cosine similarity of `threshold` or more; noise stays alone.

    A row with `min_samples` neighbours, itself included, is a core. Labels (N,) are numbered by first appearance.
    The distance is Euclidean, sqrt(2 - 2 cos), as scikit-learn's index structures know no cosine. O(N^2 D) time;
    memory for every pair of neighbours.

    Raises:
        ValueError: rows that are not finite and of unit norm (1e-3), or a threshold outside [-1, 1].
    """
    from sklearn.cluster import DBSCAN

    rows = unit_rows(vectors)
    check_similarity("threshold", threshold)
    if len(rows) == 0:
        return np.zeros(0, np.int64)
    reach = float(np.sqrt(2.0 - 2.0 * (threshold - TIE)))
    return _alone_where_noise(DBSCAN(eps=reach, min_samples=min_samples).fit_predict(rows))


def hdbscan_labels(vectors: NDArray[np.float32], min_cluster_size: int) -> NDArray[np.int64]:
    """HDBSCAN of unit rows (N, D) at Euclidean distance; noise stays alone. Labels (N,) by first appearance.

    Fewer rows than `min_cluster_size` are all noise. O(N^2 D) time.

    Raises:
        ValueError: rows that are not finite and of unit norm (1e-3).
    """
    from sklearn.cluster import HDBSCAN

    rows = unit_rows(vectors)
    if len(rows) < max(2, min_cluster_size):
        return np.arange(len(rows))
    return _alone_where_noise(HDBSCAN(min_cluster_size=min_cluster_size, copy=True).fit_predict(rows))


def split_violations(vectors: NDArray[np.float32], labels: NDArray[np.int64], cannot_link: Pairs) -> NDArray[np.int64]:
    """Break up every cluster of unit rows (N, D) that holds a pair of `cannot_link` (P, 2); labels (N,) anew.

    Inside such a cluster average linkage merges whatever may be together, the most similar first. Clusters without
    such a pair stay as they are.
    """
    split = labels.copy()
    for label in np.unique(labels[violations(labels, cannot_link)[:, 0]]):
        members = np.flatnonzero(labels == label)
        inside = cannot_link[np.isin(cannot_link, members).all(axis=1)]
        own = Constraints(np.searchsorted(members, inside), no_pairs())
        split[members] = split.max() + 1 + cluster_labels(vectors[members], -1.0, "average", own)
    return number_by_first_appearance(split)


def _alone_where_noise(found: NDArray[np.int64]) -> NDArray[np.int64]:
    labels = np.asarray(found, np.int64).copy()
    noise = np.flatnonzero(labels < 0)
    labels[noise] = labels.max(initial=-1) + 1 + np.arange(len(noise))
    return number_by_first_appearance(labels)
