"""Jobs, their progress and changes, as the API shows them."""

from typing import TYPE_CHECKING

from screenalytics_app.actions.jobs.failure import failure_sentence
from screenalytics_app.actions.jobs.progress import Progress
from screenalytics_app.actions.jobs.status import JobStatus
from screenalytics_app.actions.library_changes import Change
from screenalytics_app.api.models.history import Event
from screenalytics_app.api.models.jobs import Job, JobProgress

if TYPE_CHECKING:
    from dagster import DagsterInstance


def job_body(instance: "DagsterInstance", ui: str, status: JobStatus) -> Job:
    """Return a job. `ui` is the address of Dagster's UI."""
    return Job(
        job_id=status.record.job_id,
        ep_id=status.record.ep_id,
        kind=status.record.kind,
        state=status.state,
        run_id=status.run_id,
        created_at=status.record.created_at,
        ended_at=status.ended_at,
        error=failure_sentence(instance, status),
        run_url=f"{ui}/runs/{status.run_id}" if status.run_id else None,
    )


def progress_body(progress: Progress) -> JobProgress:
    """Return the progress of a job."""
    record = progress.status.record
    return JobProgress(
        job_id=record.job_id,
        state=progress.status.state,
        ep_id=record.ep_id,
        error=progress.error,
        track_metrics=dict(progress.track_metrics) if progress.track_metrics else None,
        **progress.fields,
    )


def event_body(change: Change) -> Event:
    """Return a change as an event."""
    return Event(
        kind=change.kind,
        ep_id=change.ep_id,
        last_seq=change.last_seq,
        job_id=change.job_id,
        state=change.state,
        asset=change.asset,
    )
