"""The state of jobs, asked of Dagster's storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from screenalytics_app.actions.jobs.records import JobRecord
from screenalytics_resources.run_tags import JOB_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance, RunRecord

JobState = Literal["queued", "running", "succeeded", "failed", "canceled"]
LIVE: tuple[JobState, ...] = ("queued", "running")
SUBMISSION = timedelta(minutes=2)
"""A job without a run that is older than this never got one."""
NEVER_STARTED = "The server stopped before Dagster had queued the run: start the job again."


@dataclass(frozen=True)
class JobStatus:
    """A job and its newest run. `run` is None while there is none."""

    record: JobRecord
    state: JobState
    run: "RunRecord | None"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in LIVE

    @property
    def run_id(self) -> str | None:
        """Id of the run."""
        return self.run.dagster_run.run_id if self.run else None

    @property
    def ended_at(self) -> datetime | None:
        """End of the run."""
        ended = self.run.end_time if self.run and self.is_over else None
        return datetime.fromtimestamp(ended, UTC) if ended else None


def job_statuses(instance: "DagsterInstance", records: Sequence[JobRecord], now: datetime) -> list[JobStatus]:
    """Return the status of each job, in order, with one query."""
    runs = _newest_runs(instance, [record.job_id for record in records])
    return [_status(instance, record, runs.get(record.job_id), now) for record in records]


def job_status(instance: "DagsterInstance", record: JobRecord) -> JobStatus:
    """Return the status of one job now."""
    return job_statuses(instance, [record], datetime.now(UTC))[0]


def _newest_runs(instance: "DagsterInstance", job_ids: Sequence[str]) -> dict[str, "RunRecord"]:
    """Return the newest run of each job. A job has several if Dagster or a person has repeated a failed run."""
    from dagster import RunsFilter

    if not job_ids:
        return {}
    newest_first = instance.get_run_records(RunsFilter(tags={JOB_TAG: list(job_ids)}))
    return {record.dagster_run.tags[JOB_TAG]: record for record in reversed(newest_first)}


def _status(instance: "DagsterInstance", record: JobRecord, run: "RunRecord | None", now: datetime) -> JobStatus:
    if run is None:
        return JobStatus(record, "queued" if now - record.created_at < SUBMISSION else "failed", None)
    return JobStatus(record, _state(instance, run), run)


def _state(instance: "DagsterInstance", record: "RunRecord") -> JobState:
    from dagster import DagsterRunStatus

    from screenalytics_assets.automation.run_evaluations import is_started_again

    match record.dagster_run.status:
        case DagsterRunStatus.SUCCESS:
            return "succeeded"
        case DagsterRunStatus.CANCELED:
            return "canceled"
        case DagsterRunStatus.FAILURE:
            return "queued" if is_started_again(instance, record.dagster_run) else "failed"
        case DagsterRunStatus.STARTING | DagsterRunStatus.STARTED | DagsterRunStatus.CANCELING:
            return "running"
    return "queued"
