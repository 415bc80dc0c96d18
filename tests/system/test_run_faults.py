"""Runs that are killed, hang or fail, with the project's `dagster.yaml`, Dagster's daemons and the project's alerts.

Code server, run processes, queue, monitoring and retries are Dagster's own. The tests only trigger the daemons
themselves and shorten the intervals. They share one deployment, and each sees the runs and alerts since its beginning.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, build_sensor_context
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import PythonFileTarget
from dagster._daemon.auto_run_reexecution.event_log_consumer import EventLogConsumerDaemon
from dagster._daemon.daemon import IntervalDaemon, MonitoringDaemon
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from screenalytics_assets.automation import alerts, run_evaluations
from screenalytics_resources.project import PROJECT_ROOT
from tests.conftest import use_home

TIMEOUT_S = 180.0
POLL_S = 0.1
"""Leaves the cores to the processes that the test waits for."""
LAUNCH = """
mutation Launch($partition: String!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: "faulty", repositoryName: "__repository__", jobName: "faulty"},
    runConfigData: {}, executionMetadata: {tags: [{key: "dagster/partition", value: $partition}]}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""


@dataclass
class Deployment:
    """An instance, a code server, and the daemons that manage runs."""

    instance: DagsterInstance
    workspace: WorkspaceProcessContext
    daemons: tuple[IntervalDaemon, ...]
    folder: Path
    data: Path
    cursors: dict[str, str | None] = field(default_factory=dict)
    earlier_runs: int = 0
    earlier_alerts: int = 0

    def begin_test(self) -> None:
        """Leave out the runs and alerts of earlier tests from now on."""
        self.earlier_runs += len(self.runs())
        self.earlier_alerts += len(self.alerts())

    def launch(self, partition: str) -> None:
        self.instance.add_dynamic_partitions("episodes", [partition])
        from dagster_graphql.cli import execute_query  # a second that every other process of the test run saves

        answer = execute_query(self.workspace, LAUNCH, {"partition": partition})
        assert answer["data"]["launchRun"]["__typename"] == "LaunchRunSuccess", answer

    def iterate_until(self, condition: Callable[[], Any]) -> Any:
        """Run iterations until `condition` is true. Return its value."""
        deadline = time.monotonic() + TIMEOUT_S
        while not (value := condition()):
            assert time.monotonic() < deadline, [(run.status, run.tags) for run in self.runs()]
            self.iterate()
            time.sleep(POLL_S)
        return value

    def iterate(self) -> None:
        """Run one iteration of every daemon and alert sensor."""
        for daemon in self.daemons:
            errors = [error for error in daemon.run_iteration(self.workspace) if error]  # type: ignore[arg-type]
            assert errors == []
        self._tick_alerts()

    def _tick_alerts(self) -> None:
        for one in alerts.ALERT_SENSORS:
            context = build_sensor_context(
                instance=self.instance, cursor=self.cursors.get(one.name), repository_name="__repository__"
            )
            self.cursors[one.name] = one.evaluate_tick(context).cursor

    def runs(self) -> list[DagsterRun]:
        """Runs of this test, oldest first."""
        records = self.instance.get_run_records(ascending=True)
        return [record.dagster_run for record in records[self.earlier_runs :]]

    def statuses(self) -> list[DagsterRunStatus]:
        return [run.status for run in self.runs()]

    def alerts(self) -> list[str]:
        """Lines of this test in the file of alerts."""
        path = self.data / "alerts" / "alerts.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return lines[self.earlier_alerts :]

    def alert_states(self) -> list[tuple[str, str]]:
        return [(alert["check"], alert["state"]) for alert in map(json.loads, self.alerts())]

    def process(self, partition: str) -> int | None:
        """Return the process id of the run of `partition`, or None before it has started."""
        log = self.folder / partition
        return int(log.read_text().splitlines()[-1]) if log.exists() and log.read_text().endswith("\n") else None

    def slots(self) -> int:
        return self.instance.event_log_storage.get_concurrency_info("inference").active_slot_count


@pytest.fixture(scope="module")
def shared_deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("faults")
    before = set(psutil.Process().children(recursive=True))
    try:
        with ExitStack() as stack:
            data = use_home(folder, stack.enter_context(pytest.MonkeyPatch.context()))
            yield _started(stack, folder, data)
    finally:
        for process in set(psutil.Process().children(recursive=True)) - before:
            process.kill()


