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
    AssetKey,
    DagsterInstance,
    DagsterRun,
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

from screenalytics_assets.automation import alerts, run_evaluations
from screenalytics_resources.errors import UserError
from tests.resources.notifiers.loopback import HttpScript, SmtpScript, http_server, smtp_server

EPISODE = "demo-s01e02"
SECRET = "T0P-S3CR3T"  # noqa: S105
OUTCOMES: dict[str, str] = {}
"""Result of each of the job's checks: `passed`, `WARN` or `ERROR`. `crash` makes the asset itself fail."""


def _result(name: str) -> AssetCheckResult:
    state = OUTCOMES.get(name, "passed")
    return AssetCheckResult(
        check_name=name,
        passed=state == "passed",
        severity=AssetCheckSeverity.WARN if state == "WARN" else AssetCheckSeverity.ERROR,
        description=f"{name} is {state}",
        metadata={"value": 0.75, "limit": "0.5"},  # as guardrails give it
    )


def tiny_job(name: str = "tiny") -> JobDefinition:
    """One asset with a guardrail and a blocking check."""
    names = ("guardrail", "integrity")

    @asset(
        partitions_def=DynamicPartitionsDefinition(name="episodes"),
        check_specs=[AssetCheckSpec(name, asset="things", blocking=name == "integrity") for name in names],
    )
    def things():  # type: ignore[no-untyped-def]  # Dagster accepts no annotation if the asset has checks
        if OUTCOMES.get("things") == "crash":
            raise RuntimeError(f"password {SECRET}")
        return MaterializeResult(check_results=[_result(name) for name in names])

    return Definitions(assets=[things], jobs=[define_asset_job(name)]).resolve_job_def(name)


@dataclass
class Platform:
    """An instance with its job and sensors, and the cursors that the daemon would keep."""

    instance: DagsterInstance
    clock: list[float]
    log: logging.Handler
    cursors: dict[str, str | None] = field(default_factory=dict)

    def run(self, partition: str = EPISODE, job: str = "tiny", **outcomes: str) -> ExecuteInProcessResult:
        OUTCOMES.clear()
        OUTCOMES.update(outcomes)
        self.instance.add_dynamic_partitions("episodes", [partition])
        return tiny_job(job).execute_in_process(instance=self.instance, partition_key=partition, raise_on_error=False)

    def tick(self, *sensors: SensorDefinition) -> list[str | None]:
        """Evaluate these sensors, or all, as the daemon would. Return the skip message of each."""
        return [self._tick(each) for each in sensors or alerts.ALERT_SENSORS]

    def _tick(self, definition: SensorDefinition) -> str | None:
        context = build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(definition.name),
            repository_name="__repository__",  # as in the daemon; the job's runs belong to no repository
        )
        context.log.addHandler(self.log)
        data = definition.evaluate_tick(context)
        self.cursors[definition.name] = data.cursor
        errors = [reaction.error for reaction in data.dagster_run_reactions or () if reaction.error]
        assert errors == []
        return data.skip_message


