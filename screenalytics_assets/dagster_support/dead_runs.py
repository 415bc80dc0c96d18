"""Recovery from runs whose process is gone: their slots of the pools become free, then they count as failed.

The command line, the sensor `dead_runs` and runs that wait for a pool all recover with these functions. Each can be
killed at any point and repeated.
"""

from collections.abc import Collection, Sequence

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunRecord, RunsFilter

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id, is_show
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.run_tags import COMMAND_LINE, PARTITION_TAG, STARTED_BY_TAG

QUIET_S = 30.0
"""A run takes its lock less than this after its first event, and frees it less than this before its last, s."""
_PROCESS_GONE = "The process of this run no longer exists: it was killed, or the machine went down."
_KILLED = "The process of this run was killed; a later run found it."
_UNDER_WAY = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def end_run(instance: DagsterInstance, run: DagsterRun, sentence: str) -> None:
    """Free a dead run's slots of the pools, then mark it as failed.

    In this order, a run still counts as in progress if this process is killed in between, so the next recovery
    finds it and repeats both.
    """
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    instance.report_run_failed(run, sentence)


def free_slots_of_ended_runs(instance: DagsterInstance) -> None:
    """Free the slots of the pools that finished or deleted runs still claim, and remove these runs from the queue."""
    storage = instance.event_log_storage
    pools = [storage.get_concurrency_info(pool) for pool in storage.get_concurrency_keys()]
    claimants = storage.get_concurrency_run_ids().union(*(pool.active_run_ids for pool in pools))
    if not claimants:
        return
    alive = {run.run_id for run in instance.get_runs(RunsFilter(run_ids=list(claimants))) if not run.is_finished}
    for run_id in claimants - alive:
        storage.free_concurrency_slots_for_run(run_id)


def end_runs_of(instance: DagsterInstance, partition: str) -> list[str]:
    """End the dead runs of an episode or a show, whose lock the caller holds. Returns their ids.

    A living run would hold the lock, so any run that seems to be in progress is dead.
    """
    free_slots_of_ended_runs(instance)
    tags = {PARTITION_TAG: partition}
    dead = [
        *instance.get_runs(RunsFilter(statuses=_UNDER_WAY, tags=tags)),
        *(record.dagster_run for record in _not_started_by_hand(instance, tags)),
    ]
    for run in dead:
        end_run(instance, run, _KILLED)
    return [run.run_id for run in dead]


def end_dead_runs(
    instance: DagsterInstance, store: ArtifactStore, now: float, among: Collection[str] | None = None
) -> list[DagsterRun]:
    """End the runs of this machine that report no events and hold no lock. `now`: seconds since 1970.

    `among` restricts them to runs with these ids. If the launcher can check whether a run's worker is alive, as on
    Kubernetes, Dagster's own monitoring ends the runs of the daemon.
    """
    free_slots_of_ended_runs(instance)
    if instance.run_launcher.supports_check_run_worker_health:
        return []
    started = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    candidates = [
        record
        for record in (*started, *_not_started_by_hand(instance, {}))
        if among is None or record.dagster_run.run_id in among
    ]
    quiet = [record for record in candidates if now - _last_event(instance, record) > QUIET_S]
    return [record.dagster_run for record in quiet if _ended_as_dead(instance, store, record.dagster_run)]


def _not_started_by_hand(instance: DagsterInstance, tags: dict[str, str]) -> Sequence[RunRecord]:
    """Return runs of the command line that were created but not started, which takes less than a second.

    A run that Dagster launches is queued first. Its re-executions keep the tags of the original run.
    """
    of_command_line = tags | {STARTED_BY_TAG: COMMAND_LINE}
    records = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.NOT_STARTED], tags=of_command_line))
    return [record for record in records if record.dagster_run.parent_run_id is None]


def _ended_as_dead(instance: DagsterInstance, store: ArtifactStore, run: DagsterRun) -> bool:
    partition = run.tags.get(PARTITION_TAG)
    if partition is None:
        return False
    if not is_ep_id(partition) and not is_show(partition):
        end_run(instance, run, _PROCESS_GONE)  # such a run fails before it takes a lock
        return True
    try:
        with episode_lock(store, partition):
            current = instance.get_run_by_id(run.run_id)
            if current is None or current.is_finished:
                return False  # it ended by itself after the caller had read its state
            end_run(instance, current, _PROCESS_GONE)
    except (OSError, UserError):
        return False  # a live process holds the episode's lock, or the lock cannot be read
    return True


def _last_event(instance: DagsterInstance, record: RunRecord) -> float:
    newest = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    return newest[0].event_log_entry.timestamp if newest else record.update_timestamp.timestamp()
