"""Alert sensors: they process each ended run, however it was started, and send an alert for each changed state.

The run status sensors act immediately. Dagster does not retry a run status sensor that failed, so `alert_outbox`
processes recent runs again, skips recorded ones, and retries messages that could not be sent.
"""

import math
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRecord,
    RunsFilter,
    RunStatusSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)

from screenalytics_assets.alerting.alert import Evaluation, Key
from screenalytics_assets.alerting.delivery import Delivery, deliver
from screenalytics_assets.alerting.ledger import AlertLedger
from screenalytics_assets.automation.failed_ticks import failing_instigators
from screenalytics_assets.automation.run_evaluations import check_evaluations, run_evaluation
from screenalytics_assets.automation.sensor_interval import SENSOR_INTERVAL_S, requested_interval_s
from screenalytics_assets.dagster_support.internals import prune_ticks
from screenalytics_assets.library.partition_keys import odd_keys
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.configured import configured_notifiers
from screenalytics_resources.notifiers.notifier import Notifier
from screenalytics_resources.ui_address import ui_address

KEEP_VARIABLE = "SCREENALYTICS_ALERT_KEEP_DAYS"
DEFAULT_KEEP_DAYS = 90.0
DAY_S = 24 * 3600.0
ALERTS_FOLDER = "alerts"
FILE_CHECK = "video_is_usable"
"""Check name of the result of the sensor `new_episodes` for a file below `videos/`."""
EPISODE_CHECK = "episode_is_readable"
"""Check name of the result of the schedule `nightly_backfill` for an episode."""
KEY_CHECK = "partition_key_is_valid"
"""Check name of the result of the sensor `alert_outbox` for a partition key."""
TICK_CHECK = "tick_succeeds"
"""Check name of the last tick of a sensor or schedule."""
SKIPPED_TICK_S = 3600.0
"""Skipped ticks of sensors and schedules are kept this long, s. By default there are 120 per sensor and hour."""
EVALUATION_S = DAY_S
"""Evaluations of the automation conditions are kept this long, s. One after a change takes about 0.5 MB."""
RUNS_PER_TICK = 50
_ENDED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


@dataclass(frozen=True)
class AlertDesk:
    """Ledger, notifiers and UI address, configured from the environment at each tick."""

    ledger: AlertLedger
    notifiers: tuple[Notifier, ...]
    ui_url: str

    def record(self, instance: DagsterInstance, ended: RunRecord) -> None:
        """Record an ended run and queue its alerts, unless it is already recorded."""
        run = ended.dagster_run
        if self.ledger.is_recorded(run.run_id, run.status.value):
            return
        evaluations = [*check_evaluations(instance, ended), *run_evaluation(instance, ended)]
        names = [notifier.name for notifier in self.notifiers]
        self.ledger.record(run.run_id, run.status.value, evaluations, names, now())

    def deliver(self) -> Delivery:
        """Send all due messages."""
        return deliver(self.ledger, self.notifiers, self.ui_url, now)


def now() -> float:
    """Return the current time in seconds since 1970."""
    return time.time()


def alert_desk() -> AlertDesk:
    """Return the desk with the ledger below the data root, and the notifiers and UI address of the environment."""
    folder = alerts_folder()
    return AlertDesk(AlertLedger(folder), configured_notifiers(folder, os.environ), ui_address())


def alerts_folder() -> Path:
    """Return the folder of the alert ledger."""
    return ArtifactStore(data_root()).machine_folder / ALERTS_FOLDER


def record_refused_files(refused: Mapping[str, str], unready: Collection[str]) -> None:
    """Queue an alert for each newly refused file, and for each formerly refused file that is fixed or gone.

    Args:
        refused: reason by file, for the files refused at this tick.
        unready: files that were refused or are still being written. A formerly refused file that is neither is fixed
            or gone. Files are named by their path below `videos/`.
    """
    reasons = {f"videos/{file}": reason for file, reason in refused.items()}
    record_states(FILE_CHECK, reasons, [f"videos/{file}" for file in unready])


