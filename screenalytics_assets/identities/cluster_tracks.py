"""Clustering: which tracks show one person, in the order linkage, outliers, small clusters, adoption, offers.

1. Tracks whose best face is too weak to tell anybody apart are set aside as unusable: they join nobody to nobody.
2. The rest is linked (`linkage`), so that tracks that share a frame never end together.
3. Tracks that do not fit the rest of their cluster leave it, and clusters below `min_cluster_size` fall apart.
4. Small clusters are adopted by the large one that they clearly resemble most (`adoption`).
5. What was set aside is offered to the same clusters under a stricter test, and else stays unusable.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.adoption import Adopted, adopt
from screenalytics_assets.clustering.constraints import (
    NO_CONSTRAINTS,
    Constraints,
    Contradiction,
    among,
    prevented_merges,
    settle,
    violations,
)
from screenalytics_assets.clustering.density import dbscan_labels, hdbscan_labels, split_violations
from screenalytics_assets.clustering.linkage import cluster_labels, number_by_first_appearance
from screenalytics_assets.clustering.outliers import split_outliers
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.errors import UserError

UNUSABLE = -1
"""Label of a track that was set aside and that no cluster took."""


@dataclass(frozen=True)
class Clusters:
    """Labels (U,) of the tracks with an embedding: 0..K-1 by first appearance, -1 for the unusable ones.

    The mappings are by row. Constraints speak of rows, too.
    """

    labels: NDArray[np.int64]
    bounds: Thresholds
    """Thresholds that the clustering used."""
    outliers: Mapping[int, float]
    """Outlier -> its similarity to the rest of its cluster when it left; those that were adopted later left out."""
    adopted: Mapping[int, float]
    """First row of each adopted cluster -> its similarity to the centroid that adopted it."""
    constraints: Constraints
    contradictions: tuple[Contradiction, ...]
    """Must-links that a cannot-link forbids; the cannot-link holds."""
    prevented_merges: int
    """Pairs of clusters that are alike enough to merge, and that only a cannot-link keeps apart."""


def cluster_tracks(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    settings: ClusteringSettings,
    bounds: Thresholds,
    constraints: Constraints = NO_CONSTRAINTS,
) -> Clusters:
    """Cluster track embeddings (U, D), unit rows, whose best faces have embeddings of length `norms` (U,).

    Tracks that a must-link names are usable whatever their norm, and neither leave their cluster as outliers nor
    fall apart with it: somebody looked at them.

    Raises:
        ValueError: rows that are not finite and of unit norm (1e-3), or constraints that name rows beyond U.
        UserError: constraints together with a linkage that cannot hold them.
    """
    settled = settle(constraints, len(vectors))
    vouched = np.zeros(len(vectors), np.bool_)
    vouched[constraints.must_link] = True
    usable = np.flatnonzero((norms >= bounds.unusable_norm) | vouched)
    own = among(constraints, usable)
    linked = _link(vectors[usable], settings, bounds, own)
    apart, outliers = _without_strangers(vectors[usable], linked, vouched[usable], settings, bounds)
    adopted = _adopt_small(vectors[usable], norms[usable], apart, settings, bounds, own)
    labels = np.full(len(vectors), UNUSABLE, np.int64)
    labels[usable] = adopted.labels
    offered = _offer(vectors, labels, settings, bounds, constraints.cannot_link)
    clusters = Clusters(
        labels=offered,
        bounds=bounds,
        outliers={int(usable[row]): value for row, value in outliers.items() if row not in adopted.similarities},
        adopted={int(usable[row]): value for row, value in adopted.similarities.items()},
        constraints=constraints,
        contradictions=settled.contradictions,
        prevented_merges=prevented_merges(vectors[usable], adopted.labels, bounds.cluster_thresh, own.cannot_link),
    )
    _refuse_violations(clusters)
    return clusters


def _link(
    vectors: NDArray[np.float32], settings: ClusteringSettings, bounds: Thresholds, constraints: Constraints
) -> NDArray[np.int64]:
    match settings.algorithm:
        case "agglomerative":
            if settings.linkage in ("single", "ward") and len(constraints.cannot_link) + len(constraints.must_link):
                raise UserError(
                    f"Linkage {settings.linkage} cannot keep tracks that share a frame apart: use average or complete, "
                    f"or set cannot_link to false."
                )
            return cluster_labels(vectors, bounds.cluster_thresh, settings.linkage, constraints)
        case "dbscan":
            labels = dbscan_labels(vectors, bounds.cluster_thresh, settings.dbscan_min_samples)
        case "hdbscan":
            labels = hdbscan_labels(vectors, max(2, settings.min_cluster_size))
    return split_violations(vectors, labels, constraints.cannot_link)


def _without_strangers(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    vouched: NDArray[np.bool_],
    settings: ClusteringSettings,
    bounds: Thresholds,
) -> tuple[NDArray[np.int64], dict[int, float]]:
    """Labels with outliers and members of too small clusters apart, and the similarity of each outlier."""
    result = split_outliers(vectors, labels, bounds.min_identity_sim)
    left = np.where(vouched, labels, result.labels)
    apart = dissolve_small(left, settings.min_cluster_size, vouched)
    reasons = {row: value for row, value in result.reasons.items() if not vouched[row]}
    return number_by_first_appearance(apart), reasons


def dissolve_small(
    labels: NDArray[np.int64], min_size: int, vouched: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Give every member of a cluster with fewer than `min_size` members, none of them vouched for, its own label."""
    if len(labels) == 0:
        return labels
    sizes = np.bincount(labels)
    kept = np.zeros(len(sizes), np.bool_)
    if vouched is not None:
        kept[labels[vouched]] = True
    small = np.flatnonzero((sizes < min_size)[labels] & ~kept[labels])
    apart = labels.copy()
    apart[small] = labels.max() + 1 + np.arange(len(small))
    return apart


