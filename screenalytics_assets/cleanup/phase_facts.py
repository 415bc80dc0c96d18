"""Facts that the phases of a cleanup add to its report."""

from collections.abc import Mapping
from typing import TypedDict

from screenalytics_assets.contract.cleanup_records import Grouping, SplitCounts


class PhaseFacts(TypedDict, total=False):
    """Fields of `CleanupReport` that the phases fill in. Fields of a phase that did not run are absent."""

    splits: SplitCounts
    tracks_split: int
    new_tracks_created: int
    faces_rejected: int
    faces_rejected_by_reason: Mapping[str, int]
    mean_quality_before: float
    mean_quality_after: float
    clusters_merged: int
    singleton_fraction_before: float | None
    singleton_fraction_after: float | None
    largest_cluster_fraction_before: float | None
    largest_cluster_fraction_after: float | None
    clusters_grouped: int
    auto_assigned_identities: int
    grouping: Grouping
