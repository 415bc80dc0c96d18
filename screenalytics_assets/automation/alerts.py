"""Alerts: sensors that look at every run that ended, whoever started it, and send what changed.

The run sensors act at once. Dagster moves on from a run even when its sensor fails, so `alert_outbox` looks at
the runs again, skips those that are recorded, and tries anew what could not be sent.
"""

import math
import os
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from dagster import (
    AssetCheckEvaluation,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
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
from screenalytics_assets.dagster_support.internals import is_retried
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.configured import configured_notifiers
from screenalytics_resources.notifiers.notifier import Notifier
from screenalytics_resources.run_tags import PARTITION_TAG

KEEP_VARIABLE = "SCREENALYTICS_ALERT_KEEP_DAYS"
DEFAULT_KEEP_DAYS = 90.0
DAY_S = 24 * 3600.0
UI_VARIABLE = "SCREENALYTICS_UI_URL"
DEFAULT_UI_URL = "http://127.0.0.1:3000"
ALERTS_FOLDER = "alerts"
RUN_CHECK = "run_succeeds"
"""Stands for a run's own outcome where a check has its name."""
FILE_CHECK = "video_is_usable"
"""Stands for what the sensor `new_episodes` says of a file below `videos/`."""
RUNS_A_TICK = 50
WILL_RETRY_TAG = "dagster/will_retry"
RUN_FAILURE_REASON_TAG = "dagster/failure_reason"
_ENDED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


@dataclass(frozen=True)
class AlertDesk:
    """What the sensors work with, as the environment has it at this tick."""

    ledger: AlertLedger
    notifiers: tuple[Notifier, ...]
    ui_url: str

    def record(self, instance: DagsterInstance, ended: RunRecord) -> None:
        """Record an ended run and queue its alerts, unless that has happened before."""
        run = ended.dagster_run
        if self.ledger.is_recorded(run.run_id, run.status.value):
            return
        evaluations = [*_check_evaluations(instance, ended), *_run_evaluation(instance, ended)]
        names = [notifier.name for notifier in self.notifiers]
        self.ledger.record(run.run_id, run.status.value, evaluations, names, now())

    def deliver(self) -> Delivery:
        """Send what is due."""
        return deliver(self.ledger, self.notifiers, self.ui_url, now)


def now() -> float:
    """Seconds since 1970."""
    return time.time()


def alert_desk() -> AlertDesk:
    """The desk below the data root, with the notifiers and the address that the environment names."""
    folder = alerts_folder()
    return AlertDesk(AlertLedger(folder), configured_notifiers(folder, os.environ), ui_address())


def alerts_folder() -> Path:
    """Where alerts are kept."""
    return ArtifactStore(data_root()).machine_folder / ALERTS_FOLDER


def record_refused_files(refused: Mapping[str, str], unready: Collection[str]) -> None:
    """Queue an alert for each file that is `refused`, with its sentence, and for each that no longer is `unready`.

    Files are named by their path below `videos/`. What is neither refused nor waited for is mended, or gone.
    """
    ledger, at = AlertLedger(alerts_folder()), now()
    said = {f"videos/{file}": sentence for file, sentence in refused.items()}
    mended = ledger.failing(FILE_CHECK) - said.keys() - {f"videos/{file}" for file in unready}
    evaluations = [Evaluation(Key(file, "", FILE_CHECK), "ERROR", sentence, "", at) for file, sentence in said.items()]
    evaluations += [Evaluation(Key(file, "", FILE_CHECK), "passed", "", "", at) for file in sorted(mended)]
    if evaluations:
        ledger.record_now(evaluations, [one.name for one in configured_notifiers(alerts_folder(), os.environ)], at)


def ui_address() -> str:
    """`SCREENALYTICS_UI_URL` without a trailing slash; raises `UserError` if it is no http address."""
    address = os.environ.get(UI_VARIABLE) or DEFAULT_UI_URL
    if urlsplit(address).scheme not in ("http", "https") or not address.isprintable() or " " in address:
        raise UserError(f"{UI_VARIABLE} = {address!r} is not an address: write one such as {DEFAULT_UI_URL}.")
    return address.rstrip("/")


def keep_days() -> float:
    """How long what is done with is kept, in days; raises `UserError` for what is no such number."""
    text = os.environ.get(KEEP_VARIABLE) or str(DEFAULT_KEEP_DAYS)
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not 1 <= days < math.inf:
        raise UserError(f"{KEEP_VARIABLE} = {text!r} is no number of days: write 1 or more, such as 90.")
    return days


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitor_all_code_locations=True,  # the runs of the command line belong to none
    default_status=DefaultSensorStatus.RUNNING,
    description="Sends what the checks of a successful run say anew.",
)
def alerts_of_successful_runs(context: RunStatusSensorContext) -> None:
    _report(context)


