"""Cancel a job."""

from typing import TYPE_CHECKING

from screenalytics_app.actions.jobs.dagster_server import DagsterServer
from screenalytics_app.actions.jobs.records import JobRecord
from screenalytics_app.actions.jobs.status import JobStatus, job_status
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_resources.errors import UnavailableError, UserError

if TYPE_CHECKING:
    from dagster import DagsterInstance


def cancel_job(instance: "DagsterInstance", server: DagsterServer, record: JobRecord) -> JobStatus:
    """Request the end of a job, and return its status. A running step stops in good order, which takes a moment.

    Raises:
        ConflictError: the job is over.
        UnavailableError: Dagster's web server does not answer, or has not queued the run yet.
        UserError: Dagster cannot end the run.
    """
    status = _refuse_over(job_status(instance, record))
    if status.run_id is None:
        raise UnavailableError(f"Dagster has not queued the run of job {record.job_id} yet: try again in a moment.")
    try:
        server.terminate(status.run_id)
    except UnavailableError:
        raise
    except UserError:
        _refuse_over(job_status(instance, record))  # it ended by itself meanwhile
        raise
    return job_status(instance, record)


def _refuse_over(status: JobStatus) -> JobStatus:
    if status.is_over:
        raise ConflictError(f"The job {status.record.job_id} is over ({status.state}): nothing is left to cancel.")
    return status
