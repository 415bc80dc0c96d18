"""Density clustering with scikit-learn, and a step that applies cannot-links, which scikit-learn does not support."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Pairs, no_pairs, violations
from screenalytics_assets.clustering.linkage import check_similarity, cluster_labels, number_by_first_appearance
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import unit_rows


def dbscan_labels(vectors: NDArray[np.float32], threshold: float, min_samples: int) -> NDArray[np.int64]:
    """Cluster unit rows (N, D) with DBSCAN. Returns labels (N,), numbered by first appearance.

    Two rows are neighbours if their cosine similarity is at least `threshold`. A row with at least `min_samples`
    neighbours, itself included, is a core row. Each noise row gets a cluster of its own. The distance is Euclidean,
    sqrt(2 - 2 cos), because scikit-learn's index structures do not support cosine. O(N^2 D) time; memory grows with
    the number of neighbour pairs.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), or `threshold` is outside [-1, 1].
    """
    from sklearn.cluster import DBSCAN

    rows = unit_rows(vectors)
    check_similarity("threshold", threshold)
    if len(rows) == 0:
        return np.zeros(0, np.int64)
    radius = float(np.sqrt(2.0 - 2.0 * (threshold - TIE)))
    return _noise_as_singletons(DBSCAN(eps=radius, min_samples=min_samples).fit_predict(rows))


def hdbscan_labels(vectors: NDArray[np.float32], min_cluster_size: int) -> NDArray[np.int64]:
    """Cluster unit rows (N, D) with HDBSCAN. Returns labels (N,), numbered by first appearance.

    The distance is Euclidean. Each noise row gets a cluster of its own. If there are fewer than `min_cluster_size`
    rows, all are noise. O(N^2 D) time.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3).
    """
    from sklearn.cluster import HDBSCAN

    rows = unit_rows(vectors)
    if len(rows) < max(2, min_cluster_size):
        return np.arange(len(rows))
    return _noise_as_singletons(HDBSCAN(min_cluster_size=min_cluster_size, copy=True).fit_predict(rows))


def split_violations(vectors: NDArray[np.float32], labels: NDArray[np.int64], cannot_link: Pairs) -> NDArray[np.int64]:
    """Split each cluster of unit rows (N, D) that contains a pair of `cannot_link` (P, 2). Returns new labels (N,).

    Average linkage clusters the rows of such a cluster again: it merges every pair that may be together, the most
    similar first. Clusters without such a pair keep their rows.
    """
    split = labels.copy()
    for label in np.unique(labels[violations(labels, cannot_link)[:, 0]]):
        members = np.flatnonzero(labels == label)
        inside = cannot_link[np.isin(cannot_link, members).all(axis=1)]
        member_constraints = Constraints(np.searchsorted(members, inside), no_pairs())
        split[members] = split.max() + 1 + cluster_labels(vectors[members], -1.0, "average", member_constraints)
    return number_by_first_appearance(split)


def _noise_as_singletons(sklearn_labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each noise row (label -1) a cluster of its own."""
    labels = np.asarray(sklearn_labels, np.int64).copy()
    noise = np.flatnonzero(labels < 0)
    labels[noise] = labels.max(initial=-1) + 1 + np.arange(len(noise))
    return number_by_first_appearance(labels)