@run_status_sensor(
    run_status=DagsterRunStatus.CANCELED,
    monitor_all_code_locations=True,
    default_status=DefaultSensorStatus.RUNNING,
    description="Sends what the checks of a cancelled run said before it ended.",
)
def alerts_of_cancelled_runs(context: RunStatusSensorContext) -> None:
    _report(context)


@run_failure_sensor(
    monitor_all_code_locations=True,
    default_status=DefaultSensorStatus.RUNNING,
    description="Sends that a run failed, and what its checks say anew.",
)
def alerts_of_failed_runs(context: RunFailureSensorContext) -> None:
    _report(context)


@sensor(
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Tries again to send alerts, and catches up on runs that the other alert sensors missed.",
)
def alert_outbox(context: SensorEvaluationContext) -> SkipReason:
    desk = alert_desk()
    context.update_cursor(_catch_up(desk, context.instance, context.cursor))
    desk.ledger.prune(now() - keep_days() * DAY_S)
    delivery = desk.deliver()
    for failure in delivery.failures:
        context.log.warning(f"Alerts wait: {failure}")
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
        return  # deleted since: nothing is left to report on
    desk.record(context.instance, ended)
    for failure in desk.deliver().failures:
        context.log.warning(f"Alerts wait: {failure}")


def _catch_up(desk: AlertDesk, instance: DagsterInstance, cursor: str | None) -> str:
    """Record runs that changed after the time `cursor`, oldest first; the next cursor. The first one is a day ago."""
    if cursor is None:
        cursor = datetime.fromtimestamp(now() - DAY_S, UTC).isoformat()
    since = RunsFilter(statuses=list(_ENDED), updated_after=datetime.fromisoformat(cursor))
    changed = instance.get_run_records(since, limit=RUNS_A_TICK, order_by="update_timestamp", ascending=True)
    for ended in changed:
        desk.record(instance, ended)
    return changed[-1].update_timestamp.isoformat() if changed else cursor


def _check_evaluations(instance: DagsterInstance, ended: RunRecord) -> Iterator[Evaluation]:
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
        value=_plain(data, "value"),
        limit=_plain(data, "limit"),
    )


def _plain(data: AssetCheckEvaluation, name: str) -> float | str | None:
    """A number or text of the metadata; JSON has no infinity, which becomes text."""
    value = data.metadata[name].value if name in data.metadata else None
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | str) else None


def _run_evaluation(instance: DagsterInstance, ended: RunRecord) -> Iterator[Evaluation]:
    """The outcome of the run itself; a cancelled run neither failed nor mended anything.

    Without the text of the errors, which may hold anything: it stays in the run.
    """
    run = ended.dagster_run
    if run.status == DagsterRunStatus.CANCELED:
        return
    partition = run.tags.get(PARTITION_TAG, "")
    failed = run.status == DagsterRunStatus.FAILURE
    yield Evaluation(
        key=Key(partition, "", RUN_CHECK if partition else f"{RUN_CHECK} ({run.job_name})"),
        state="ERROR" if failed else "passed",
        cause=_failure(instance, run) if failed else "",
        run_id=run.run_id,
        at=ended.end_time or ended.update_timestamp.timestamp(),
    )


def _failure(instance: DagsterInstance, run: DagsterRun) -> str:
    records = instance.get_records_for_run(run.run_id, of_type=DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in records]
    steps = sorted({event.step_key for event in events if event is not None and event.step_key})
    where = f"failed in {', '.join(steps)}" if steps else "failed outside its steps"
    if is_started_again(instance, run):
        return f"The run {where}, as its process was lost or took too long; it is started again by itself."
    return f"The run {where}; its page has the error. Mend the cause and run the episode again."


def is_started_again(instance: DagsterInstance, run: DagsterRun) -> bool:
    """Whether the daemon starts this failed run again, which Dagster notes down only a moment after the failure."""
    if run.remote_job_origin is None:
        return False
    if WILL_RETRY_TAG in run.tags:
        return run.tags[WILL_RETRY_TAG] == "true"
    return is_retried(instance, run, run.tags.get(RUN_FAILURE_REASON_TAG))