def _adopt_small(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    labels: NDArray[np.int64],
    settings: ClusteringSettings,
    bounds: Thresholds,
    constraints: Constraints,
) -> Adopted:
    sizes = np.bincount(labels)
    best_norms = np.zeros(len(sizes))
    np.maximum.at(best_norms, labels, norms)
    guests = sizes <= settings.adopt_max_tracks
    guests[labels[constraints.must_link].ravel()] = False
    return adopt(vectors, labels, guests, bounds.needed(best_norms), bounds.assign_margin, constraints.cannot_link)


def _offer(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    settings: ClusteringSettings,
    bounds: Thresholds,
    cannot_link: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Labels (U,) after the unusable tracks were offered to the clusters of at least two tracks."""
    unusable = np.flatnonzero(labels == UNUSABLE)
    if len(unusable) == 0 or len(unusable) == len(labels):
        return labels
    count = int(labels.max()) + 1
    alone = labels.copy()
    alone[unusable] = count + np.arange(len(unusable))
    sizes = np.bincount(alone)
    offered = alone >= count
    hosts = np.zeros(len(sizes), np.bool_)
    hosts[:count] = sizes[:count] >= max(2, settings.min_cluster_size)
    needed = np.full(len(sizes), np.inf)
    needed[alone[offered]] = bounds.offer_sim
    taken = adopt(vectors, alone, ~hosts, needed, bounds.assign_margin, cannot_link)
    still = offered & ~np.isin(np.arange(len(labels)), list(taken.similarities))
    result = np.full(len(labels), UNUSABLE, np.int64)
    result[~still] = number_by_first_appearance(taken.labels[~still])
    return result


def _refuse_violations(clusters: Clusters) -> None:
    inside = clusters.labels != UNUSABLE
    broken = violations(clusters.labels, clusters.constraints.cannot_link)
    broken = broken[inside[broken].all(axis=1)]
    if len(broken):
        raise RuntimeError(f"Expected no cannot-link within a cluster, but rows {broken[0].tolist()} are together.")
