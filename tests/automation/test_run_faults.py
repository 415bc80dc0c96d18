"""Runs that are killed, hang or fail, under the project's `dagster.yaml`, the daemons that act on it, and its alerts.

Everything is Dagster's own: code server, run processes, queue, monitoring and retries. Only the daemons' beat is the
test's, and the intervals are shorter.
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
from dagster_graphql.cli import execute_query

from screenalytics_assets.automation import alerts
from screenalytics_resources.project import PROJECT_ROOT

PATIENCE_S = 60.0
LAUNCH = """
mutation Launch($partition: String!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: "faulty", repositoryName: "__repository__", jobName: "faulty"},
    runConfigData: {}, executionMetadata: {tags: [{key: "dagster/partition", value: $partition}]}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""


@dataclass
class Workplace:
    """An instance, a code server, and the daemons that look after runs."""

    instance: DagsterInstance
    workspace: WorkspaceProcessContext
    daemons: tuple[IntervalDaemon, ...]
    folder: Path
    cursors: dict[str, str | None] = field(default_factory=dict)

    def launch(self, partition: str) -> None:
        self.instance.add_dynamic_partitions("episodes", [partition])
        answer = execute_query(self.workspace, LAUNCH, {"partition": partition})
        assert answer["data"]["launchRun"]["__typename"] == "LaunchRunSuccess", answer

    def beat_until(self, condition: Callable[[], Any]) -> Any:
        """Beat until `condition` holds; what it then gave."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            assert time.monotonic() < deadline, [(run.status, run.tags) for run in self.runs()]
            self.beat()
        return found

    def beat(self) -> None:
        """One iteration of every daemon and alert sensor."""
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
        """All runs, oldest first."""
        return [record.dagster_run for record in self.instance.get_run_records(ascending=True)]

    def statuses(self) -> list[DagsterRunStatus]:
        return [run.status for run in self.runs()]

    def process(self, partition: str) -> int | None:
        """The process that works on `partition`, once it does."""
        tries = self.folder / partition
        return int(tries.read_text().splitlines()[-1]) if tries.exists() and tries.read_text().endswith("\n") else None

    def slots(self) -> int:
        return self.instance.event_log_storage.get_concurrency_info("inference").active_slot_count


@pytest.fixture
def workplace(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    config = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    config["run_monitoring"] |= {"max_runtime_seconds": 5, "free_slots_after_run_end_seconds": 1}
    dagster_home = Path(os.environ["DAGSTER_HOME"])
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("FAULTY_FOLDER", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_ROOT))
    location = PythonFileTarget(str(Path(__file__).with_name("faulty_location.py")), None, str(PROJECT_ROOT), "faulty")
    before = set(psutil.Process().children(recursive=True))
    try:
        with ExitStack() as stack:
            instance = stack.enter_context(DagsterInstance.get())
            workspace = stack.enter_context(WorkspaceProcessContext(instance, location))
            daemons = (QueuedRunCoordinatorDaemon(1), MonitoringDaemon(1), EventLogConsumerDaemon(1))
            for daemon in daemons:
                stack.enter_context(daemon)
            workplace = Workplace(instance, workspace, daemons, tmp_path)
            workplace.beat_until(lambda: len(workplace.cursors) == len(alerts.ALERT_SENSORS))
            yield workplace
    finally:
        for process in set(psutil.Process().children(recursive=True)) - before:
            process.kill()


def told(home: Path) -> list[tuple[str, str]]:
    path = home / "alerts" / "alerts.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(alert["check"], alert["state"]) for alert in map(json.loads, lines)]


def before_the_note(run: DagsterRun) -> DagsterRun:
    """The failed run as it is until Dagster has noted whether it is tried again."""
    return run.with_tags({name: value for name, value in run.tags.items() if name != alerts.WILL_RETRY_TAG})


def test_a_killed_run_is_started_again_and_ends_well(workplace: Workplace, home: Path) -> None:
    workplace.launch("killed-s01e01")
    os.kill(workplace.beat_until(lambda: workplace.process("killed-s01e01")), signal.SIGKILL)
    workplace.beat_until(lambda: DagsterRunStatus.SUCCESS in workplace.statuses())
    assert workplace.statuses() == [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS]
    workplace.beat_until(lambda: told(home) == [("run_succeeds", "ERROR"), ("run_succeeds", "passed")])
    assert "started again by itself" in (home / "alerts" / "alerts.jsonl").read_text()
    killed = workplace.runs()[0]
    assert killed.tags[alerts.WILL_RETRY_TAG] == "true"
    assert alerts.is_started_again(workplace.instance, before_the_note(killed))
    assert workplace.slots() == 0


@pytest.mark.parametrize(
    ("partition", "expected"),
    [
        pytest.param("guardrail-s01e01", {("guardrail", "ERROR"), ("run_succeeds", "ERROR")}, id="failed guardrail"),
        pytest.param("refused-s01e01", {("run_succeeds", "ERROR")}, id="bad input"),
    ],
)
def test_what_would_only_fail_again_is_not(
    workplace: Workplace, home: Path, partition: str, expected: set[tuple[str, str]]
) -> None:
    workplace.launch(partition)
    workplace.beat_until(lambda: set(told(home)) == expected)
    for _ in range(5):  # a killed run is started again within two beats
        workplace.beat()
    (run,) = workplace.runs()
    assert run.status == DagsterRunStatus.FAILURE
    assert (run.tags["dagster/failure_reason"], run.tags["dagster/will_retry"]) == ("STEP_FAILURE", "false")
    assert not alerts.is_started_again(workplace.instance, before_the_note(run))
    assert (workplace.folder / partition).read_text().count("\n") == 1


def test_a_run_that_hangs_is_ended_frees_its_slot_and_is_told(workplace: Workplace, home: Path) -> None:
    workplace.launch("hanging-s01e01")
    process = workplace.beat_until(lambda: workplace.process("hanging-s01e01"))
    assert workplace.slots() == 1
    workplace.beat_until(lambda: workplace.statuses()[:1] == [DagsterRunStatus.FAILURE])
    workplace.beat_until(lambda: not psutil.pid_exists(process))
    workplace.beat_until(lambda: told(home) == [("run_succeeds", "ERROR")])
    assert "started again by itself" in (home / "alerts" / "alerts.jsonl").read_text()
    workplace.beat_until(lambda: workplace.statuses() == [DagsterRunStatus.FAILURE] * 3)
    workplace.beat_until(lambda: workplace.slots() == 0)
    assert told(home) == [("run_succeeds", "ERROR")], "one alert, however often it is tried"
