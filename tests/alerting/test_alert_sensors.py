"""The sensors on a real Dagster instance, with a real webhook, mail server and database."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    ExecuteInProcessResult,
    JobDefinition,
    MaterializeResult,
    SensorDefinition,
    asset,
    build_run_status_sensor_context,
    build_sensor_context,
    define_asset_job,
)

from screenalytics_assets.automation import alerts
from screenalytics_resources.errors import UserError
from tests.resources.notifiers.loopback import HttpScript, SmtpScript, http_server, smtp_server

EPISODE = "demo-s01e02"
SECRET = "T0P-S3CR3T"  # noqa: S105
OUTCOMES: dict[str, str] = {}
"""What the job's checks say: `passed`, `WARN` or `ERROR`; a `crash` fails the asset itself."""


def _result(name: str) -> AssetCheckResult:
    said = OUTCOMES.get(name, "passed")
    return AssetCheckResult(
        check_name=name,
        passed=said == "passed",
        severity=AssetCheckSeverity.WARN if said == "WARN" else AssetCheckSeverity.ERROR,
        description=f"{name} says {said}",
        metadata={"value": 0.75, "limit": 0.5},
    )


def tiny_job() -> JobDefinition:
    """One asset with a guardrail and a blocking check."""
    names = ("guardrail", "integrity")

    @asset(
        partitions_def=DynamicPartitionsDefinition(name="episodes"),
        check_specs=[AssetCheckSpec(name, asset="things", blocking=name == "integrity") for name in names],
    )
    def things():  # type: ignore[no-untyped-def]  # Dagster takes no annotation where checks come along
        if OUTCOMES.get("things") == "crash":
            raise RuntimeError(f"password {SECRET}")
        return MaterializeResult(check_results=[_result(name) for name in names])

    return Definitions(assets=[things], jobs=[define_asset_job("tiny")]).resolve_job_def("tiny")


@dataclass
class Office:
    """An instance with its job, its sensors and the cursors that the daemon would keep."""

    instance: DagsterInstance
    clock: list[float]
    log: logging.Handler
    cursors: dict[str, str | None] = field(default_factory=dict)

    def run(self, partition: str = EPISODE, **outcomes: str) -> ExecuteInProcessResult:
        OUTCOMES.clear()
        OUTCOMES.update(outcomes)
        self.instance.add_dynamic_partitions("episodes", [partition])
        return tiny_job().execute_in_process(instance=self.instance, partition_key=partition, raise_on_error=False)

    def tick(self, *sensors: SensorDefinition) -> list[str | None]:
        """One tick of these sensors, or of all, as the daemon has it; why each had nothing to launch."""
        return [self._tick(one) for one in sensors or alerts.ALERT_SENSORS]

    def _tick(self, one: SensorDefinition) -> str | None:
        context = build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(one.name),
            repository_name="__repository__",  # as in the daemon, while the job's runs belong to no repository
        )
        context.log.addHandler(self.log)
        data = one.evaluate_tick(context)
        self.cursors[one.name] = data.cursor
        errors = [reaction.error for reaction in data.dagster_run_reactions or () if reaction.error]
        assert errors == []
        return data.skip_message


@pytest.fixture
def storage() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def office(
    home: Path, storage: DagsterInstance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Office:
    clock = [1e9]
    monkeypatch.setattr(alerts, "now", lambda: clock[0])
    office = Office(storage, clock, caplog.handler)
    office.tick()
    return office


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpScript]:
    with http_server() as server:
        monkeypatch.setenv("SCREENALYTICS_ALERT_WEBHOOK_URL", f"{server.url}/{SECRET}")
        yield server


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpScript]:
    with smtp_server() as server:
        monkeypatch.setenv("SCREENALYTICS_ALERT_SMTP_URL", f"smtp://user:{SECRET}@127.0.0.1:{server.port}")
        monkeypatch.setenv("SCREENALYTICS_ALERT_MAIL_FROM", "a@example.org")
        monkeypatch.setenv("SCREENALYTICS_ALERT_MAIL_TO", "b@example.org")
        yield server


