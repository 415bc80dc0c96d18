"""Sensor `dead_runs`: ends runs whose process is gone without a word, as after a power cut.

A code server reports its runs that are killed. When it goes down with them, a run would count as under way for ever,
hold its slot of the pool, and be left out by every backfill. A living run holds its episode's lock, which the
operating system frees with the process: that tells the two apart.
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
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.run_tags import PARTITION_TAG

QUIET_S = 30.0
"""A run takes its lock and frees it within less than this of its first and last event, s."""
_DIED = "The process of this run is gone: it was killed, or the machine went down."


@sensor(
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Ends runs whose process is gone, so that they hold up nobody and their episodes are made again.",
)
def dead_runs(context: SensorEvaluationContext, store: StoreResource) -> SkipReason:
    ended = end_dead_runs(context.instance, store.store(), time.time())
    for run in ended:
        context.log.warning(f"{run.tags[PARTITION_TAG]}: the run {run.run_id} had no process any more and was ended.")
    return SkipReason(f"{len(ended)} runs without a process were ended.")


def end_dead_runs(instance: DagsterInstance, store: ArtifactStore, now: float) -> list[DagsterRun]:
    """End the started runs of this machine that have been quiet and hold no lock; `now` in seconds since 1970.

    Where a launcher knows itself whether a run's worker is alive, as on Kubernetes, Dagster's own monitoring does it.
    """
    if instance.run_launcher.supports_check_run_worker_health:
        return []
    started = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    quiet = [record for record in started if now - _last_event(instance, record) > QUIET_S]
    return [record.dagster_run for record in quiet if _ended_as_dead(instance, store, record.dagster_run)]


def end_run(instance: DagsterInstance, run: DagsterRun, sentence: str) -> None:
    """Mark a dead run as failed, and free what it held in the pools."""
    instance.report_run_failed(run, sentence)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _ended_as_dead(instance: DagsterInstance, store: ArtifactStore, run: DagsterRun) -> bool:
    partition = run.tags.get(PARTITION_TAG)
    if partition is None:
        return False
    try:
        with episode_lock(store, partition):
            end_run(instance, run, _DIED)
    except UserError:
        return False  # a living process holds the episode
    return True


def _last_event(instance: DagsterInstance, record: RunRecord) -> float:
    newest = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    return newest[0].event_log_entry.timestamp if newest else record.update_timestamp.timestamp()
