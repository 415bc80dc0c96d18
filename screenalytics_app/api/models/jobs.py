"""Jobs: runs of Dagster that the API started or follows."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_app.api.models.common import EpId, Flag, Model

JobState = Literal["queued", "running", "succeeded", "failed", "canceled"]
CleanupAction = Literal["split_tracks", "reembed", "recluster", "group_clusters"]


class ClusterJob(Model):
    """Make the identities of an episode again, with what depends on them."""

    ep_id: EpId
    cluster_thresh: float | None = Field(None, ge=0, le=1, strict=True)
    min_cluster_size: int | None = Field(None, ge=1, strict=True)
    min_identity_sim: float | None = Field(None, ge=0, le=1, strict=True)


class CleanupJob(Model):
    """Clean an episode up."""

    ep_id: EpId
    profile: Literal["fast_cpu", "low_power", "balanced", "high_accuracy"] | None = None
    actions: tuple[CleanupAction, ...] = ("split_tracks", "reembed", "recluster", "group_clusters")
    write_back: Flag = False


class Job(Model):
    """A job."""

    job_id: str
    ep_id: str
    kind: Literal["cluster", "episode_cleanup"]
    state: JobState
    run_id: str | None = Field(description="Dagster run; null until one is queued")
    created_at: datetime
    ended_at: datetime | None
    error: str | None = Field(description="why it failed, in one sentence")
    run_url: str | None = Field(description="the run in Dagster's UI")


class JobProgress(Model):
    """Progress of a job. The last eight fields are those of the episode's progress file, and null without one."""

    job_id: str
    state: JobState
    ep_id: str
    stage: str | None = None
    done: int | None = None
    total: int | None = None
    unit: str | None = None
    elapsed_s: float | None = None
    eta_s: float | None = None
    phase: str | None = None
    phase_index: int | None = None
    phase_total: int | None = None
    phase_progress: float | None = None
    total_elapsed_seconds: float | None = None
    track_metrics: dict[str, float] | None = None
    error: str | None = None
