"""Records of `cleanup_report.json`; the file itself is declared in `schemas`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import Fraction, IdentityId, Record, Seconds, TrackId

Phase = Literal["split_tracks", "reembed", "recluster", "group_clusters"]
PHASES: tuple[Phase, ...] = ("split_tracks", "reembed", "recluster", "group_clusters")
"""Every phase, in the order in which they run."""


class CleanupMetrics(Record):
    """What tells a healthy episode from a broken one; null where the artifact is missing."""

    tracks_per_minute: float | None
    short_track_fraction: Fraction | None
    id_switch_rate: float | None
    singleton_fraction: Fraction | None
    largest_cluster_fraction: Fraction | None


class SplitCounts(Record):
    """Splits of a cleanup's `split_tracks`, by reason."""

    hard: int = Field(ge=0)
    streak: int = Field(ge=0)
    iou: int = Field(ge=0)
    total: int = Field(ge=0)


class GuardrailState(Record):
    """One guardrail before and after."""

    before: Literal["passed", "warning", "beyond limit", "error"]
    after: Literal["passed", "warning", "beyond limit", "error"]
    value_before: float
    value_after: float


class Grouping(Record):
    """What `group_clusters` did."""

    centroids: int = Field(ge=0, description="identities that were compared with the cast")
    within_episode: Mapping[IdentityId, tuple[IdentityId, ...]] = Field(
        description="identity -> the identities of one person that it was made of"
    )
    across_episodes: Mapping[IdentityId, str] = Field(description="identity -> person_id that it was given")
    needs_review: Mapping[IdentityId, str] = Field(description="identity -> why nobody was named")


class MovedTrack(Record):
    """A track that is in another identity than before; null: in none."""

    track_id: TrackId
    before: IdentityId | None
    after: IdentityId | None


class CleanupReport(Record):
    """`cleanup_report.json`: what a cleanup did, or would do."""

    ep_id: str
    cleanup_id: str
    write_back: bool = Field(description="whether the artifacts were to be replaced")
    promoted: bool = Field(description="whether they were")
    refused: str | None = Field(description="why they were not, although they were to be")
    actions: tuple[Phase, ...] = Field(description="the same as actions_completed")
    actions_completed: tuple[Phase, ...]
    actions_skipped: Mapping[Phase, str] = Field(description="phase -> what it lacked")
    profile: str
    settings: Mapping[str, str] = Field(description="settings that were given for this cleanup")
    runtime_sec: Seconds
    runtime_by_phase: Mapping[Phase, Seconds]
    created_at: datetime
    tracks_before: int | None
    tracks_after: int | None
    faces_before: int | None = Field(description="faces with an embedding")
    faces_after: int | None
    clusters_before: int | None = Field(description="identities, singletons included")
    clusters_after: int | None
    metrics_before: CleanupMetrics
    metrics_after: CleanupMetrics
    splits: SplitCounts | None = Field(None, description="null where split_tracks did not run, as all that follows")
    tracks_split: int | None = Field(None, description="tracks that were split")
    new_tracks_created: int | None = None
    faces_rejected: int | None = Field(None, description="faces that had an embedding before and have none now")
    faces_rejected_by_reason: Mapping[str, int] | None = None
    mean_quality_before: Fraction | None = None
    mean_quality_after: Fraction | None = None
    clusters_merged: int | None = Field(None, description="identities that went into another one when clustering anew")
    singleton_fraction_before: Fraction | None = None
    singleton_fraction_after: Fraction | None = None
    largest_cluster_fraction_before: Fraction | None = None
    largest_cluster_fraction_after: Fraction | None = None
    clusters_grouped: int | None = Field(None, description="identities that went into another one of the same person")
    auto_assigned_identities: int | None = Field(None, description="identities that the machine gave a person")
    grouping: Grouping | None = None
    guardrails: Mapping[str, GuardrailState]
    locked_identities: tuple[IdentityId, ...] = Field(description="identities that no phase may change")
    moved_tracks: tuple[MovedTrack, ...] = Field(description="a preview of the differences, by track")
    digests: Mapping[str, str] = Field(description="asset -> digest of the artifact that was, or would be, written")