def _started(stack: ExitStack, folder: Path, data: Path) -> Deployment:
    config = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    config["run_monitoring"] |= {"max_runtime_seconds": 5, "free_slots_after_run_end_seconds": 1}
    dagster_home = Path(os.environ["DAGSTER_HOME"])
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text(yaml.safe_dump(config))
    monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
    monkeypatch.setenv("FAULTY_FOLDER", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_ROOT))
    location = PythonFileTarget(str(Path(__file__).with_name("faulty_location.py")), None, str(PROJECT_ROOT), "faulty")
    instance = stack.enter_context(DagsterInstance.get())
    workspace = stack.enter_context(WorkspaceProcessContext(instance, location))
    daemons = (QueuedRunCoordinatorDaemon(1), MonitoringDaemon(1), EventLogConsumerDaemon(1))
    for daemon in daemons:
        stack.enter_context(daemon)
    deployment = Deployment(instance, workspace, daemons, folder, data)
    deployment.iterate_until(lambda: len(deployment.cursors) == len(alerts.ALERT_SENSORS))
    return deployment


@pytest.fixture
def deployment(shared_deployment: Deployment) -> Deployment:
    shared_deployment.begin_test()
    return shared_deployment


def without_retry_tag(run: DagsterRun) -> DagsterRun:
    """Return the failed run as it is before Dagster has recorded whether it is retried."""
    return run.with_tags({name: value for name, value in run.tags.items() if name != run_evaluations.WILL_RETRY_TAG})


def test_a_killed_run_is_retried_and_succeeds(deployment: Deployment) -> None:
    deployment.launch("killed-s01e01")
    os.kill(deployment.iterate_until(lambda: deployment.process("killed-s01e01")), signal.SIGKILL)
    deployment.iterate_until(lambda: DagsterRunStatus.SUCCESS in deployment.statuses())
    assert deployment.statuses() == [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS]
    deployment.iterate_until(
        lambda: deployment.alert_states() == [("run_succeeds", "ERROR"), ("run_succeeds", "passed")]
    )
    assert "retried automatically" in "".join(deployment.alerts())
    killed = deployment.runs()[0]
    assert killed.tags[run_evaluations.WILL_RETRY_TAG] == "true"
    assert run_evaluations.is_started_again(deployment.instance, without_retry_tag(killed))
    assert deployment.slots() == 0


@pytest.mark.parametrize(
    ("partition", "expected"),
    [
        pytest.param("guardrail-s01e01", {("guardrail", "ERROR"), ("run_succeeds", "ERROR")}, id="failed guardrail"),
        pytest.param("refused-s01e01", {("run_succeeds", "ERROR")}, id="bad input"),
    ],
)
def test_a_run_that_would_fail_again_is_not_retried(
    deployment: Deployment, partition: str, expected: set[tuple[str, str]]
) -> None:
    deployment.launch(partition)
    deployment.iterate_until(lambda: set(deployment.alert_states()) == expected)
    for _ in range(5):  # a killed run is retried within two iterations
        deployment.iterate()
    (run,) = deployment.runs()
    assert run.status == DagsterRunStatus.FAILURE
    assert (run.tags["dagster/failure_reason"], run.tags["dagster/will_retry"]) == ("STEP_FAILURE", "false")
    assert not run_evaluations.is_started_again(deployment.instance, without_retry_tag(run))
    assert (deployment.folder / partition).read_text().count("\n") == 1


def test_a_hanging_run_is_ended_and_causes_one_alert(deployment: Deployment) -> None:
    deployment.launch("hanging-s01e01")
    process = deployment.iterate_until(lambda: deployment.process("hanging-s01e01"))
    assert deployment.slots() == 1
    deployment.iterate_until(lambda: deployment.statuses()[:1] == [DagsterRunStatus.FAILURE])
    deployment.iterate_until(lambda: not psutil.pid_exists(process))
    deployment.iterate_until(lambda: deployment.alert_states() == [("run_succeeds", "ERROR")])
    assert "retried automatically" in "".join(deployment.alerts())
    deployment.iterate_until(lambda: deployment.statuses() == [DagsterRunStatus.FAILURE] * 3)
    deployment.iterate_until(lambda: deployment.slots() == 0)
    assert deployment.alert_states() == [("run_succeeds", "ERROR")], "one alert for all attempts"
