"""Tracks become identities: linkage, outlier removal, small clusters, and the document that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.identities.cohesion import cluster_statistics
from screenalytics_assets.identities.linkage import cluster_labels, members_by_label, number_by_first_appearance
from screenalytics_assets.identities.outliers import split_outliers
from screenalytics_assets.identity_records import (
    EmbeddingStats,
    Identities,
    IdentitiesMetadata,
    Identity,
    IdentityStats,
    Labels,
)
from screenalytics_assets.schemas import PIPELINE_VERSION, Track, TrackEmbedding
from screenalytics_assets.settings import ClusteringSettings
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class Thresholds:
    """Effective cosine similarities: the settings' own, or the pack's where a setting is null."""

    cluster_thresh: float
    min_identity_sim: float


@dataclass(frozen=True)
class Clusters:
    """Labels (U,) of the usable tracks, 0..K-1 by first appearance; `outliers` maps row to its similarity."""

    labels: NDArray[np.int64]
    outliers: Mapping[int, float]


def thresholds(settings: ClusteringSettings, pack: Pack) -> Thresholds:
    """What the clustering will really use."""
    own = pack.thresholds
    return Thresholds(
        own.cluster_thresh if settings.cluster_thresh is None else settings.cluster_thresh,
        own.min_identity_sim if settings.min_identity_sim is None else settings.min_identity_sim,
    )


def cluster_tracks(vectors: NDArray[np.float32], settings: ClusteringSettings, bounds: Thresholds) -> Clusters:
    """Cluster track embeddings (U, D), unit rows: linkage, then outliers out, then small clusters apart."""
    labels = cluster_labels(vectors, bounds.cluster_thresh, settings.linkage)
    result = split_outliers(vectors, labels, bounds.min_identity_sim)
    apart = dissolve_small(result.labels, settings.min_cluster_size)
    return Clusters(number_by_first_appearance(apart), result.reasons)


def dissolve_small(labels: NDArray[np.int64], min_size: int) -> NDArray[np.int64]:
    """Give every member of a cluster with fewer than `min_size` members a label of its own."""
    if len(labels) == 0:
        return labels
    sizes = np.bincount(labels)
    small = np.flatnonzero(sizes[labels] < min_size)
    apart = labels.copy()
    apart[small] = labels.max() + 1 + np.arange(len(small))
    return apart


@dataclass(frozen=True)
class Episode:
    """What the identities of an episode are built from. `vectors` is (U, D) float32, unit rows."""

    ep_id: str
    source_fps: float
    tracks: Sequence[Track]
    embeddings: Sequence[TrackEmbedding]
    vectors: NDArray[np.float32]
    embeddings_sha256: str


def build_identities(
    episode: Episode, clusters: Clusters, settings: ClusteringSettings, pack: Pack, now: datetime
) -> Identities:
    """The document `identities.json` for these clusters. `now` goes into every timestamp."""
    bounds = thresholds(settings, pack)
    usable = [row for row in episode.embeddings if row.embedding_row is not None]
    builder = _Builder(episode, clusters, settings, bounds, usable, now)
    identities = builder.identities()
    sizes = [len(identity.track_ids) for identity in identities]
    singletons = sum(size == 1 for size in sizes)
    tracks = len(usable)
    return Identities(
        ep_id=episode.ep_id,
        schema_version=1,
        pipeline_ver=PIPELINE_VERSION,
        config=settings.model_dump()
        | {"cluster_thresh": bounds.cluster_thresh}
        | {"min_identity_sim": bounds.min_identity_sim},
        stats=IdentityStats(
            faces=sum(row.num_faces for row in usable),
            tracks=len(episode.tracks),
            clusters=sum(size >= settings.min_cluster_size for size in sizes),
            mixed_tracks=sum(row.spread > 1 - bounds.cluster_thresh for row in usable),
            outlier_tracks=len(clusters.outliers),
            low_cohesion_identities=sum(identity.low_cohesion for identity in identities),
        ),
        metadata=IdentitiesMetadata(
            num_tracks=tracks,
            num_unusable_tracks=len(episode.embeddings) - tracks,
            num_identities=len(identities),
            num_clusters=sum(size >= settings.min_cluster_size for size in sizes),
            num_singletons=singletons,
            singleton_fraction=round(singletons / tracks, 4) if tracks else 0.0,
            largest_cluster_size=max(sizes, default=0),
            largest_cluster_fraction=round(max(sizes) / tracks, 4) if tracks else 0.0,
            avg_cluster_size=round(tracks / len(sizes), 4) if sizes else 0.0,
            cluster_thresh=bounds.cluster_thresh,
            min_cluster_size=settings.min_cluster_size,
            min_identity_sim=bounds.min_identity_sim,
            algorithm="agglomerative",
            linkage=settings.linkage,
            model_pack=pack.name,
            model_licence=pack.licence,
            calibrated=pack.calibration.calibrated,
            embeddings_sha256=episode.embeddings_sha256,
            created_at=now,
        ),
        identities=tuple(identities),
        unusable_tracks=tuple(row.track_id for row in episode.embeddings if row.embedding_row is None),
    )


@dataclass(frozen=True)
class _Builder:
    episode: Episode
    clusters: Clusters
    settings: ClusteringSettings
    bounds: Thresholds
    usable: Sequence[TrackEmbedding]
    now: datetime

    def identities(self) -> list[Identity]:
        if not self.usable:
            return []
        found: list[Identity] = []
        clusters = 0
        for number, members in enumerate(members_by_label(self.clusters.labels), start=1):
            clusters += len(members) >= self.settings.min_cluster_size
            found.append(self._identity(f"identity-{number:05d}", members, clusters))
        return found

    def _identity(self, name: str, members: NDArray[np.int64], cluster: int) -> Identity:
        rows = [self.usable[index] for index in members]
        statistics = cluster_statistics(self.episode.vectors[members])
        outlier = self.clusters.outliers.get(int(members[0])) if len(members) == 1 else None
        thumbnail = f"thumbs/{name}/rep.jpg"
        low = (
            statistics.cohesion < self.settings.low_cohesion or statistics.min_similarity < self.bounds.min_identity_sim
        )
        return Identity(
            identity_id=name,
            cluster_id=self._cluster_id(len(members), cluster),
            track_ids=tuple(row.track_id for row in rows),
            size=sum(row.num_faces for row in rows),
            seconds_on_screen=self._seconds({row.track_id for row in rows}),
            label=None,
            labels=Labels(),
            locked=False,
            cohesion=round(statistics.cohesion, 4),
            min_identity_sim=round(statistics.min_similarity, 4),
            low_cohesion=low,
            outlier_reason=None if outlier is None else f"low_identity_similarity_{outlier:.3f}",
            canonical_face_path=thumbnail,
            rep_thumb_rel_path=f"frames/{self.episode.ep_id}/{thumbnail}",
            rep_thumb_s3_key=None,
            embedding_stats=EmbeddingStats(
                centroid_norm=round(statistics.centroid_norm, 4),
                variance=round(statistics.variance, 6),
                num_tracks=len(rows),
                num_faces_total=sum(row.num_faces for row in rows),
            ),
            created_at=self.now,
            updated_at=self.now,
        )

    def _cluster_id(self, size: int, cluster: int) -> int | None:
        if size >= self.settings.min_cluster_size:
            return cluster
        return -1 if self.settings.outlier_mode == "noise" else None

    def _seconds(self, track_ids: set[str]) -> float:
        own = [track for track in self.episode.tracks if track.track_id in track_ids]
        return round(seconds_on_screen(own, 1 / self.episode.source_fps), 3)


def seconds_on_screen(tracks: Sequence[Track], frame_s: float) -> float:
    """Length of the union of the tracks' spans, in seconds; a frame lasts `frame_s`."""
    total, covered_until = 0.0, -np.inf
    for track in sorted(tracks, key=lambda track: track.first_ts):
        end = track.last_ts + frame_s
        total += max(0.0, end - max(track.first_ts, covered_until))
        covered_until = max(covered_until, end)
    return total