def on_file(home: Path) -> list[dict[str, Any]]:
    path = home / "alerts" / "alerts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def told(home: Path) -> list[tuple[str, str]]:
    return [(alert["check"], alert["state"]) for alert in on_file(home)]


def test_a_run_in_which_all_is_well_is_no_news(office: Office, home: Path) -> None:
    office.run()
    assert office.tick()[-1] == "0 alerts sent; waiting: none"
    assert told(home) == []


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param({"guardrail": "WARN"}, {("guardrail", "WARN")}, id="warning of a green run"),
        pytest.param({"guardrail": "ERROR"}, {("guardrail", "ERROR")}, id="error of a green run"),
        pytest.param({"integrity": "ERROR"}, {("integrity", "ERROR"), ("run_succeeds", "ERROR")}, id="blocking error"),
        pytest.param({"things": "crash"}, {("run_succeeds", "ERROR")}, id="crash"),
    ],
)
def test_failures_are_told_once_and_so_is_that_they_are_mended(
    office: Office, home: Path, outcomes: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    for _ in range(2):
        office.run(**outcomes)
        for _ in range(2):
            office.tick()
    first = told(home)
    assert len(first) == len(expected)
    assert set(first) == expected
    for _ in range(2):
        office.run()
        office.tick()
    assert set(told(home)[len(first) :]) == {(check, "passed") for check, _ in expected}
    assert len(told(home)) == 2 * len(first)


def test_an_alert_says_all_that_there_is_to_say(office: Office, home: Path, webhook: HttpScript) -> None:
    run = office.run(guardrail="ERROR")
    office.tick()
    (alert,) = on_file(home)
    assert json.loads(webhook.bodies[0]) == alert
    assert (alert["show"], alert["partition"], alert["asset"]) == ("demo", EPISODE, "things")
    assert (alert["value"], alert["limit"], alert["cause"]) == (0.75, 0.5, "guardrail says ERROR")
    assert alert["asset_url"] == f"http://127.0.0.1:3000/assets/things?view=partitions&partition={EPISODE}"
    assert alert["run_url"] == f"http://127.0.0.1:3000/runs/{run.run_id}"


def test_the_default_storage_which_numbers_events_by_run_serves_as_well(
    office: Office, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "dagster").mkdir()
    quiet = {"telemetry": {"enabled": False}}
    with DagsterInstance.local_temp(str(tmp_path / "dagster"), overrides=quiet) as instance:
        local = Office(instance, office.clock, office.log)
        local.tick()
        for outcome in ("WARN", "ERROR", "passed"):
            local.run(guardrail=outcome)
            local.tick(alerts.alerts_of_successful_runs)
    assert told(home) == [("guardrail", "WARN"), ("guardrail", "ERROR"), ("guardrail", "passed")]


def test_every_episode_is_told_of(office: Office, home: Path) -> None:
    for episode in ("demo-s01e01", EPISODE):
        office.run(episode, guardrail="WARN")
    office.tick()
    assert [alert["partition"] for alert in on_file(home)] == ["demo-s01e01", EPISODE]


def test_runs_seen_in_the_wrong_order_leave_the_newest_state(office: Office, home: Path) -> None:
    office.run(things="crash")
    office.run()
    office.tick(alerts.alerts_of_successful_runs, alerts.alerts_of_failed_runs)
    assert [(alert["check"], alert["state"], alert["late"]) for alert in on_file(home)] == [
        ("run_succeeds", "ERROR", True)
    ]
    office.run(things="crash")
    office.tick()
    assert told(home) == [("run_succeeds", "ERROR")] * 2


def test_the_checks_of_a_cancelled_run_are_told_but_not_as_a_failure(office: Office, home: Path) -> None:
    run = office.run(guardrail="WARN")
    ended = office.instance.get_run_by_id(run.run_id)
    assert ended is not None
    office.instance.report_run_canceled(ended)
    office.tick(alerts.alerts_of_cancelled_runs)
    assert told(home) == [("guardrail", "WARN")]


def test_the_sensors_can_be_called_with_a_built_context(office: Office, home: Path) -> None:
    run = office.run(things="crash")
    context = build_run_status_sensor_context(
        "alerts_of_failed_runs", run.get_run_failure_event(), office.instance, run.dagster_run
    )
    alerts.alerts_of_failed_runs(context.for_run_failure())
    assert told(home) == [("run_succeeds", "ERROR")]


def test_a_dead_webhook_holds_up_nobody_and_gets_its_alert_later_exactly_once(
    office: Office, home: Path, webhook: HttpScript, mailbox: SmtpScript
) -> None:
    webhook.statuses = [500, 0, 200]
    office.run(guardrail="WARN")
    office.tick()
    assert told(home) == [("guardrail", "WARN")]
    assert (len(mailbox.mails), len(webhook.bodies)) == (1, 1)
    assert office.tick(alerts.alert_outbox) == ["0 alerts sent; waiting: 1 for webhook"]
    for seconds in (30, 60, 3600, 3600):
        office.clock[0] += seconds
        office.tick()
    assert len(webhook.bodies) == 3, "refused, dropped, taken"
    assert len({json.loads(body)["id"] for body in webhook.bodies}) == 1
    assert (len(on_file(home)), len(mailbox.mails)) == (1, 1)


def test_a_run_whose_sensor_failed_is_caught_up_on(office: Office, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office.run(guardrail="WARN")
    with monkeypatch.context() as patch:
        patch.setattr("screenalytics_assets.alerting.ledger.AlertLedger.record", lambda *_: 1 / 0)
        data = alerts.alerts_of_successful_runs.evaluate_tick(
            build_sensor_context(instance=office.instance, cursor=office.cursors["alerts_of_successful_runs"])
        )
    office.cursors["alerts_of_successful_runs"] = data.cursor
    office.tick(alerts.alerts_of_successful_runs)
    assert told(home) == [], "Dagster does not come back to a run whose sensor failed"
    office.tick(alerts.alert_outbox)
    assert told(home) == [("guardrail", "WARN")]


def test_no_secret_reaches_logs_files_database_or_run(
    office: Office, home: Path, webhook: HttpScript, mailbox: SmtpScript, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook.statuses = [302]
    mailbox.refuse = "AUTH"
    run = office.run(guardrail="WARN")
    office.tick()
    office.run(things="crash")
    office.tick()
    written = b"".join(path.read_bytes() for path in (home / "alerts").iterdir())
    assert b"guardrail" in written
    assert SECRET.encode() not in written
    assert SECRET not in caplog.text
    assert "Alerts wait: webhook: answered with a redirect" in caplog.text
    assert SECRET not in "".join(str(entry) for entry in office.instance.all_logs(run.run_id))


def test_an_address_of_the_interface_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_UI_URL", "javascript:alert(1)")
    with pytest.raises(UserError, match="SCREENALYTICS_UI_URL = 'javascript"):
        alerts.ui_address()


def test_the_address_of_the_interface_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_UI_URL", "https://ui.example.org/dagster/")
    assert alerts.ui_address() == "https://ui.example.org/dagster"


def test_runs_that_ended_before_the_first_look_are_told(
    storage: DagsterInstance, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(storage, [], caplog.handler)
    office.run(things="crash")
    for _ in range(2):
        office.tick(alerts.alert_outbox)
    assert told(home) == [("run_succeeds", "ERROR")]


@pytest.mark.parametrize("text", ["soon", "0", "inf", "nan"])
def test_a_time_to_keep_alerts_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SCREENALYTICS_ALERT_KEEP_DAYS", text)
    with pytest.raises(UserError, match="SCREENALYTICS_ALERT_KEEP_DAYS = "):
        alerts.keep_days()
