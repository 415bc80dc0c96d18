"""Records of `identities.json`; the file itself is declared in `schemas`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_assets.record_types import Fraction, IdentityId, Record, Seconds, Similarity, TrackId


class Labels(Record):
    """What people said an identity is."""

    person_id: str | None = None
    name: str | None = None


class EmbeddingStats(Record):
    """How an identity's track embeddings lie."""

    centroid_norm: Fraction = Field(description="length of the mean of its unit track embeddings")
    variance: float = Field(ge=0, description="mean squared distance to that mean")
    num_tracks: int = Field(ge=1)
    num_faces_total: int = Field(ge=0)


class Identity(Record):
    """The tracks of one episode that show one person."""

    identity_id: IdentityId
    cluster_id: int | None = Field(description="null for a singleton, -1 for one in noise mode")
    track_ids: tuple[TrackId, ...] = Field(min_length=1)
    size: int = Field(ge=0, description="accepted faces")
    seconds_on_screen: Seconds = Field(description="union of its tracks' spans")
    label: str | None
    labels: Labels
    locked: bool
    cohesion: Similarity = Field(description="mean similarity of its tracks to its unit centroid")
    min_identity_sim: Similarity = Field(description="lowest similarity of a track to the unit centroid")
    low_cohesion: bool
    outlier_reason: str | None = Field(description="low_identity_similarity_0.423 for a track that was split off")
    canonical_face_path: str = Field(description="path below frames/{ep_id}/")
    rep_thumb_rel_path: str = Field(description="path below the data root")
    rep_thumb_s3_key: str | None
    embedding_stats: EmbeddingStats
    created_at: datetime
    updated_at: datetime


class IdentityStats(Record):
    """Counts over the whole episode."""

    faces: int = Field(ge=0, description="accepted faces")
    tracks: int = Field(ge=0, description="all tracks, unusable ones included")
    clusters: int = Field(ge=0)
    mixed_tracks: int = Field(ge=0, description="tracks whose spread reaches beyond the clustering threshold")
    outlier_tracks: int = Field(ge=0)
    low_cohesion_identities: int = Field(ge=0)


class IdentitiesMetadata(Record):
    """What the guardrails read. Fractions are over tracks with an embedding; 0 where there are none."""

    num_tracks: int = Field(ge=0, description="tracks with an embedding")
    num_unusable_tracks: int = Field(ge=0)
    num_identities: int = Field(ge=0)
    num_clusters: int = Field(ge=0, description="identities that reach min_cluster_size")
    num_singletons: int = Field(ge=0, description="identities of one track")
    singleton_fraction: Fraction
    largest_cluster_size: int = Field(ge=0, description="tracks of the largest identity")
    largest_cluster_fraction: Fraction
    avg_cluster_size: float = Field(ge=0, description="tracks an identity")
    cluster_thresh: Similarity
    min_cluster_size: int = Field(ge=1)
    min_identity_sim: Similarity
    algorithm: Literal["agglomerative"]
    linkage: str
    model_pack: str
    model_licence: str
    calibrated: bool = Field(description="whether the pack's thresholds were calibrated on labelled data")
    embeddings_sha256: str
    created_at: datetime


class Identities(Record):
    """`identities.json`."""

    ep_id: str
    schema_version: Literal[1]
    pipeline_ver: str
    config: Mapping[str, str | int | float | bool | None] = Field(description="effective settings of the clustering")
    stats: IdentityStats
    metadata: IdentitiesMetadata
    identities: tuple[Identity, ...]
    unusable_tracks: tuple[TrackId, ...] = Field(description="tracks without an embedding, kept for screen time")
