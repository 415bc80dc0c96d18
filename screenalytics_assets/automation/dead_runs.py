"""Sensor `dead_runs`: ends runs whose process disappeared without reporting it, for example after a power cut.

A code server reports its runs that are killed. If the code server dies with them, a run would count as in progress
forever, keep its slot in the pool, and make every backfill skip its episode. A live run holds the lock of its episode,
which the operating system releases when the process ends, so a run without the lock is dead.
"""

import time

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.episode_id import is_ep_id, is_show
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.run_tags import PARTITION_TAG

QUIET_S = 30.0
"""A run takes its lock less than this after its first event, and frees it less than this before its last, s."""
_PROCESS_GONE = "The process of this run no longer exists: it was killed, or the machine went down."


@sensor(
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Ends runs whose process no longer exists, which frees their pool slots and their episodes.",
)
def dead_runs(context: SensorEvaluationContext, store: StoreResource) -> SkipReason:
    ended = end_dead_runs(context.instance, store.store(), time.time())
    for run in ended:
        context.log.warning(f"{run.tags[PARTITION_TAG]}: ended run {run.run_id}, whose process no longer exists.")
    return SkipReason(f"{len(ended)} runs without a process were ended.")


def end_dead_runs(instance: DagsterInstance, store: ArtifactStore, now: float) -> list[DagsterRun]:
    """End the started runs of this machine that report no events and hold no lock. `now`: seconds since 1970.

    If the launcher can check whether a run's worker is alive, as on Kubernetes, Dagster's own monitoring ends the runs.
    """
    if instance.run_launcher.supports_check_run_worker_health:
        return []
    started = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    quiet = [record for record in started if now - _last_event(instance, record) > QUIET_S]
    return [record.dagster_run for record in quiet if _ended_as_dead(instance, store, record.dagster_run)]


def end_run(instance: DagsterInstance, run: DagsterRun, sentence: str) -> None:
    """Mark a dead run as failed and free its pool slots."""
    instance.report_run_failed(run, sentence)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _ended_as_dead(instance: DagsterInstance, store: ArtifactStore, run: DagsterRun) -> bool:
    partition = run.tags.get(PARTITION_TAG)
    if partition is None:
        return False
    if not is_ep_id(partition) and not is_show(partition):
        end_run(instance, run, _PROCESS_GONE)  # such a run fails before it takes a lock
        return True
    try:
        with episode_lock(store, partition):
            end_run(instance, run, _PROCESS_GONE)
    except (OSError, UserError):
        return False  # a live process holds the episode's lock, or the lock cannot be read
    return True


def _last_event(instance: DagsterInstance, record: RunRecord) -> float:
    newest = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    return newest[0].event_log_entry.timestamp if newest else record.update_timestamp.timestamp()
