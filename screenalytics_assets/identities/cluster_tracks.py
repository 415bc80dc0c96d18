"""Clustering of tracks: linkage, outliers, small clusters, adoption, and joins by evidence, in this order.

1. Tracks whose best face is too weak to identify a person are set aside, because they could connect the clusters of
   different people.
2. The other tracks are linked (`linkage`). Tracks that share a frame never end up in the same cluster.
3. Tracks that do not fit the rest of their cluster leave it, and clusters below `min_cluster_size` are dissolved.
4. Small clusters are adopted by the large cluster that they clearly resemble most (`adoption`).
5. Small clusters, and then the tracks that were set aside, join clusters by all the evidence there is
   (`evidence_joins`). Long tracks that join none form clusters of their own. Brief ones stay unusable.
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
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.evidence_joins import group_weak_tracks, join_small_clusters, join_weak_tracks
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.errors import UserError

UNUSABLE = -1
"""Label of a track that was set aside and joined no cluster."""


@dataclass(frozen=True)
class Clusters:
    """Result of `cluster_tracks`: labels (U,) of the tracks with an embedding, and how they were found.

    Labels are 0..K-1 by first appearance, and -1 for unusable tracks. The keys of the mappings and the pairs of the
    constraints are row numbers.
    """

    labels: NDArray[np.int64]
    bounds: Thresholds
    """Thresholds that the clustering used."""
    outliers: Mapping[int, float]
    """Outlier, unless adopted or joined later -> its cosine similarity to the rest of its cluster when it left."""
    adopted: Mapping[int, float]
    """First row of each adopted cluster -> its cosine similarity to the centroid that adopted it."""
    constraints: Constraints
    contradictions: tuple[Contradiction, ...]
    """Must-links that were ignored because a cannot-link forbids them."""
    joined: Mapping[int, float]
    """Row that joined a cluster by evidence -> the probability of the join."""
    prevented_merges: int
    """Number of pairs of clusters that are similar enough to merge and that only a cannot-link keeps apart."""


def cluster_tracks(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    settings: ClusteringSettings,
    bounds: Thresholds,
    constraints: Constraints = NO_CONSTRAINTS,
    sightings: Sightings | None = None,
) -> Clusters:
    """Cluster track embeddings (U, D), which are unit rows. `norms` (U,) are the embedding norms of their best faces.

    Without `sightings` of the U tracks, joins by evidence know faces only, and tracks that join none stay unusable.

    A person vouches for the tracks of a must-link and for the `vouched` ones. These tracks are therefore usable
    regardless of their norm, do not leave their cluster as outliers, and keep it from being dissolved.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), or a constraint names a row beyond U.
        UserError: there are constraints, and the linkage does not support them.
    """
    rows = centred(vectors, bounds.evidence.mean(vectors.shape[1]))
    settled = settle(constraints, len(rows))
    reviewed = constraints.vouched_rows(len(rows))
    usable = np.flatnonzero((norms >= bounds.unusable_norm) | reviewed)
    usable_constraints = among(constraints, usable)
    linked = _link(rows[usable], norms[usable], settings, bounds, usable_constraints)
    apart, outliers = _remove_misfits(rows[usable], linked, reviewed[usable], settings, bounds)
    adopted = _adopt_small(
        rows[usable], norms[usable], apart, reviewed[usable], settings, bounds, usable_constraints.cannot_link
    )
    labels = np.full(len(rows), UNUSABLE, np.int64)
    labels[usable] = adopted.labels
    tracks = ComparedTracks(rows, norms, bounds, constraints.cannot_link, sightings)
    merged = join_small_clusters(tracks, labels, reviewed, settings.merge_probability)
    offered = join_weak_tracks(tracks, _renumbered(merged.labels), settings.join_probability)
    grouped = group_weak_tracks(tracks, offered.labels, settings.weak_track_min_s, settings.merge_probability)
    joined = merged.probabilities | offered.probabilities
    clusters = Clusters(
        labels=_renumbered(grouped),
        bounds=bounds,
        outliers={
            row: value
            for position, value in outliers.items()
            if position not in adopted.similarities and (row := int(usable[position])) not in joined
        },
        adopted={int(usable[row]): value for row, value in adopted.similarities.items()},
        constraints=constraints,
        contradictions=settled.contradictions,
        joined=joined,
        prevented_merges=prevented_merges(
            rows[usable], adopted.labels, bounds.cluster_thresh, usable_constraints.cannot_link
        ),
    )
    _check_cannot_links(clusters)
    return clusters


def _renumbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the clusters by first appearance. Unusable tracks stay unusable."""
    result = np.full(len(labels), UNUSABLE, np.int64)
    inside = labels != UNUSABLE
    result[inside] = number_by_first_appearance(labels[inside])
    return result


