"""The job of an episode that is not over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screenalytics_app.actions.jobs.progress import job_progress
from screenalytics_app.actions.jobs.records import jobs_of
from screenalytics_app.actions.jobs.status import JobState
from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from dagster import DagsterInstance


@dataclass(frozen=True)
class LiveJob:
    """A job that is not over. `done` of `total` units of `stage` are done, if that is known."""

    job_id: str
    state: JobState
    stage: str | None
    done: int | None
    total: int | None


def live_job(store: ArtifactStore, instance: "Callable[[], DagsterInstance]", ep_id: str) -> LiveJob | None:
    """Return the newest job of an episode if it is not over. Dagster's storage is opened only if there is a job."""
    newest = next(iter(jobs_of(store, ep_id)), None)
    if newest is None:
        return None
    found = job_progress(store, instance(), newest)
    if found.status.is_over:
        return None
    fields = found.fields
    return LiveJob(newest.job_id, found.status.state, fields.get("stage"), fields.get("done"), fields.get("total"))
