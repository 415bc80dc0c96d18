"""Runs that wait for a slot of a pool, executed by Dagster with a simulated clock."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, ExecuteInProcessResult, job, op
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.executor import in_process
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.cli.output import show_waits
from screenalytics_assets.dagster_support import internals
from screenalytics_assets.dagster_support.dead_runs import QUIET_S
from screenalytics_assets.dagster_support.internals import WATCH_EVERY_S, pause_s, wait_patiently
from screenalytics_assets.dagster_support.pool_waits import PoolWatch, describe_wait
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.waits import WAITS

POOL = "inference"
# A watch is late by at most the longest pause, 1 s, and what it frees is noticed after at most another one.
EP_ID, OTHER = "show-s01e01", "show-s01e02"
OWN_CONTEXT = in_process.InstanceConcurrencyContext  # type: ignore[attr-defined]
CLOCKED = (
    "dagster._core.execution.plan.active",
    "dagster._core.execution.plan.instance_concurrency_context",
    "screenalytics_assets.dagster_support.internals",
    "screenalytics_assets.dagster_support.pool_waits",
)


@op(pool=POOL)
def tracks() -> int:
    return 1


@op(pool=POOL)
def faces(found: int) -> int:
    return found


@job
def episode() -> None:
    faces(tracks())


class Clock:
    """Simulated module `time` of `CLOCKED`. `events` are called when their time has come, during a sleep."""

    def __init__(self) -> None:
        self.began = time.time()
        self.slept: list[float] = []
        self.events: dict[float, Callable[[], object]] = {}

    @property
    def passed(self) -> float:
        return sum(self.slept)

    def time(self) -> float:
        return self.began + self.passed

    def sleep(self, seconds: float) -> None:
        assert self.passed < 3600, "the run waits for ever"
        self.slept.append(seconds)
        for at in [at for at in self.events if at <= self.passed]:
            self.events.pop(at)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in CLOCKED:
        monkeypatch.setattr(f"{module}.time", clock)
    return clock


@pytest.fixture
def instance(home: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[DagsterInstance]:
    monkeypatch.setattr(in_process, "InstanceConcurrencyContext", OWN_CONTEXT)
    with open_instance() as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)
        wait_patiently(PoolWatch(ArtifactStore(str(home))))
        yield instance


def holder(instance: DagsterInstance, ep_id: str = OTHER, step: str = "tracks") -> DagsterRun:
    """A started run that claims the pool's slot."""
    run = create_run_for_test(
        instance, job_name="episode", status=DagsterRunStatus.STARTED, tags={PARTITION_TAG: ep_id}
    )
    instance.report_engine_event("started", run)
    instance.event_log_storage.claim_concurrency_slot(POOL, run.run_id, step)
    return run


def free(instance: DagsterInstance, run: DagsterRun) -> None:
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def execute(instance: DagsterInstance) -> ExecuteInProcessResult:
    return episode.execute_in_process(instance=instance, tags={PARTITION_TAG: EP_ID})


def sentences(instance: DagsterInstance, run_id: str) -> list[str]:
    return [entry.message for entry in instance.all_logs(run_id) if "waits for" in entry.message]


def test_a_run_without_competitors_never_sleeps(instance: DagsterInstance, clock: Clock) -> None:
    assert execute(instance).success
    assert clock.slept == []


def test_a_waiting_run_sleeps_and_reports_for_whom_it_waits(
    instance: DagsterInstance,
    clock: Clock,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, WAITS.name)
    attempts: list[str] = []
    claim = type(instance.event_log_storage).claim_concurrency_slot

    def counted(storage: object, pool: str, run_id: str, step: str, *more: int) -> object:
        attempts.append(step)
        return claim(storage, pool, run_id, step, *more)  # type: ignore[arg-type]

    other = holder(instance)
    monkeypatch.setattr(type(instance.event_log_storage), "claim_concurrency_slot", counted)
    clock.events[60.0] = lambda: free(instance, other)
    with episode_lock(ArtifactStore(str(home)), OTHER), monkeypatch.context() as patch:
        patch.setattr("screenalytics_resources.episode_lock._held", {})  # as if another process held it
        result = execute(instance)
    assert result.success
    assert 60.0 <= clock.passed <= 61.1
    assert len(clock.slept) <= 130
    assert attempts.count("tracks") <= 2 + 60 / WATCH_EVERY_S
    expected = (
        f"{EP_ID}: tracks waits for the pool inference, which run {other.run_id[:8]} of {OTHER} (step tracks) holds."
    )
    assert sentences(instance, result.run_id) == [expected]
    assert [record.message for record in caplog.records] == [expected]
    assert instance.event_log_storage.get_concurrency_info(POOL).pending_steps == []


