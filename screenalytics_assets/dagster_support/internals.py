"""The only module that imports Dagster's private modules.

Private names can change in any release, so everything here is written for one version, `DAGSTER_VERSION`, which
`pyproject.toml` pins. After an upgrade, change the constant and run `tests/dagster_support/test_internals.py`.
"""

from collections.abc import Collection

from dagster import AssetCheckKey, DagsterInstance, DagsterRun
from dagster._core.definitions.assets.job.asset_job import is_reserved_asset_job_name
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
    NULL_EVENT_POINTER,
)
from dagster._core.events import RunFailureReason
from dagster._core.execution.retries import auto_reexecution_should_retry_run
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._utils.schedules import is_valid_cron_string

DAGSTER_VERSION = "1.13.27"

__all__ = [
    "CODE_VERSION_TAG",
    "DATA_VERSION_IS_USER_PROVIDED_TAG",
    "DATA_VERSION_TAG",
    "INPUT_DATA_VERSION_TAG_PREFIX",
    "INPUT_EVENT_POINTER_TAG_PREFIX",
    "NULL_EVENT_POINTER",
    "CheckRunHealthResult",
    "WorkerStatus",
    "failed_checks",
    "is_reserved_asset_job_name",
    "is_retried",
    "is_valid_cron_string",
]


def failed_checks(instance: DagsterInstance, checks: Collection[AssetCheckKey]) -> set[tuple[str, str]]:
    """Return asset and partition of each of `checks` whose latest evaluation failed."""
    evaluations = instance.event_log_storage.get_asset_check_partition_info(list(checks))
    return {
        (evaluation.check_key.asset_key.path[-1], evaluation.partition_key)
        for evaluation in evaluations
        if evaluation.partition_key and evaluation.latest_execution_status == AssetCheckExecutionRecordStatus.FAILED
    }


def is_retried(instance: DagsterInstance, run: DagsterRun, failure_reason: str | None) -> bool:
    """Return whether Dagster retries a failed run. `failure_reason` is the reason that Dagster recorded."""
    reason = RunFailureReason(failure_reason) if failure_reason else None
    return instance.run_retries_enabled and auto_reexecution_should_retry_run(instance, run, reason)
