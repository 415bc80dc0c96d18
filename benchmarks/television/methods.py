"""Clusterings of an episode's tracks: the product's, and the rivals'."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities.rivals import RIVALS, Rival
from benchmarks.television.labelled_episode import Labels, Pooled
from screenalytics_assets.clustering.constraints import Constraints
from screenalytics_assets.identities.cluster_episode import cluster_free, rows_with_embedding
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.locked import NO_LOCKS
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir

UNASSIGNED = -1


def ours(pooled: Pooled) -> Labels:
    """Return the product's labels (N,) with default settings. Every figure of the product on arrays comes from here."""
    settings = ClusteringSettings.model_validate({})
    bounds = thresholds(settings, _pack(pooled.episode.pack))
    rows = rows_with_embedding(pooled.episode.tracks, pooled.embeddings)
    clusters = cluster_free(
        pooled.embeddings.vectors,
        np.array([row.best_norm for row in pooled.embeddings.rows if row.embedding_row is not None], np.float64),
        [track.track_id for track in rows],
        settings,
        bounds,
        Constraints(cannot_link=sharing_pairs(rows)),
        NO_LOCKS,
        pooled.episode.sightings.of(np.flatnonzero(pooled.embedded)),
    )
    return _by_track(pooled, clusters.labels)


def rival(method: Rival, pooled: Pooled, value: float) -> Labels:
    """Return the rival's labels (N,) of the tracks with an embedding."""
    vectors = pooled.embeddings.vectors
    if len(vectors) < 2:
        return _by_track(pooled, np.arange(len(vectors)))
    # scikit-learn's HDBSCAN refuses clusters larger than the data.
    fitting = min(value, len(vectors)) if method.name == "HDBSCAN" else value
    return _by_track(pooled, method.cluster(vectors, fitting))


def _by_track(pooled: Pooled, labels: NDArray[np.int64]) -> Labels:
    complete = np.full(len(pooled.episode.tracks), UNASSIGNED, np.int64)
    complete[pooled.embedded] = labels
    return complete


@cache
def _pack(name: str) -> Pack:
    return load_pack(name, config_dir())


__all__ = ["RIVALS", "ours", "rival"]