def test_dagster_itself_still_does_not_sleep(instance: DagsterInstance) -> None:
    """If this fails, Dagster has been fixed: remove `PatientConcurrencyContext`."""
    holder(instance)
    run = create_run_for_test(instance, job_name="episode")
    with InstanceConcurrencyContext(instance, run) as context:
        assert not context.claim(POOL, "tracks")
        assert context.interval_to_next_pending_claim_check() <= 0.0


def test_another_version_of_dagster_is_left_alone(
    instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_process, "InstanceConcurrencyContext", OWN_CONTEXT)
    monkeypatch.setattr(internals, "DAGSTER_VERSION", "1.13.28")
    wait_patiently(PoolWatch(ArtifactStore(str(home))))
    assert in_process.InstanceConcurrencyContext is OWN_CONTEXT  # type: ignore[attr-defined]


def test_a_slot_of_a_finished_run_is_taken_at_once(instance: DagsterInstance, clock: Clock) -> None:
    other = holder(instance)
    instance.report_run_failed(other)
    assert execute(instance).success
    assert clock.passed <= pause_s(0.0)


def test_a_slot_of_a_killed_run_is_taken_without_a_daemon(instance: DagsterInstance, clock: Clock) -> None:
    other = holder(instance)
    assert execute(instance).success
    assert QUIET_S <= clock.passed <= QUIET_S + WATCH_EVERY_S + 2.0
    ended = instance.get_run_by_id(other.run_id)
    assert ended is not None
    assert ended.status == DagsterRunStatus.FAILURE


def test_a_slot_that_is_assigned_to_no_step_is_taken(instance: DagsterInstance, clock: Clock) -> None:
    other = holder(instance)

    def killed_while_it_frees_its_slot() -> None:
        instance.event_log_storage._free_concurrency_slots(other.run_id)
        instance.event_log_storage._remove_pending_steps(other.run_id)

    clock.events[5.0] = killed_while_it_frees_its_slot
    assert execute(instance).success
    assert clock.passed <= WATCH_EVERY_S + 2.0


def test_an_error_while_looking_for_holders_does_not_fail_the_run(
    instance: DagsterInstance, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no answer")

    monkeypatch.setattr("screenalytics_assets.dagster_support.pool_waits.describe_wait", broken)
    other = holder(instance)
    clock.events[2.0] = lambda: free(instance, other)
    assert execute(instance).success
    assert "The run continues to wait" in caplog.text


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        pytest.param(0.0, 0.05, id="first"),
        pytest.param(10.0, 0.5, id="a twentieth"),
        pytest.param(3600.0, 1.0, id="longest"),
    ],
)
def test_pauses(waited: float, expected: float) -> None:
    assert pause_s(waited) == expected


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        pytest.param([], ", which is about to become free.", id="none"),
        pytest.param([OTHER], ", which run {0} of show-s01e02 (step tracks) holds.", id="one"),
        pytest.param(
            [OTHER, "show"],
            ", which run {0} of show-s01e02 (step tracks) and run {1} of show (step tracks) hold.",
            id="two",
        ),
    ],
)
def test_the_sentence_names_every_holder(instance: DagsterInstance, holders: list[str], expected: str) -> None:
    instance.event_log_storage.set_concurrency_slots(POOL, 2)
    runs = [holder(instance, ep_id) for ep_id in holders]
    own = holder(instance, EP_ID)
    sentence = describe_wait(instance, own, "faces", POOL)
    assert sentence == f"{EP_ID}: faces waits for the pool inference" + expected.format(*(r.run_id[:8] for r in runs))


def test_the_command_line_shows_waits_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    level, handlers = WAITS.level, list(WAITS.handlers)
    try:
        show_waits()
        show_waits()
        WAITS.info("[demo] waits for the pool inference.")
    finally:
        WAITS.setLevel(level)
        WAITS.handlers[:] = handlers
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "[demo] waits for the pool inference.\n")