@pytest.fixture
def storage() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def platform(
    home: Path, storage: DagsterInstance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Platform:
    clock = [1e9]
    monkeypatch.setattr(alerts, "now", lambda: clock[0])
    platform = Platform(storage, clock, caplog.handler)
    platform.tick()
    return platform


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


def sent_alerts(home: Path) -> list[dict[str, Any]]:
    path = home / "alerts" / "alerts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def sent_states(home: Path) -> list[tuple[str, str]]:
    return [(alert["check"], alert["state"]) for alert in sent_alerts(home)]


def test_a_successful_run_causes_no_alert(platform: Platform, home: Path) -> None:
    platform.run()
    assert platform.tick()[-1] == "0 alerts sent; waiting: none"
    assert sent_states(home) == []


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param({"guardrail": "WARN"}, {("guardrail", "WARN")}, id="warning of a successful run"),
        pytest.param({"guardrail": "ERROR"}, {("guardrail", "ERROR")}, id="error of a successful run"),
        pytest.param({"integrity": "ERROR"}, {("integrity", "ERROR"), ("run_succeeds", "ERROR")}, id="blocking error"),
        pytest.param({"things": "crash"}, {("run_succeeds", "ERROR")}, id="crash"),
    ],
)
def test_failures_and_recoveries_cause_one_alert_each(
    platform: Platform, home: Path, outcomes: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    for _ in range(2):
        platform.run(**outcomes)
        for _ in range(2):
            platform.tick()
    first = sent_states(home)
    assert len(first) == len(expected)
    assert set(first) == expected
    for _ in range(2):
        platform.run()
        platform.tick()
    assert set(sent_states(home)[len(first) :]) == {(check, "passed") for check, _ in expected}
    assert len(sent_states(home)) == 2 * len(first)


def test_an_alert_has_state_place_value_cause_and_links(platform: Platform, home: Path, webhook: HttpScript) -> None:
    run = platform.run(guardrail="ERROR")
    platform.tick()
    (alert,) = sent_alerts(home)
    assert json.loads(webhook.bodies[0]) == alert
    assert (alert["show"], alert["partition"], alert["asset"]) == ("demo", EPISODE, "things")
    assert (alert["value"], alert["limit"], alert["cause"]) == (0.75, 0.5, "guardrail is ERROR")
    assert alert["check_url"] == "http://127.0.0.1:3000/assets/things?view=checks&checkDetail=guardrail"
    assert alert["asset_url"] == f"http://127.0.0.1:3000/assets/things?view=partitions&partition={EPISODE}"
    assert alert["run_url"] == f"http://127.0.0.1:3000/runs/{run.run_id}"


def test_alerts_work_with_the_default_storage_which_numbers_events_per_run(
    platform: Platform, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "dagster").mkdir()
    quiet = {"telemetry": {"enabled": False}}
    with DagsterInstance.local_temp(str(tmp_path / "dagster"), overrides=quiet) as instance:
        local = Platform(instance, platform.clock, platform.log)
        local.tick()
        for outcome in ("WARN", "ERROR", "passed"):
            local.run(guardrail=outcome)
            local.tick(alerts.alerts_of_successful_runs)
    assert sent_states(home) == [("guardrail", "WARN"), ("guardrail", "ERROR"), ("guardrail", "passed")]


def test_each_episode_has_its_own_alert(platform: Platform, home: Path) -> None:
    for episode in ("demo-s01e01", EPISODE):
        platform.run(episode, guardrail="WARN")
    platform.tick()
    assert [alert["partition"] for alert in sent_alerts(home)] == ["demo-s01e01", EPISODE]


def test_a_run_of_another_job_is_no_recovery(platform: Platform, home: Path) -> None:
    platform.run(job="cleanup", things="crash")
    platform.run(job="episode")
    platform.tick()
    assert [(alert["state"], alert["job"]) for alert in sent_alerts(home)] == [("ERROR", "cleanup")]
    platform.run(job="cleanup")
    platform.tick()
    assert [(alert["state"], alert["job"]) for alert in sent_alerts(home)][1:] == [("passed", "cleanup")]


def test_a_run_of_another_episode_is_no_recovery(platform: Platform, home: Path) -> None:
    platform.run(things="crash")
    platform.run("demo-s01e09")
    platform.tick()
    assert sent_states(home) == [("run_succeeds", "ERROR")]


@pytest.mark.parametrize(
    ("job", "assets", "expected"),
    [
        pytest.param("episode", [], "episode", id="named job"),
        pytest.param("__ASSET_JOB", ["tracks", "faces"], "episode", id="assets of an episode"),
        pytest.param("__ASSET_JOB", ["cleanup_report"], "cleanup", id="cleanup in the UI"),
        pytest.param("__ASSET_JOB", ["season_identities"], "season", id="season in the UI"),
        pytest.param("__ASSET_JOB", ["faces", "cleanup_report"], "__ASSET_JOB", id="assets of two jobs"),
        pytest.param("__ASSET_JOB", ["something_else"], "__ASSET_JOB", id="asset of another code location"),
        pytest.param("__ASSET_JOB", [], "__ASSET_JOB", id="checks only"),
    ],
)
def test_the_job_whose_outcome_a_run_decides(job: str, assets: list[str], expected: str) -> None:
    selection = frozenset(AssetKey(asset) for asset in assets) or None
    assert run_evaluations.outcome_job(DagsterRun(job_name=job, asset_selection=selection)) == expected


def test_runs_processed_out_of_order_leave_the_newest_state(platform: Platform, home: Path) -> None:
    platform.run(things="crash")
    platform.run()
    platform.tick(alerts.alerts_of_successful_runs, alerts.alerts_of_failed_runs)
    assert [(alert["check"], alert["state"], alert["late"]) for alert in sent_alerts(home)] == [
        ("run_succeeds", "ERROR", True)
    ]
    platform.run(things="crash")
    platform.tick()
    assert sent_states(home) == [("run_succeeds", "ERROR")] * 2


def test_a_cancelled_run_reports_its_checks_but_no_failure(platform: Platform, home: Path) -> None:
    run = platform.run(guardrail="WARN")
    ended = platform.instance.get_run_by_id(run.run_id)
    assert ended is not None
    platform.instance.report_run_canceled(ended)
    platform.tick(alerts.alerts_of_cancelled_runs)
    assert sent_states(home) == [("guardrail", "WARN")]


def test_a_sensor_can_be_called_with_a_built_context(platform: Platform, home: Path) -> None:
    run = platform.run(things="crash")
    context = build_run_status_sensor_context(
        "alerts_of_failed_runs", run.get_run_failure_event(), platform.instance, run.dagster_run
    )
    alerts.alerts_of_failed_runs(context.for_run_failure())
    assert sent_states(home) == [("run_succeeds", "ERROR")]


def test_an_unreachable_webhook_delays_no_other_and_gets_its_alert_later_exactly_once(
    platform: Platform, home: Path, webhook: HttpScript, mailbox: SmtpScript
) -> None:
    webhook.statuses = [500, 0, 200]
    platform.run(guardrail="WARN")
    platform.tick()
    assert sent_states(home) == [("guardrail", "WARN")]
    assert (len(mailbox.mails), len(webhook.bodies)) == (1, 1)
    assert platform.tick(alerts.alert_outbox) == ["0 alerts sent; waiting: 1 for webhook"]
    for seconds in (30, 60, 3600, 3600):
        platform.clock[0] += seconds
        platform.tick()
    assert len(webhook.bodies) == 3, "refused, dropped, accepted"
    assert len({json.loads(body)["id"] for body in webhook.bodies}) == 1
    assert (len(sent_alerts(home)), len(mailbox.mails)) == (1, 1)


def test_a_run_whose_sensor_failed_is_processed_later(
    platform: Platform, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.run(guardrail="WARN")
    with monkeypatch.context() as patch:
        patch.setattr("screenalytics_assets.alerting.ledger.AlertLedger.record", lambda *_: 1 / 0)
        data = alerts.alerts_of_successful_runs.evaluate_tick(
            build_sensor_context(instance=platform.instance, cursor=platform.cursors["alerts_of_successful_runs"])
        )
    platform.cursors["alerts_of_successful_runs"] = data.cursor
    platform.tick(alerts.alerts_of_successful_runs)
    assert sent_states(home) == [], "Dagster does not retry a run whose sensor failed"
    platform.tick(alerts.alert_outbox)
    assert sent_states(home) == [("guardrail", "WARN")]


def test_no_secret_reaches_logs_files_database_or_run(
    platform: Platform, home: Path, webhook: HttpScript, mailbox: SmtpScript, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook.statuses = [302]
    mailbox.refuse = "AUTH"
    run = platform.run(guardrail="WARN")
    platform.tick()
    platform.run(things="crash")
    platform.tick()
    written = b"".join(path.read_bytes() for path in (home / "alerts").iterdir())
    assert b"guardrail" in written
    assert SECRET.encode() not in written
    assert SECRET not in caplog.text
    assert "Alerts are waiting: webhook: answered with a redirect" in caplog.text
    assert SECRET not in "".join(str(entry) for entry in platform.instance.all_logs(run.run_id))


def test_runs_that_ended_before_the_first_tick_are_reported(
    storage: DagsterInstance, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    platform = Platform(storage, [], caplog.handler)
    platform.run(things="crash")
    for _ in range(2):
        platform.tick(alerts.alert_outbox)
    assert sent_states(home) == [("run_succeeds", "ERROR")]


@pytest.mark.parametrize("text", ["soon", "0", "inf", "nan"])
def test_an_invalid_retention_time_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SCREENALYTICS_ALERT_KEEP_DAYS", text)
    with pytest.raises(UserError, match="SCREENALYTICS_ALERT_KEEP_DAYS = "):
        alerts.keep_days()
