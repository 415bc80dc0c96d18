"""Records of `identities.json`; the file itself is declared in `schemas`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import (
    Box,
    Fraction,
    Frame,
    IdentityId,
    Record,
    Seconds,
    Similarity,
    TrackId,
)


class Labels(Record):
    """Who an identity is, and who said so."""

    person_id: str | None = None
    name: str | None = None
    assigned_by: Literal["machine", "person"] | None = None
    """What a person said stays; what the machine said is asked anew by every cleanup."""


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
    """What the guardrails read. Fractions are over tracks that are in an identity; 0 where there are none."""

    num_tracks: int = Field(ge=0, description="tracks that are in an identity")
    num_unusable_tracks: int = Field(ge=0, description="tracks that are in no identity")
    num_identities: int = Field(ge=0)
    num_clusters: int = Field(ge=0, description="identities that reach min_cluster_size")
    num_singletons: int = Field(ge=0, description="identities of one track")
    singleton_fraction: Fraction
    largest_cluster_size: int = Field(ge=0, description="tracks of the largest identity")
    largest_cluster_fraction: Fraction
    avg_cluster_size: float = Field(ge=0, description="tracks an identity")
    num_adopted: int = Field(ge=0, description="small clusters that joined the one that they resemble most")
    cannot_link_pairs: int = Field(ge=0, description="pairs of tracks that share a frame")
    must_link_pairs: int = Field(ge=0)
    prevented_merges: int = Field(ge=0, description="pairs of identities alike enough that only a cannot-link parts")
    cluster_thresh: Similarity
    min_cluster_size: int = Field(ge=1)
    min_identity_sim: Similarity
    assign_sim: Similarity
    assign_sim_clear: Similarity
    assign_margin: float = Field(ge=0, le=2)
    unusable_norm: float = Field(ge=0)
    algorithm: Literal["agglomerative", "dbscan", "hdbscan"]
    linkage: str
    model_pack: str
    model_licence: str
    calibrated: bool = Field(description="whether the pack's thresholds were calibrated on labelled data")
    embeddings_sha256: str
    created_at: datetime


class TrackAnchor(Record):
    """Where a track was, so that a later run with other tracks recognises it."""

    track_id: TrackId
    first_frame: Frame
    last_frame: Frame
    frame: Frame = Field(description="frame of the box, the stored one nearest to the track's middle")
    bbox: Box


class Lineage(Record):
    """What became of the previous result's identities at the last change; empty before there was one."""

    kept: tuple[IdentityId, ...]
    new: tuple[IdentityId, ...]
    retired: tuple[IdentityId, ...] = Field(description="ids that are gone and never come back")
    split_from: Mapping[IdentityId, IdentityId] = Field(description="new id -> the identity that most of it was")
    merged_from: Mapping[IdentityId, tuple[IdentityId, ...]] = Field(
        description="kept id -> the others that it took in"
    )


class LinkContradiction(Record):
    """A must-link that was left out, and the cannot-link that forbids it."""

    must_link: tuple[TrackId, TrackId]
    cannot_link: tuple[TrackId, TrackId]


class Identities(Record):
    """`identities.json`."""

    ep_id: str
    schema_version: Literal[1]
    pipeline_ver: str
    config: Mapping[str, str | int | float | bool | None] = Field(description="effective settings of the clustering")
    stats: IdentityStats
    metadata: IdentitiesMetadata
    identities: tuple[Identity, ...]
    unusable_tracks: tuple[TrackId, ...] = Field(
        description="tracks without a face that tells anybody apart and that no identity took, kept for screen time"
    )
    contradictions: tuple[LinkContradiction, ...] = Field(
        description="must-links left out, as a cannot-link forbids them"
    )
    lineage: Lineage
    next_identity_number: int = Field(ge=1, description="number of the next new identity; none is given twice")
    track_anchors: tuple[TrackAnchor, ...]