def _link(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    settings: ClusteringSettings,
    bounds: Thresholds,
    constraints: Constraints,
) -> NDArray[np.int64]:
    match settings.algorithm:
        case "agglomerative":
            if settings.linkage in ("single", "ward") and len(constraints.cannot_link) + len(constraints.must_link):
                raise UserError(_unsupported(settings, constraints))
            # Lower shares would raise a negative threshold.
            scales = settings.linkage in ("average", "complete") and bounds.cluster_thresh > 0
            shares = bounds.share(norms) if scales else np.ones(len(norms))
            scaled = None if (shares == 1).all() else shares
            return cluster_labels(vectors, bounds.cluster_thresh, settings.linkage, constraints, shares=scaled)
        case "dbscan":
            labels = dbscan_labels(vectors, bounds.cluster_thresh, settings.dbscan_min_samples)
        case "hdbscan":
            labels = hdbscan_labels(vectors, max(2, settings.min_cluster_size))
    return _separate_groups(split_violations(vectors, labels, constraints.cannot_link), constraints)


def _unsupported(settings: ClusteringSettings, constraints: Constraints) -> str:
    by_people = not settings.cannot_link or len(constraints.must_link) or len(constraints.vouched)
    what = "follow what people decided" if by_people else "keep tracks that share a frame apart"
    remedy = "." if by_people else ", or cannot_link to false."
    return f"Linkage {settings.linkage} cannot {what}: set linkage to average or complete{remedy}"


def _separate_groups(labels: NDArray[np.int64], constraints: Constraints) -> NDArray[np.int64]:
    """Give each group of must-linked rows a cluster of its own: clustering by density knows no must-links."""
    if len(constraints.must_link) == 0:
        return labels
    groups = settle(constraints, len(labels)).groups
    grouped = np.bincount(groups)[groups] > 1
    return number_by_first_appearance(np.where(grouped, int(labels.max(initial=-1)) + 1 + groups, labels))


def _remove_misfits(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    reviewed: NDArray[np.bool_],
    settings: ClusteringSettings,
    bounds: Thresholds,
) -> tuple[NDArray[np.int64], dict[int, float]]:
    """Separate outliers and the members of small clusters. Returns labels and the similarity of each outlier."""
    result = split_outliers(vectors, labels, bounds.min_identity_sim)
    without_outliers = np.where(reviewed, labels, result.labels)
    apart = dissolve_small(without_outliers, settings.min_cluster_size, reviewed)
    reasons = {row: value for row, value in result.reasons.items() if not reviewed[row]}
    return number_by_first_appearance(apart), reasons


def dissolve_small(
    labels: NDArray[np.int64], min_size: int, reviewed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Give each member of a cluster with fewer than `min_size` members, none of them `reviewed`, its own label."""
    if len(labels) == 0:
        return labels
    sizes = np.bincount(labels)
    kept = np.zeros(len(sizes), np.bool_)
    if reviewed is not None:
        kept[labels[reviewed]] = True
    small = np.flatnonzero((sizes < min_size)[labels] & ~kept[labels])
    apart = labels.copy()
    apart[small] = labels.max() + 1 + np.arange(len(small))
    return apart


def _adopt_small(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    labels: NDArray[np.int64],
    reviewed: NDArray[np.bool_],
    settings: ClusteringSettings,
    bounds: Thresholds,
    cannot_link: NDArray[np.int64],
) -> Adopted:
    sizes = np.bincount(labels)
    best_norms = np.zeros(len(sizes))
    np.maximum.at(best_norms, labels, norms)
    guests = sizes <= settings.adopt_max_tracks
    guests[labels[reviewed]] = False
    return adopt(vectors, labels, guests, bounds.needed(best_norms), bounds.assign_margin, cannot_link)


def _check_cannot_links(clusters: Clusters) -> None:
    inside = clusters.labels != UNUSABLE
    broken = violations(clusters.labels, clusters.constraints.cannot_link)
    broken = broken[inside[broken].all(axis=1)]
    if len(broken):
        raise RuntimeError(f"Expected no cannot-link within a cluster, but one contains rows {broken[0].tolist()}.")
