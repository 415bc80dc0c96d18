"""List jobs, a page at a time."""

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from screenalytics_app.actions.jobs.records import jobs_of, newest_jobs
from screenalytics_app.actions.jobs.status import JobState, JobStatus, job_statuses
from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from dagster import DagsterInstance

_SCANNED = 1000
"""Jobs that are looked at for one page."""


def list_jobs(
    store: ArtifactStore,
    instance: "DagsterInstance",
    ep_id: str | None,
    state: JobState | None,
    before: str | None,
    limit: int,
) -> tuple[list[JobStatus], str | None]:
    """Return the newest jobs that are older than the job `before`, and the cursor of the next page or None."""
    if ep_id is None:
        records = newest_jobs(store, _SCANNED, before)
    else:
        records = [record for record in jobs_of(store, ep_id) if before is None or record.job_id < before]
    statuses = job_statuses(instance, records, datetime.now(UTC))
    fitting = (status for status in statuses if state in (None, status.state))
    page = list(islice(fitting, limit))
    if next(fitting, None) is not None:
        return page, page[-1].record.job_id
    return page, records[-1].job_id if len(records) == _SCANNED else None
