"""Recovery from killed runs on a real instance, with the recovery itself killed at each of its writes."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, job, op
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import event
from sqlalchemy.engine import Engine

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.dagster_support.dead_runs import (
    QUIET_S,
    end_dead_runs,
    end_runs_of,
    free_slots_of_ended_runs,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import COMMAND_LINE, PARTITION_TAG, STARTED_BY_TAG

EP_ID = "demo-s01e01"
POOL = "inference"


@op
def nothing() -> None: ...


@job
def some_job() -> None:
    nothing()


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)
        yield instance


def make_run(
    instance: DagsterInstance,
    status: DagsterRunStatus = DagsterRunStatus.STARTED,
    ep_id: str = EP_ID,
    by_hand: bool = True,
    parent: str | None = None,
) -> str:
    tags = {PARTITION_TAG: ep_id} | ({STARTED_BY_TAG: COMMAND_LINE} if by_hand else {})
    run = create_run_for_test(
        instance, job_name="some_job", status=status, tags=tags, parent_run_id=parent, root_run_id=parent
    )
    return str(run.run_id)


def claim(instance: DagsterInstance, run_id: str, step: str = "tracks") -> bool:
    return bool(instance.event_log_storage.claim_concurrency_slot(POOL, run_id, step).is_claimed)


def claimants(instance: DagsterInstance) -> set[str]:
    info = instance.event_log_storage.get_concurrency_info(POOL)
    return info.active_run_ids | {step.run_id for step in info.pending_steps}


def status_of(instance: DagsterInstance, run_id: str) -> DagsterRunStatus | None:
    run = instance.get_run_by_id(run_id)
    return run.status if run else None


def by_command_line(instance: DagsterInstance, root: Path) -> None:
    end_runs_of(instance, EP_ID)


def by_sensor(instance: DagsterInstance, root: Path) -> None:
    end_dead_runs(instance, ArtifactStore(str(root)), time.time() + 2 * QUIET_S)


def killed_at_write(number: int, work: Callable[[], None]) -> bool:
    """Run `work` in a child process that dies before its database write number `number`. Returns whether it did."""
    child = os.fork()
    if child == 0:
        writes = 0

        def count(connection: object, cursor: object, statement: str, *_: object) -> None:
            nonlocal writes
            writes += statement.startswith(("INSERT", "UPDATE", "DELETE"))
            if writes == number:
                os._exit(9)

        event.listen(Engine, "before_cursor_execute", count)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


@pytest.mark.parametrize("recover", [by_command_line, by_sensor])
def test_a_recovery_killed_at_each_write_is_completed_by_the_next(
    instance: DagsterInstance, home: Path, recover: Callable[[DagsterInstance, Path], None]
) -> None:
    deaths = 0
    while True:
        dead = make_run(instance)
        assert claim(instance, dead)
        if not killed_at_write(deaths + 1, lambda: recover(instance, home)):
            break
        deaths += 1
        recover(instance, home)
        assert status_of(instance, dead) == DagsterRunStatus.FAILURE, deaths
        assert claimants(instance) == set(), deaths
    assert deaths >= 5


@pytest.mark.parametrize(
    "status", [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED, None]
)
def test_slots_of_finished_and_deleted_runs_are_freed(
    instance: DagsterInstance, status: DagsterRunStatus | None
) -> None:
    waiting = make_run(instance, ep_id="demo-s01e02")
    ended = make_run(instance, status or DagsterRunStatus.STARTED)
    assert claim(instance, ended)
    assert not claim(instance, waiting)
    if status is None:
        instance.run_storage.delete_run(ended)
    free_slots_of_ended_runs(instance)
    assert claimants(instance) == {waiting}
    assert claim(instance, waiting)


def test_slots_of_a_run_in_progress_are_kept(instance: DagsterInstance) -> None:
    alive, waiting = make_run(instance), make_run(instance, ep_id="demo-s01e02")
    assert claim(instance, alive)
    assert not claim(instance, waiting)
    free_slots_of_ended_runs(instance)
    assert claimants(instance) == {alive, waiting}
    assert not claim(instance, waiting)


@pytest.mark.parametrize(
    ("by_hand", "is_retry", "expected"),
    [
        pytest.param(True, False, DagsterRunStatus.FAILURE, id="command line"),
        pytest.param(False, False, DagsterRunStatus.NOT_STARTED, id="to be queued"),
        pytest.param(True, True, DagsterRunStatus.NOT_STARTED, id="re-execution to be queued"),
    ],
)
@pytest.mark.parametrize("recover", [by_command_line, by_sensor])
def test_a_run_of_the_command_line_killed_before_its_start_is_ended(
    instance: DagsterInstance,
    home: Path,
    recover: Callable[[DagsterInstance, Path], None],
    by_hand: bool,
    is_retry: bool,
    expected: DagsterRunStatus,
) -> None:
    parent = make_run(instance, DagsterRunStatus.FAILURE) if is_retry else None
    run_id = make_run(instance, DagsterRunStatus.NOT_STARTED, by_hand=by_hand, parent=parent)
    recover(instance, home)
    assert status_of(instance, run_id) == expected


def test_a_run_that_has_ended_by_itself_is_not_marked_as_failed(
    instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run(instance)
    record = instance.get_run_record_by_id(run_id)
    run = instance.get_run_by_id(run_id)
    assert record is not None
    assert run is not None
    instance.report_run_failed(run)  # any end: a later read of its state shows it
    before = len(instance.all_logs(run_id))
    monkeypatch.setattr(type(instance), "get_run_records", lambda *_, **__: [record])
    assert end_dead_runs(instance, ArtifactStore(str(home)), time.time() + 2 * QUIET_S) == []
    assert len(instance.all_logs(run_id)) == before
