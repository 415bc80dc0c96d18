"""The clustering of one episode: its tracks' embeddings, and which of them share a frame."""

from collections.abc import Sequence

import numpy as np

from screenalytics_assets.identities.cluster_tracks import Clusters, cluster_tracks
from screenalytics_assets.identities.constraints import Constraints, no_pairs
from screenalytics_assets.identities.cooccurrence import Exceptions, sharing_pairs
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.schemas import Track, TrackEmbeddings
from screenalytics_assets.settings import ClusteringSettings


def cluster_episode(
    tracks: Sequence[Track],
    embeddings: TrackEmbeddings,
    settings: ClusteringSettings,
    bounds: Thresholds,
    exceptions: Exceptions,
) -> Clusters:
    """Cluster the tracks that have an embedding; rows of the result are rows of `tracks.npy`.

    Raises:
        UserError: a linkage that cannot keep tracks that share a frame apart.
    """
    by_id = {track.track_id: track for track in tracks}
    rows = [row for row in embeddings.rows if row.embedding_row is not None]
    pairs = sharing_pairs([by_id[row.track_id] for row in rows], exceptions) if settings.cannot_link else no_pairs()
    norms = np.array([row.best_norm for row in rows], np.float64)
    return cluster_tracks(embeddings.vectors, norms, settings, bounds, Constraints(cannot_link=pairs))
