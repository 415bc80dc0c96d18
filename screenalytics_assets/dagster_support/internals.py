"""The only module that imports Dagster's private modules.

Private names can change in any release, so everything here is written for one version, `DAGSTER_VERSION`, which
`pyproject.toml` pins. After an upgrade, change the constant and run `tests/dagster_support/test_internals.py`.
"""

import time
from collections.abc import Callable, Collection
from functools import partial

import dagster
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
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.retries import auto_reexecution_should_retry_run
from dagster._core.executor import in_process
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._utils.schedules import is_valid_cron_string

DAGSTER_VERSION = "1.13.27"
WATCH_EVERY_S = 15.0
"""Interval between complete attempts of a waiting step to claim its slot, and between calls of its watch, s."""
Watch = Callable[[DagsterInstance, DagsterRun, str, str], None]
"""Called with instance, run, step and pool while the step waits for a slot of the pool."""

__all__ = [
    "CODE_VERSION_TAG",
    "DATA_VERSION_IS_USER_PROVIDED_TAG",
    "DATA_VERSION_TAG",
    "INPUT_DATA_VERSION_TAG_PREFIX",
    "INPUT_EVENT_POINTER_TAG_PREFIX",
    "NULL_EVENT_POINTER",
    "CheckRunHealthResult",
    "PatientConcurrencyContext",
    "WorkerStatus",
    "failed_checks",
    "is_retried",
    "is_valid_cron_string",
    "pause_s",
    "wait_patiently",
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


class PatientConcurrencyContext(InstanceConcurrencyContext):
    """The slots of pools that one run claims. A step that waits for a slot costs almost no CPU time.

    Dagster 1.13.27 burns a complete core: `interval_to_next_pending_claim_check` takes a minimum with 0, so the
    in-process executor never sleeps. Here a waiting step sleeps, and asks with one query whether Dagster has assigned a
    slot to it, in 2 ms instead of the 13 ms of a complete attempt.
    """

    def __init__(self, watch: Watch, instance: DagsterInstance, dagster_run: DagsterRun) -> None:
        super().__init__(instance, dagster_run)
        self._run = dagster_run
        self._watch = watch
        self._waiting_since: dict[str, float] = {}
        self._watched_at: dict[str, float] = {}

    def claim(self, concurrency_key: str, step_key: str, step_priority: int = 0) -> bool:
        now = time.time()
        if now < self._pending_timeouts.get(step_key, 0.0):
            return False
        watched = now - self._watched_at.get(step_key, 0.0) < WATCH_EVERY_S
        if not watched or self._is_assigned(concurrency_key, step_key):
            if step_key in self._pending_claims:
                self._pending_timeouts[step_key] = 0.0  # Dagster would refuse an attempt before this time
            if super().claim(concurrency_key, step_key, step_priority):
                self._waiting_since.pop(step_key, None)
                self._watched_at.pop(step_key, None)
                return True
        if not watched:
            self._watch(self._instance, self._run, step_key, concurrency_key)
            self._watched_at[step_key] = now
        waited = now - self._waiting_since.setdefault(step_key, now)
        self._pending_timeouts[step_key] = time.time() + pause_s(waited)
        return False

    def interval_to_next_pending_claim_check(self) -> float:
        if not self._pending_timeouts:
            return 0.0
        return max(0.0, float(min(self._pending_timeouts.values())) - time.time())

    def _is_assigned(self, pool: str, step_key: str) -> bool:
        return bool(self._instance.event_log_storage.check_concurrency_claim(pool, self._run_id, step_key).is_assigned)


def pause_s(waited: float) -> float:
    """Return the pause before the next attempt of a step that has waited for `waited` seconds, in seconds.

    A twentieth of the wait, so that a free slot stays unused for at most 5 % of the time that it was awaited.
    """
    return min(1.0, max(0.05, 0.05 * waited))


def wait_patiently(watch: Watch) -> None:
    """Let the runs of this process sleep while they wait for a slot of a pool, and call `watch` meanwhile.

    Does nothing with another version of Dagster than the one that this module is written for.
    """
    if dagster.__version__ == DAGSTER_VERSION:
        in_process.InstanceConcurrencyContext = partial(PatientConcurrencyContext, watch)  # type: ignore[attr-defined,assignment]
