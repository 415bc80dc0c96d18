"""Alerts about sensors and schedules whose last tick failed."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance, build_sensor_context
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.errors import DagsterError
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._utils.error import SerializableErrorInfo, serializable_error_info_from_exc_info

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation import alerts
from screenalytics_resources.errors import UnavailableError, UserError

SECRET = "T0P-S3CR3T"  # noqa: S105


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        yield instance


def tick(
    instance: DagsterInstance,
    at: float,
    error: Exception | None = None,
    name: str = "nightly_backfill",
    location: str = "here",
    status: InstigatorStatus = InstigatorStatus.DECLARED_IN_CODE,
) -> None:
    """Record a tick as the daemon does. `error` is wrapped as Dagster wraps the errors of user code."""
    code = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="tests"), location_name=location)
    scheduled = name == "nightly_backfill"
    kind = InstigatorType.SCHEDULE if scheduled else InstigatorType.SENSOR
    data = ScheduleInstigatorData("0 2 * * *") if scheduled else SensorInstigatorData()
    state = InstigatorState(RemoteRepositoryOrigin(code, "r").get_instigator_origin(name), kind, status, data)
    if instance.get_instigator_state(state.instigator_origin_id, state.selector_id) is None:
        instance.add_instigator_state(state)
    else:
        instance.update_instigator_state(state)
    outcome = TickStatus.SKIPPED if error is None else TickStatus.FAILURE
    info = None if error is None else wrapped(error)
    instance.create_tick(
        TickData(state.instigator_origin_id, name, kind, outcome, at, selector_id=state.selector_id, error=info)
    )


def wrapped(error: Exception) -> SerializableErrorInfo:
    try:
        raise DagsterError("Error occurred during the evaluation") from error
    except DagsterError:
        return serializable_error_info_from_exc_info(sys.exc_info())


def alerted(instance: DagsterInstance, home: Path) -> list[dict[str, Any]]:
    alerts.alert_outbox(build_sensor_context(instance))
    path = home / "alerts" / "alerts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def states(sent: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(alert["state"], alert["check"], alert["partition"]) for alert in sent]


def test_a_failing_schedule_is_one_alert_until_it_works_again(instance: DagsterInstance, home: Path) -> None:
    tick(instance, 1.0)
    assert alerted(instance, home) == []
    for at in (2.0, 3.0):
        tick(instance, at, UserError("The pack is unknown."))
        sent = alerted(instance, home)
    assert states(sent) == [("ERROR", "tick_succeeds", "schedule nightly_backfill")]
    assert sent[0]["cause"] == "The pack is unknown."
    tick(instance, 4.0)
    assert states(alerted(instance, home))[1:] == [("passed", "tick_succeeds", "schedule nightly_backfill")]


def test_each_instigator_has_its_own_alert(instance: DagsterInstance, home: Path) -> None:
    tick(instance, 1.0, UserError("a"), "automation")
    tick(instance, 1.0, UserError("b"), "new_episodes")
    names = [partition for _, _, partition in states(alerted(instance, home))]
    assert sorted(names) == ["sensor automation", "sensor new_episodes"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            RuntimeError(SECRET),
            "The last tick of the schedule nightly_backfill failed (YAMLError). Its page under Automation in the UI "
            "shows the error.",
            id="other errors may hold secrets",
        ),
        pytest.param(UserError("The file is bad."), "The file is bad.", id="sentences are for users"),
        pytest.param(UnavailableError("No answer."), "No answer.", id="a kind of sentence"),
    ],
)
def test_the_cause_is_safe_to_send(instance: DagsterInstance, home: Path, error: Exception, expected: str) -> None:
    error.__cause__ = yaml.YAMLError(SECRET)
    tick(instance, 1.0, error)
    (alert,) = alerted(instance, home)
    assert alert["cause"] == expected
    assert SECRET not in json.dumps(alert)


def test_a_code_location_that_was_renamed_does_not_fail_for_ever(instance: DagsterInstance, home: Path) -> None:
    tick(instance, 1.0, UserError("a"), location="old")
    tick(instance, 2.0, location="new")
    assert alerted(instance, home) == []


def test_a_sensor_that_is_switched_off_keeps_its_state(instance: DagsterInstance, home: Path) -> None:
    tick(instance, 1.0, UserError("a"))
    assert len(alerted(instance, home)) == 1
    tick(instance, 2.0, status=InstigatorStatus.STOPPED)
    assert len(alerted(instance, home)) == 1


def test_an_invalid_number_of_days_does_not_keep_alerts_back(
    instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENALYTICS_ALERT_KEEP_DAYS", "never")
    tick(instance, 1.0, UserError("a"))
    with pytest.raises(UserError, match="is not a valid number of days"):
        alerted(instance, home)
    lines = (home / "alerts" / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(line)["cause"] for line in lines] == ["a"]


def test_skipped_ticks_are_deleted_after_an_hour_and_others_are_kept(instance: DagsterInstance, home: Path) -> None:
    now = time.time()
    tick(instance, now - 3700)
    tick(instance, now - 3650, UserError("a"))
    tick(instance, now - 60)
    alerted(instance, home)
    (state,) = instance.all_instigator_state()
    kept = instance.get_ticks(state.instigator_origin_id, state.selector_id)
    assert [(one.status, round(now - one.timestamp)) for one in kept] == [
        (TickStatus.SKIPPED, 60),
        (TickStatus.FAILURE, 3650),
    ]


def test_ticks_of_all_kinds_have_a_retention(instance: DagsterInstance) -> None:
    for kind in (InstigatorType.SCHEDULE, InstigatorType.SENSOR):
        days = instance.get_tick_retention_settings(kind)
        assert all(0 < days[status] <= 90 for status in TickStatus)
