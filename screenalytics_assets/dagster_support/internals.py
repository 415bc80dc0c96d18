"""The only module that imports Dagster's private modules.

Private names can change in any release, so everything here is written for one version, `DAGSTER_VERSION`, which
`pyproject.toml` pins. After an upgrade, change the constant and run `tests/dagster_support/test_internals.py`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from dagster import AssetCheckKey, DagsterInstance, DagsterRun
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
from dagster._core.scheduler.instigation import InstigatorTick, InstigatorType, TickStatus
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
    "Tick",
    "TickError",
    "WorkerStatus",
    "failed_checks",
    "is_retried",
    "is_valid_cron_string",
    "last_ticks",
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


@dataclass(frozen=True)
class TickError:
    """One exception of a failed tick: the name of its class, and its text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Tick:
    """Last finished tick of a sensor or schedule. `kind`: `sensor` or `schedule`. `at`: seconds since 1970."""

    kind: str
    name: str
    on: bool
    """Whether the sensor or schedule is switched on."""
    at: float
    failed: bool
    errors: tuple[TickError, ...]
    """The exception of a failed tick, its cause, and so on."""


def last_ticks(instance: DagsterInstance) -> Iterator[Tick]:
    """Yield the last finished tick of each sensor and schedule that ever ran, in any code location."""
    if instance.schedule_storage is None:  # an instance in memory
        return
    finished = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]
    for state in instance.all_instigator_state():
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1, statuses=finished):
            yield Tick(
                kind="schedule" if state.instigator_type == InstigatorType.SCHEDULE else "sensor",
                name=tick.instigator_name,
                on=state.is_running,
                at=tick.timestamp,
                failed=tick.status == TickStatus.FAILURE,
                errors=tuple(_tick_errors(tick)),
            )


def _tick_errors(tick: InstigatorTick) -> Iterator[TickError]:
    error = tick.tick_data.error
    while error is not None:
        yield TickError(error.cls_name or "unknown error", error.message.strip().partition(": ")[2])
        error = error.cause
