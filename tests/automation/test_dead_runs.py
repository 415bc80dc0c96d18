"""The sensor on a real instance: it ends runs whose process no longer exists, and no others."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, build_sensor_context, job, op
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation.dead_runs import dead_runs
from screenalytics_assets.dagster_support.dead_runs import QUIET_S, end_dead_runs
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.run_tags import PARTITION_TAG

HOLDER = """
import sys
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
with episode_lock(ArtifactStore(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@op
def nothing() -> None: ...


@job
def some_job() -> None:
    nothing()


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        yield instance


def make_run(instance: DagsterInstance, status: DagsterRunStatus, ep_id: str | None = "demo-s01e01") -> str:
    tags = {} if ep_id is None else {PARTITION_TAG: ep_id}
    run = create_run_for_test(instance, job_name="some_job", status=status, tags=tags)
    instance.report_engine_event("last event", run)
    return run.run_id


def ended(instance: DagsterInstance, home: Path, later_s: float) -> list[str]:
    return [run.run_id for run in end_dead_runs(instance, ArtifactStore(str(home)), time.time() + later_s)]


def test_a_run_without_a_process_is_ended_and_its_slot_is_freed(instance: DagsterInstance, home: Path) -> None:
    dead = make_run(instance, DagsterRunStatus.STARTED)
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("inference")
    assert storage.claim_concurrency_slot("inference", dead, "tracks").is_claimed
    assert ended(instance, home, QUIET_S - 5) == []
    assert ended(instance, home, QUIET_S + 5) == [dead]
    run = instance.get_run_by_id(dead)
    assert run is not None
    assert run.status == DagsterRunStatus.FAILURE
    assert not storage.get_concurrency_info("inference").claimed_slots
    assert ended(instance, home, QUIET_S + 5) == []


@pytest.mark.parametrize(
    ("status", "ep_id"),
    [
        pytest.param(DagsterRunStatus.STARTING, "demo-s01e01", id="starting"),
        pytest.param(DagsterRunStatus.SUCCESS, "demo-s01e01", id="succeeded"),
        pytest.param(DagsterRunStatus.STARTED, None, id="without an episode"),
    ],
)
def test_other_runs_are_not_ended(
    instance: DagsterInstance, home: Path, status: DagsterRunStatus, ep_id: str | None
) -> None:
    run_id = make_run(instance, status, ep_id)
    assert ended(instance, home, 3600) == []
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status == status


def test_a_quiet_run_that_holds_its_lock_is_not_ended(instance: DagsterInstance, home: Path) -> None:
    alive, dead = make_run(instance, DagsterRunStatus.STARTED), make_run(instance, DagsterRunStatus.STARTED, "demo")
    command = [sys.executable, "-c", HOLDER, str(home), "demo-s01e01"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert ended(instance, home, 3600) == [dead]
        holder.kill()
    assert ended(instance, home, 3600) == [alive]


def test_the_sensor_counts_the_ended_runs(
    instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(instance, DagsterRunStatus.STARTED)
    later = time.time() + 2 * QUIET_S
    monkeypatch.setattr("screenalytics_assets.automation.dead_runs.time.time", lambda: later)
    with build_sensor_context(instance, resources={"store": StoreResource()}) as context:
        skipped = dead_runs(context)
    assert "1 runs without a process were ended." in str(skipped)
