"""The only module that imports Dagster's private modules.

Private names can change in any release, so everything here is written for one version, `DAGSTER_VERSION`, which
`pyproject.toml` pins. After an upgrade, change the constant and run `tests/dagster_support/test_internals.py`.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import dagster
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AutomationContext,
    DagsterInstance,
    DagsterRun,
    RunsFilter,
)
from dagster._core.asset_graph_view.entity_subset import EntitySubset
from dagster._core.asset_graph_view.serializable_entity_subset import SerializableEntitySubset
from dagster._core.definitions.assets.job.asset_job import is_reserved_asset_job_name
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
    NULL_EVENT_POINTER,
)
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.events import RunFailureReason
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.retries import auto_reexecution_should_retry_run
from dagster._core.executor import in_process
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.scheduler.instigation import InstigatorTick, InstigatorType, TickStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus, AssetCheckPartitionInfo
from dagster._utils.schedules import is_valid_cron_string

from screenalytics_assets.dagster_support.outcome import holds_back

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Engine

DAGSTER_VERSION = "1.13.27"
WATCH_EVERY_S = 15.0
"""Interval between complete attempts of a waiting step to claim its slot, and between calls of its watch, s."""
Watch = Callable[[DagsterInstance, DagsterRun, str, str], None]
"""Called with instance, run, step and pool while the step waits for a slot of the pool."""

CODE_SERVER_MODULE = "dagster._grpc.server"
RUN_WORKER_MODULES = (
    "dagster._grpc.impl",
    "dagster._core.launcher.default_run_launcher",
    "dagster._core.run_coordinator.queued_run_coordinator",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "alembic.command",
)
"""What the process of a run imports besides the graph, to execute a run of an instance with SQLite."""

__all__ = [
    "CODE_SERVER_MODULE",
    "CODE_VERSION_TAG",
    "DATA_VERSION_IS_USER_PROVIDED_TAG",
    "DATA_VERSION_TAG",
    "INPUT_DATA_VERSION_TAG_PREFIX",
    "INPUT_EVENT_POINTER_TAG_PREFIX",
    "NULL_EVENT_POINTER",
    "RUN_WORKER_MODULES",
    "CheckRunHealthResult",
    "PatientConcurrencyContext",
    "Tick",
    "TickError",
    "WorkerStatus",
    "blocked_partitions",
    "failed_checks",
    "is_reserved_asset_job_name",
    "is_retried",
    "is_valid_cron_string",
    "last_evaluations",
    "last_ticks",
    "pause_s",
    "prune_ticks",
    "read_migrations_once",
    "reused_connections",
    "start_runs_with",
    "true_before",
    "wait_patiently",
    "with_partition_keys",
]


def failed_checks(instance: DagsterInstance, checks: Collection[AssetCheckKey]) -> set[tuple[str, str]]:
    """Return asset and partition of each of `checks` whose latest evaluation failed."""
    evaluations = instance.event_log_storage.get_asset_check_partition_info(list(checks))
    return {
        (evaluation.check_key.asset_key.path[-1], evaluation.partition_key)
        for evaluation in evaluations
        if evaluation.partition_key and evaluation.latest_execution_status == AssetCheckExecutionRecordStatus.FAILED
    }


def last_evaluations(
    instance: DagsterInstance,
    checks: Sequence[AssetCheckKey],
    partitions: Collection[str],
    only_failed: bool = False,
) -> Iterator[tuple[str, AssetCheckEvaluation]]:
    """Yield partition and latest evaluation of each of `checks` for each of `partitions`, in order of `checks`.

    With `only_failed`, one query finds the failed ones among many partitions first.
    """
    status = AssetCheckExecutionRecordStatus
    storage = instance.event_log_storage
    pairs: Collection[tuple[AssetCheckKey, str | None]] = [(check, name) for check in checks for name in partitions]
    if only_failed:
        latest = storage.get_asset_check_partition_info(list(checks), partition_keys=list(partitions))
        failed = {(one.check_key, one.partition_key) for one in latest if one.latest_execution_status == status.FAILED}
        pairs = [pair for pair in pairs if pair in failed]
    for check, partition in pairs:
        records = storage.get_asset_check_execution_history(
            check,
            limit=1,
            status={status.FAILED, status.SUCCEEDED},
            partition_filter=PartitionKeyFilter(key=partition),
        )
        if partition and records and records[0].evaluation is not None:
            yield partition, records[0].evaluation


def blocked_partitions(
    instance: DagsterInstance, checks: Collection[AssetCheckKey], partitions: Collection[str]
) -> set[str]:
    """Return those of `partitions` that one of the blocking `checks` of one asset holds back.

    A check holds back if it failed with severity ERROR for the current materialization; see `holds_back`. So does a
    check that a live run is going to evaluate. A check that was planned and never evaluated does not.
    """
    storage = instance.event_log_storage
    latest = storage.get_asset_check_partition_info(list(checks), partition_keys=list(partitions))
    planned = [one for one in latest if one.latest_execution_status == AssetCheckExecutionRecordStatus.PLANNED]
    live = _live_runs(instance, {one.latest_planned_run_id for one in planned})
    blocked = {str(one.partition_key) for one in planned if one.latest_planned_run_id in live}
    for one in latest:
        passed = one.latest_execution_status == AssetCheckExecutionRecordStatus.SUCCEEDED
        if not passed and one.partition_key not in blocked and _has_error(instance, one):
            blocked.add(str(one.partition_key))
    return blocked


def _live_runs(instance: DagsterInstance, run_ids: Collection[str]) -> set[str]:
    runs = instance.get_runs(filters=RunsFilter(run_ids=list(run_ids))) if run_ids else []
    return {run.run_id for run in runs if not run.is_finished}


def _has_error(instance: DagsterInstance, latest: AssetCheckPartitionInfo) -> bool:
    """Return whether the last evaluation of a check holds back the current materialization of its partition."""
    evaluated = instance.event_log_storage.get_asset_check_execution_history(
        latest.check_key,
        limit=1,
        status={AssetCheckExecutionRecordStatus.FAILED, AssetCheckExecutionRecordStatus.SUCCEEDED},
        partition_filter=PartitionKeyFilter(key=latest.partition_key),
    )
    evaluation = evaluated[0].evaluation if evaluated else None
    if evaluation is None or not holds_back(evaluation.passed, evaluation.severity.value):
        return False
    target = evaluation.target_materialization_data
    return target is None or target.storage_id == latest.latest_materialization_storage_id


def with_partition_keys(context: AutomationContext[AssetKey], partitions: Collection[str]) -> EntitySubset[AssetKey]:
    """Return the subset of the asset under evaluation with these partitions."""
    pairs = {AssetKeyPartitionKey(context.key, partition) for partition in partitions}
    return context.asset_graph_view.get_asset_subset_from_asset_partitions(context.key, pairs)


def true_before(context: AutomationContext[AssetKey]) -> EntitySubset[AssetKey]:
    """Return the subset that a condition stored as its structured cursor at the previous evaluation."""
    stored = context.get_structured_cursor(as_type=SerializableEntitySubset)
    subset = context.asset_graph_view.get_subset_from_serializable_subset(stored) if stored else None
    return subset or context.get_empty_subset()


def is_retried(instance: DagsterInstance, run: DagsterRun, failure_reason: str | None) -> bool:
    """Return whether Dagster retries a failed run. `failure_reason` is the reason that Dagster recorded."""
    reason = RunFailureReason(failure_reason) if failure_reason else None
    return instance.run_retries_enabled and auto_reexecution_should_retry_run(instance, run, reason)


@contextmanager
def reused_connections() -> Iterator[None]:
    """Reuse the engine of each SQLite database and its connections, while this process executes a run.

    Dagster 1.13.27 creates an engine and a connection per event. So SQLAlchemy compiles every statement again, and
    SQLite reads the schema again, copies its write-ahead log into the database and syncs both. Evaluating the checks
    of an episode takes twice the CPU time with that.

    Does nothing with another version of Dagster than the one that this module is written for.
    """
    if dagster.__version__ != DAGSTER_VERSION:
        yield
        return
    # Imported here because SQLAlchemy takes 0.3 s, and loading the graph does not need it.
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from sqlalchemy.pool import QueuePool

    modules: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage)
    create_engine = modules[0].create_engine
    engines: dict[str, Engine] = {}
    with ExitStack() as connections:

        def engine_of(url: str, **options: Any) -> "Engine":
            if url not in engines:
                engine = create_engine(url, **{**options, "poolclass": QueuePool})
                connections.callback(type(engine).dispose, engine)
                engine.dispose = _keep_open  # Dagster calls it after each event
                engines[url] = engine
            return engines[url]

        for module in modules:
            module.create_engine = engine_of
        try:
            yield
        finally:
            for module in modules:
                module.create_engine = create_engine


def _keep_open(close: bool = True) -> None:
    """Stand in for `Engine.dispose`, which would close the connections."""


def read_migrations_once() -> None:
    """Let this process read the scripts of Dagster's migrations once.

    Dagster 1.13.27 reads all of them, in 20 ms, whenever it opens one of its SQLite databases: four times per run.

    Does nothing with another version of Dagster than the one that this module is written for.
    """
    if dagster.__version__ == DAGSTER_VERSION:
        from dagster._core.storage import sql

        sql.ScriptDirectory = _MigrationScripts  # type: ignore[attr-defined,assignment]


class _MigrationScripts:
    """Part of Alembic's `ScriptDirectory` that Dagster uses, with one reading per folder."""

    _read: ClassVar[dict[str | None, Any]] = {}

    @classmethod
    def from_config(cls, config: "Config") -> Any:
        from alembic.script import ScriptDirectory

        folder = config.get_main_option("script_location")
        if folder not in cls._read:
            cls._read[folder] = ScriptDirectory.from_config(config)
        return cls._read[folder]


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


