"""Accuracy of the pack's thresholds on single photos, of tuned and of held-out people."""

from dataclasses import dataclass

import numpy as np

from benchmarks.identities.embedded import Photos
from benchmarks.identities.rivals import alone_where_noise
from screenalytics_assets.identities.cluster_tracks import cluster_tracks
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class PhotosResult:
    """B-cubed figures over photos. An unusable photo is a cluster of its own and does not count as a person found."""

    pack: str
    half: str
    photos: int
    precision: float
    recall: float
    f: float
    people_found: int
    people_true: int


def cluster_photos(half: str, photos: Photos, pack: Pack) -> PhotosResult:
    """Cluster every photo as a track of its own."""
    settings = ClusteringSettings.model_validate({})
    labels = cluster_tracks(photos.vectors, photos.norms, settings, thresholds(settings, pack)).labels
    precision, recall, f = b_cubed(alone_where_noise(labels), photos.people)
    people = len(np.unique(labels[labels >= 0])), len(np.unique(photos.people))
    return PhotosResult(pack.name, half, len(labels), precision, recall, f, *people)
