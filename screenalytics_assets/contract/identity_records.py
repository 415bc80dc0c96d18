"""Records of `identities.json`. The file itself is declared in `schemas`."""

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
    added_field,
)


class Labels(Record):
    """Person assigned to an identity, and by whom."""

    person_id: str | None = None
    name: str | None = None
    assigned_by: Literal["machine", "person"] | None = None
    """What a person assigned comes from the decisions. Each cleanup computes the machine's labels again."""


class EmbeddingStats(Record):
    """Spread of an identity's track embeddings."""

    centroid_norm: Fraction = Field(description="norm of the mean of its unit track embeddings")
    variance: float = Field(ge=0, description="mean squared distance to that mean")
    num_tracks: int = Field(ge=1)
    num_faces_total: int = Field(ge=0)


class Member(Record):
    """Membership of a track in its identity."""

    track_id: TrackId
    confidence: Fraction = Field(
        description="probability of this identity rather than any other; for weak faces, rather than any or none"
    )
    uncertain: bool = Field(
        description="weak face, or confidence below certain_probability; left out of centroids, thumbnails and the cast"
    )
    evidence: str = Field(description="such as `face 0.41 (weak), clothes 0.90`")


class ChosenFace(Record):
    """Frame of a track that a person chose as the thumbnail of an identity."""

    track_id: TrackId
    ts: Seconds


class Identity(Record):
    """Tracks of one episode that show one person."""

    identity_id: IdentityId
    cluster_id: int | None = Field(description="null for a singleton, or -1 if outlier_mode is noise")
    track_ids: tuple[TrackId, ...] = Field(min_length=1)
    size: int = Field(ge=0, description="accepted faces")
    seconds_on_screen: Seconds = Field(description="length of the union of its tracks' spans")
    label: str | None
    labels: Labels
    locked: bool
    cohesion: Similarity = Field(description="mean similarity of its tracks to its unit centroid")
    min_identity_sim: Similarity = Field(description="lowest similarity of a track to the unit centroid")
    low_cohesion: bool
    outlier_reason: str | None = Field(
        description="such as low_identity_similarity_0.423 for a track that was split off"
    )
    canonical_face_path: str = Field(description="path below frames/{ep_id}/")
    rep_thumb_rel_path: str = Field(description="path below the data root")
    rep_thumb_s3_key: str | None
    embedding_stats: EmbeddingStats
    created_at: datetime
    updated_at: datetime
    members: tuple[Member, ...] | None = added_field(description="one per track, in the order of track_ids")
    uncertain_seconds: Seconds | None = added_field(
        ge=0, description="part of seconds_on_screen that only uncertain tracks show"
    )
    not_people: tuple[str, ...] | None = added_field(description="people whom it does not show, said by a person")
    chosen_face: ChosenFace | None = added_field(description="frame that a person chose as its thumbnail")
    reviewed: Literal[True] | None = added_field(description="true if a person has reviewed it")

    @property
    def certain_track_ids(self) -> tuple[TrackId, ...]:
        """The tracks whose membership is certain; all tracks if none is."""
        uncertain = {member.track_id for member in self.members or () if member.uncertain}
        return tuple(track for track in self.track_ids if track not in uncertain) or self.track_ids


class IdentityStats(Record):
    """Counts over the episode."""

    faces: int = Field(ge=0, description="accepted faces")
    tracks: int = Field(ge=0, description="all tracks, including unusable ones")
    clusters: int = Field(ge=0)
    mixed_tracks: int = Field(
        ge=0, description="tracks with a face whose similarity to its track is below cluster_thresh"
    )
    outlier_tracks: int = Field(ge=0)
    low_cohesion_identities: int = Field(ge=0)


class IdentitiesMetadata(Record):
    """Input of the guardrails. Fractions are over tracks that are in an identity, or 0 if there are none."""

    num_tracks: int = Field(ge=0, description="tracks that are in an identity")
    num_unusable_tracks: int = Field(ge=0, description="tracks that are in no identity")
    num_identities: int = Field(ge=0)
    num_clusters: int = Field(ge=0, description="identities with at least min_cluster_size tracks")
    num_singletons: int = Field(ge=0, description="identities of one track")
    singleton_fraction: Fraction
    largest_cluster_size: int = Field(ge=0, description="tracks in the largest identity")
    largest_cluster_fraction: Fraction
    avg_cluster_size: float = Field(ge=0, description="tracks per identity")
    num_adopted: int = Field(ge=0, description="small clusters that joined their most similar larger cluster")
    num_uncertain_tracks: int | None = added_field(ge=0, description="tracks whose membership is uncertain")
    uncertain_seconds: Seconds | None = added_field(
        ge=0, description="seconds on screen that only uncertain tracks show, summed over the identities"
    )
    cannot_link_pairs: int = Field(ge=0, description="pairs of tracks that share a frame")
    must_link_pairs: int = Field(ge=0)
    prevented_merges: int = Field(
        ge=0, description="pairs of identities similar enough to merge, kept apart only by a cannot-link"
    )
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
    """Position of a track, by which a later run with different tracks recognises it."""

    track_id: TrackId
    first_frame: Frame
    last_frame: Frame
    frame: Frame = Field(description="frame of the box: the stored box nearest to the track's middle")
    bbox: Box


class IdChanges(Record):
    """What happened to the previous result's identity ids at the last change. Empty before the first change."""

    kept: tuple[IdentityId, ...]
    new: tuple[IdentityId, ...]
    retired: tuple[IdentityId, ...] = Field(description="ids that are gone and will not be reused")
    split_from: Mapping[IdentityId, IdentityId] = Field(
        description="new id -> previous identity that contributed most of it"
    )
    merged_from: Mapping[IdentityId, tuple[IdentityId, ...]] = Field(
        description="kept id -> previous identities merged into it"
    )


class LinkContradiction(Record):
    """Must-link that was ignored, and the cannot-link that contradicts it."""

    must_link: tuple[TrackId, TrackId]
    cannot_link: tuple[TrackId, TrackId]


class DecisionFate(Record):
    """A person's decision that does not hold, or not completely."""

    decision_id: str
    seq: int = Field(ge=1)
    kind: str
    reason: str = Field(description="in words, without names")
    overruled_by: tuple[int, ...] = Field(description="seq of the newer decisions that contradict it")


class DecisionsApplied(Record):
    """The decisions that the identities were built with."""

    last_seq: int = Field(ge=0)
    sha256: str = Field(description="hash of the decisions")
    applied: int = Field(ge=0)
    partial: int = Field(ge=0, description="decisions that hold for some of their faces")
    undone: int = Field(ge=0)
    lost: tuple[DecisionFate, ...] = Field(description="decisions whose faces were not found")
    overruled: tuple[DecisionFate, ...]


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
        description="tracks without a recognisable face that joined no identity, kept for screen time"
    )
    contradictions: tuple[LinkContradiction, ...] = Field(
        description="must-links ignored because a cannot-link contradicts them"
    )
    lineage: IdChanges
    next_identity_number: int = Field(ge=1, description="number of the next new identity; numbers are never reused")
    track_anchors: tuple[TrackAnchor, ...]
    decisions: DecisionsApplied | None = added_field(description="absent if people have decided nothing")
    dismissed_tracks: tuple[TrackId, ...] | None = added_field(
        description="tracks that a person dismissed, in no identity and not in unusable_tracks"
    )
    apart: tuple[tuple[IdentityId, IdentityId], ...] | None = added_field(
        description="pairs of identities that a person said show different people"
    )