def prune_ticks(instance: DagsterInstance, skipped_before: float, evaluations_before: float) -> None:
    """Delete skipped ticks of all sensors and schedules, and evaluations of automation, older than these times.

    Times are in seconds since 1970. Dagster's own retention counts in days, and each tick of the automation holds a
    cursor with all episodes. Evaluations in the code server are never deleted by Dagster.
    """
    if instance.schedule_storage is None:  # an instance in memory
        return
    for state in instance.all_instigator_state():
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, skipped_before, [TickStatus.SKIPPED])
    if instance.schedule_storage.supports_auto_materialize_asset_evaluations:
        instance.schedule_storage.purge_asset_evaluations(before=evaluations_before)


def start_runs_with(processes: Any) -> None:
    """Let the code server start the processes of its runs with `processes` instead of a context of `multiprocessing`.

    Call this before the code server has started, which is while it loads its code location. Does nothing with another
    version of Dagster than the one that this module is written for.
    """
    if dagster.__version__ != DAGSTER_VERSION:
        return
    from dagster._grpc.server import DagsterApiServer

    start_run = DagsterApiServer.StartRun

    def start_with_processes(server: Any, request: Any, context: Any) -> Any:
        server._mp_ctx = processes
        return start_run(server, request, context)

    DagsterApiServer.StartRun = start_with_processes  # type: ignore[method-assign,assignment]
