"""Records of `cleanup_report.json`. The file itself is declared in `schemas`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import Fraction, IdentityId, Record, Seconds, TrackId, added_field

Phase = Literal["split_tracks", "reembed", "recluster", "group_clusters"]
PHASES: tuple[Phase, ...] = ("split_tracks", "reembed", "recluster", "group_clusters")
"""Every phase, in the order in which they run."""


GuardrailVerdict = Literal["passed", "plausible", "warning", "beyond limit", "error"]
"""`plausible`: beyond a bound, but without evidence that the identities are wrong."""


class CleanupMetrics(Record):
    """Metrics that the guardrails judge. Null if the artifact is missing."""

    tracks_per_minute: float | None
    short_track_fraction: Fraction | None
    id_switch_rate: float | None
    singleton_fraction: Fraction | None
    largest_cluster_fraction: Fraction | None


class SplitCounts(Record):
    """Track splits made by the phase `split_tracks`, by reason."""

    hard: int = Field(ge=0)
    streak: int = Field(ge=0)
    iou: int = Field(ge=0)
    total: int = Field(ge=0)


class GuardrailState(Record):
    """State of one guardrail before and after the cleanup."""

    before: GuardrailVerdict
    after: GuardrailVerdict
    value_before: float
    value_after: float


class Grouping(Record):
    """Result of the phase `group_clusters`."""

    centroids: int = Field(ge=0, description="identities whose centroid was compared with the cast")
    within_episode: Mapping[IdentityId, tuple[IdentityId, ...]] = Field(
        description="identity -> identities of the same person that were merged into it"
    )
    across_episodes: Mapping[IdentityId, str] = Field(description="identity -> person_id assigned to it")
    needs_review: Mapping[IdentityId, str] = Field(description="identity -> why no person was assigned")


class MovedTrack(Record):
    """Track whose identity changed. Null: the track was or is in no identity."""

    track_id: TrackId
    before: IdentityId | None
    after: IdentityId | None
    confidence_before: Fraction | None = added_field("confidence in the identity before; absent if it was in none")
    confidence_after: Fraction | None = added_field("confidence in the identity after; absent if it is in none")
    evidence_before: str | None = added_field("such as `face 0.41 (weak), clothes 0.90`")
    evidence_after: str | None = added_field("same, after the cleanup")


class ExpectedIdentities(Record):
    """What the evidence model expects of identities: their memberships, judged by the model pack's own thresholds."""

    correct_seconds: Seconds = Field(description="sum of confidence times seconds over the tracks in identities")
    wrong_tracks: float = Field(ge=0, description="sum of 1 - confidence over the tracks in identities")
    uncertain_tracks: int = Field(ge=0)
    uncertain_seconds: Seconds
    contradictions: int = Field(ge=0, description="pairs that a person linked although they share a frame")


class CleanupReport(Record):
    """`cleanup_report.json`: what a cleanup changed, or would change."""

    ep_id: str
    cleanup_id: str
    write_back: bool = Field(description="whether the cleanup was requested to replace the artifacts")
    promoted: bool = Field(description="whether it replaced them")
    refused: str | None = Field(description="why it did not replace them although requested")
    actions: tuple[Phase, ...] = Field(description="same as actions_completed")
    actions_completed: tuple[Phase, ...]
    actions_skipped: Mapping[Phase, str] = Field(description="phase -> which input was missing")
    profile: str
    settings: Mapping[str, str] = Field(description="settings given for this cleanup")
    runtime_sec: Seconds
    runtime_by_phase: Mapping[Phase, Seconds]
    created_at: datetime
    tracks_before: int | None
    tracks_after: int | None
    faces_before: int | None = Field(description="faces with an embedding")
    faces_after: int | None
    clusters_before: int | None = Field(description="identities, including singletons")
    clusters_after: int | None
    metrics_before: CleanupMetrics
    metrics_after: CleanupMetrics
    splits: SplitCounts | None = Field(
        None, description="null if split_tracks did not run; fields below are null if their phase did not run"
    )
    tracks_split: int | None = Field(None, description="number of tracks that were split")
    new_tracks_created: int | None = None
    faces_rejected: int | None = Field(
        None, description="faces that had an embedding before the cleanup and have none after it"
    )
    faces_rejected_by_reason: Mapping[str, int] | None = None
    mean_quality_before: Fraction | None = None
    mean_quality_after: Fraction | None = None
    clusters_merged: int | None = Field(None, description="identities merged into another one by reclustering")
    singleton_fraction_before: Fraction | None = None
    singleton_fraction_after: Fraction | None = None
    largest_cluster_fraction_before: Fraction | None = None
    largest_cluster_fraction_after: Fraction | None = None
    clusters_grouped: int | None = Field(None, description="identities merged into another one of the same person")
    auto_assigned_identities: int | None = Field(None, description="identities to which the cleanup assigned a person")
    grouping: Grouping | None = None
    guardrails: Mapping[str, GuardrailState]
    expected_before: ExpectedIdentities | None = added_field("absent if artifacts are missing or out of date")
    expected_after: ExpectedIdentities | None = added_field("same, after the cleanup")
    locked_identities: tuple[IdentityId, ...] = Field(description="locked identities, which no phase may change")
    moved_tracks: tuple[MovedTrack, ...] = Field(description="tracks whose identity changed")
    digests: Mapping[str, str] = Field(description="asset -> digest of the artifact that was or would be written")