def record_states(check: str, failing: Mapping[str, str], unknown: Collection[str] = ()) -> None:
    """Queue an alert for each member of a batch that newly fails `check`, and for each that no longer fails it.

    `failing` has the reason by member. Members whose state is `unknown` keep their last state.
    """
    ledger, at = AlertLedger(alerts_folder()), now()
    resolved = ledger.failing(check) - failing.keys() - set(unknown)
    evaluations = [Evaluation(Key(name, "", check), "ERROR", reason, "", at) for name, reason in failing.items()]
    evaluations += [Evaluation(Key(name, "", check), "passed", "", "", at) for name in sorted(resolved)]
    if evaluations:
        ledger.record_now(evaluations, [one.name for one in configured_notifiers(alerts_folder(), os.environ)], at)


def keep_days() -> float:
    """Return how long delivered alerts and passed states are kept, in days. Raises `UserError` if invalid."""
    text = os.environ.get(KEEP_VARIABLE) or str(DEFAULT_KEEP_DAYS)
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not 1 <= days < math.inf:
        raise UserError(
            f"{KEEP_VARIABLE} = {text!r} is not a valid number of days. Use a number of at least 1, such as 90."
        )
    return days


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    monitor_all_code_locations=True,  # runs of the command line belong to no code location
    default_status=DefaultSensorStatus.RUNNING,
    description="Sends an alert for each check of a successful run whose state changed.",
)
def alerts_of_successful_runs(context: RunStatusSensorContext) -> None:
    _report(context)


@run_status_sensor(
    run_status=DagsterRunStatus.CANCELED,
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    monitor_all_code_locations=True,
    default_status=DefaultSensorStatus.RUNNING,
    description="Sends an alert for each check of a cancelled run whose state changed.",
)
def alerts_of_cancelled_runs(context: RunStatusSensorContext) -> None:
    _report(context)


@run_failure_sensor(
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    monitor_all_code_locations=True,
    default_status=DefaultSensorStatus.RUNNING,
    description="Sends an alert for a failed run, and for each of its checks whose state changed.",
)
def alerts_of_failed_runs(context: RunFailureSensorContext) -> None:
    _report(context)


@sensor(
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    default_status=DefaultSensorStatus.RUNNING,
    description="Retries alerts that could not be sent, and processes runs that the other alert sensors missed.",
)
def alert_outbox(context: SensorEvaluationContext) -> SkipReason:
    desk = alert_desk()
    context.update_cursor(_catch_up(desk, context.instance, context.cursor))
    record_states(TICK_CHECK, *failing_instigators(context.instance))
    record_states(KEY_CHECK, _odd_keys(context.instance))
    delivery = desk.deliver()
    for failure in delivery.failures:
        context.log.warning(f"Alerts are waiting: {failure}")
    prune_ticks(context.instance, now() - SKIPPED_TICK_S, now() - EVALUATION_S)
    # Last, because invalid variables must not keep alerts back.
    desk.ledger.prune(now() - keep_days() * DAY_S)
    requested_interval_s()
    waiting = ", ".join(f"{count} for {name}" for name, count in sorted(desk.ledger.waiting().items()))
    return SkipReason(f"{delivery.sent} alerts sent; waiting: {waiting or 'none'}")


ALERT_SENSORS: tuple[SensorDefinition, ...] = (
    alerts_of_successful_runs,
    alerts_of_cancelled_runs,
    alerts_of_failed_runs,
    alert_outbox,
)


def _report(context: RunStatusSensorContext) -> None:
    desk = alert_desk()
    ended = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    if ended is None:
        return  # the run was deleted in the meantime
    desk.record(context.instance, ended)
    for failure in desk.deliver().failures:
        context.log.warning(f"Alerts are waiting: {failure}")


def _catch_up(desk: AlertDesk, instance: DagsterInstance, cursor: str | None) -> str:
    """Record runs that changed after the time `cursor`, oldest first, and return the next cursor.

    Without a cursor, start with the runs of the last 24 hours.
    """
    if cursor is None:
        cursor = datetime.fromtimestamp(now() - DAY_S, UTC).isoformat()
    since = RunsFilter(statuses=list(_ENDED), updated_after=datetime.fromisoformat(cursor))
    changed = instance.get_run_records(since, limit=RUNS_PER_TICK, order_by="update_timestamp", ascending=True)
    for ended in changed:
        desk.record(instance, ended)
    return changed[-1].update_timestamp.isoformat() if changed else cursor


def _odd_keys(instance: DagsterInstance) -> dict[str, str]:
    return odd_keys(*(instance.get_dynamic_partitions(name) for name in ("episodes", "shows")))
