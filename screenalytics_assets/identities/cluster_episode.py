"""Clustering of one episode: its track embeddings, the tracks that share a frame, and the locked identities."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, among, no_pairs
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.schemas import Track, TrackEmbeddings
from screenalytics_assets.identities.cluster_tracks import Clusters, cluster_tracks
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.locked import NO_LOCKS, free_rows, with_locked
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings


def cluster_episode(
    tracks: Sequence[Track],
    embeddings: TrackEmbeddings,
    settings: ClusteringSettings,
    bounds: Thresholds,
    exceptions: Exceptions,
    locked: Mapping[str, str] = NO_LOCKS,
) -> Clusters:
    """Cluster the tracks that have an embedding. The rows of the result are the rows of `tracks.npy`.

    `locked` maps each track of a locked identity to its id. Locked identities keep their tracks.

    Raises:
        UserError: the linkage does not support keeping tracks that share a frame apart.
    """
    by_id = {track.track_id: track for track in tracks}
    rows = [row for row in embeddings.rows if row.embedding_row is not None]
    pairs = sharing_pairs([by_id[row.track_id] for row in rows], exceptions) if settings.cannot_link else no_pairs()
    norms = np.array([row.best_norm for row in rows], np.float64)
    constraints = Constraints(cannot_link=pairs)
    return cluster_free(
        embeddings.vectors, norms, [row.track_id for row in rows], settings, bounds, constraints, locked
    )


def cluster_free(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    track_ids: Sequence[str],
    settings: ClusteringSettings,
    bounds: Thresholds,
    constraints: Constraints,
    locked: Mapping[str, str],
) -> Clusters:
    """Cluster the rows (U, D) of tracks in no locked identity, and add the locked ones. See `cluster_tracks`."""
    if not locked:
        return cluster_tracks(vectors, norms, settings, bounds, constraints)
    free = free_rows(track_ids, locked)
    clusters = cluster_tracks(vectors[free], norms[free], settings, bounds, among(constraints, free))
    return with_locked(clusters, track_ids, locked, constraints)
