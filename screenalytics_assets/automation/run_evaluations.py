"""Outcome of an ended run and results of its checks, as evaluations for the alerts."""

import math
from collections.abc import Iterator
from typing import cast

from dagster import AssetCheckEvaluation, DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunRecord

from screenalytics_assets.alerting.alert import Evaluation, Key
from screenalytics_assets.automation.jobs import JOB_OF_SCOPE
from screenalytics_assets.dagster_support.internals import is_reserved_asset_job_name, is_retried
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.run_tags import PARTITION_TAG

RUN_CHECK = "run_succeeds"
"""Check name of the outcome of a run."""
WILL_RETRY_TAG = "dagster/will_retry"
RUN_FAILURE_REASON_TAG = "dagster/failure_reason"


def check_evaluations(instance: DagsterInstance, ended: RunRecord) -> Iterator[Evaluation]:
    """Yield the result of each check that the run evaluated."""
    run = ended.dagster_run
    connection = instance.get_records_for_run(run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    for record in connection.records:
        entry = record.event_log_entry
        if entry.dagster_event is not None:
            data = cast(AssetCheckEvaluation, entry.dagster_event.event_specific_data)
            yield _evaluation(data, run.tags.get(PARTITION_TAG, ""), run.run_id, entry.timestamp)


def _evaluation(data: AssetCheckEvaluation, run_partition: str, run_id: str, at: float) -> Evaluation:
    return Evaluation(
        key=Key(data.partition or run_partition, data.asset_key.to_user_string(), data.check_name),
        state="passed" if data.passed else data.severity.value,
        cause=data.description or "",
        run_id=run_id,
        at=at,
        value=_metadata_value(data, "value"),
        limit=_as_number(_metadata_value(data, "limit")),
    )


def _metadata_value(data: AssetCheckEvaluation, name: str) -> float | str | None:
    """Return a number or text of the metadata, or None. Infinity and NaN become text because JSON lacks them."""
    value = data.metadata[name].value if name in data.metadata else None
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | str) else None


def _as_number(value: float | str | None) -> float | str | None:
    """Return the number that a text contains. Guardrails give their limit as text, so that Dagster does not plot it."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def run_evaluation(instance: DagsterInstance, ended: RunRecord) -> Iterator[Evaluation]:
    """Yield the outcome of the run itself. A cancelled run has none, because it neither failed nor succeeded.

    The error text is left out because it may contain secrets. The run's page shows it.
    """
    run = ended.dagster_run
    if run.status == DagsterRunStatus.CANCELED:
        return
    partition = run.tags.get(PARTITION_TAG, "")
    failed = run.status == DagsterRunStatus.FAILURE
    yield Evaluation(
        key=Key(partition, "", RUN_CHECK, outcome_job(run)),
        state="ERROR" if failed else "passed",
        cause=_failure(instance, run) if failed else "",
        run_id=run.run_id,
        at=ended.end_time or ended.update_timestamp.timestamp(),
    )


def outcome_job(run: DagsterRun) -> str:
    """Return the job whose outcome a run decides.

    A run that the UI or the automation started belongs to no named job. It decides the outcome of the job that builds
    its assets. Otherwise a failed cleanup would count as recovered when the automation builds something else, and an
    episode that a person built in the UI would count as failed for ever.
    """
    scopes = {ARTIFACTS[key.path[-1]].scope for key in run.asset_selection or () if key.path[-1] in ARTIFACTS}
    if not is_reserved_asset_job_name(run.job_name) or len(scopes) != 1:
        return run.job_name
    return JOB_OF_SCOPE[scopes.pop()]


def _failure(instance: DagsterInstance, run: DagsterRun) -> str:
    records = instance.get_records_for_run(run.run_id, of_type=DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in records]
    steps = sorted({event.step_key for event in events if event is not None and event.step_key})
    where = f"failed in {', '.join(steps)}" if steps else "failed outside its steps"
    if is_started_again(instance, run):
        return f"The run {where} because its process was lost or took too long. It is retried automatically."
    return f"The run {where}. Its page shows the error. Fix the cause and run the episode again."


def is_started_again(instance: DagsterInstance, run: DagsterRun) -> bool:
    """Return whether the daemon retries this failed run. Dagster records that only a moment after the failure."""
    if run.remote_job_origin is None:
        return False
    if WILL_RETRY_TAG in run.tags:
        return run.tags[WILL_RETRY_TAG] == "true"
    return is_retried(instance, run, run.tags.get(RUN_FAILURE_REASON_TAG))
