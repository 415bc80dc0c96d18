"""Test of `deploy/celery` with PostgreSQL, Redis, the daemon, and two workers, one of which is killed."""

import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from benchmarks.live.films import PEOPLE, write_film
from screenalytics_assets.dagster_support.run_queues import QUEUE_TAG
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.sealed_files import load_document, load_table
from tests.deploy.celery_site import Site, kill_tree, site, site_environment
from tests.deploy.servers import Postgres, wait_for

EPISODES = [f"short-s01e{number:02d}" for number in range(1, 13)]
WORKERS = ("gpu1", "gpu2")
DONE_BEFORE_KILL = 8
"""Finished episodes before a worker is killed, so that few remain for the other worker."""
TIMEOUT_S = 600.0
"""Long enough for a busy machine."""
LOADED = "Loaded model pack opencv_zoo"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres, redis: str) -> Iterator[Site]:
    """Daemon and two GPU workers with a library of twelve new videos."""
    videos = tmp_path / "data" / "videos"
    videos.mkdir(parents=True)
    short = write_film(tmp_path / "short.mp4", [(PEOPLE[0], PEOPLE[0]), (PEOPLE[1], PEOPLE[1])])
    for ep_id in EPISODES:
        shutil.copyfile(short, videos / f"{ep_id}.mp4")
    environment = site_environment(tmp_path, tmp_path / "data", postgres, redis)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with site(tmp_path, environment) as new_site:
        new_site.start_unit("daemon", "screenalytics-daemon.service")
        for number, worker in enumerate(WORKERS, start=1):
            new_site.start_unit(worker, "screenalytics-gpu@.service", number)
        for worker in WORKERS:
            new_site.wait_until_ready(worker)
        yield new_site


def test_twelve_episodes_with_a_worker_killed(running: Site) -> None:
    """One of two workers is killed during an episode, with all its processes. The other finishes that episode too."""
    with DagsterInstance.get() as instance:
        workers = children(running)
        targets: list[tuple[str, str]] = []

        def kill_one() -> bool:
            targets.extend(tracking_runs(instance, workers)[:1])
            if targets:
                kill_tree(running.processes[targets[0][1]])
            return bool(targets)

        wait_for(kill_one, "a worker that tracks an episode", TIMEOUT_S)
        killed, dead_worker = targets[0]
        detectable_from = start_namesake(running, dead_worker)
        (survivor,) = set(WORKERS) - {dead_worker}
        wait_for(lambda: is_last_under_way(instance), "the last episode to begin", TIMEOUT_S)
        running.processes[survivor].terminate()  # it finishes the current episode before it exits
        wait_for(lambda: count(instance, DagsterRunStatus.SUCCESS) == len(EPISODES), "12 episodes", TIMEOUT_S)
        assert running.processes[survivor].wait(120) == 0
        finished = episode_runs(instance, DagsterRunStatus.SUCCESS)

        assert sorted(run.tags[PARTITION_TAG] for run in finished) == EPISODES
        assert {run.tags[QUEUE_TAG] for run in finished} == {"gpu"}
        assert [run.run_id for run in episode_runs(instance, DagsterRunStatus.FAILURE)] == [killed]
        assert f"Celery worker {dead_worker}@{socket.gethostname()} is no longer executing this run." in messages_of(
            instance, killed
        )
        (retry,) = [run for run in finished if run.parent_run_id == killed]
        assert workers[process_of(instance, retry)] == survivor

        assert {worker: running.log(worker).read_text().count(LOADED) for worker in WORKERS} == {"gpu1": 1, "gpu2": 1}
        assert_complete(ArtifactStore(os.environ["SCREENALYTICS_DATA_ROOT"]))
        wait_for(lambda: slots_held(instance) == 0, "free slots", 120)
        print(figures(instance, killed, retry.run_id, detectable_from))


def start_namesake(running: Site, worker: str) -> float:
    """Start a worker of the same name that runs no episodes, before the daemon can detect the dead one.

    Returns the time from which the daemon can detect it, in seconds since the epoch.
    """
    running.processes["daemon"].suspend()
    options = ["--queues", "idle", "--hostname", f"{worker}@%h", "--concurrency", "1", "--loglevel", "INFO"]
    running.start("namesake", "celery", "--app", "dagster_celery.app", "worker", *options)
    running.wait_until_ready("namesake")
    running.processes["daemon"].resume()
    return time.time()


def tracking_runs(instance: DagsterInstance, workers: dict[int, str]) -> list[tuple[str, str]]:
    """Return (run, worker) of each run whose latest step is `tracks`. Empty until most episodes are done."""
    if count(instance, DagsterRunStatus.SUCCESS) < DONE_BEFORE_KILL:
        return []
    under_way = episode_runs(instance, DagsterRunStatus.STARTED)
    return [
        (run.run_id, workers[process_of(instance, run)])
        for run in under_way
        if [event.step_key for event in instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_START)][-1:]
        == ["tracks"]
    ]


def is_last_under_way(instance: DagsterInstance) -> bool:
    done, under_way = count(instance, DagsterRunStatus.SUCCESS), count(instance, DagsterRunStatus.STARTED)
    return (done, under_way) == (len(EPISODES) - 1, 1)


def count(instance: DagsterInstance, status: DagsterRunStatus) -> int:
    return instance.get_runs_count(RunsFilter(job_name="episode", statuses=[status]))


def episode_runs(instance: DagsterInstance, status: DagsterRunStatus) -> list[DagsterRun]:
    return list(instance.get_runs(RunsFilter(job_name="episode", statuses=[status])))


def children(running: Site) -> dict[int, str]:
    """Return the worker's name by the id of its process that runs episodes."""
    return {child.pid: name for name in WORKERS for child in running.processes[name].children(recursive=True)}


def messages_of(instance: DagsterInstance, run_id: str) -> str:
    return "\n".join(event.user_message or event.message for event in instance.all_logs(run_id))


def process_of(instance: DagsterInstance, run: DagsterRun) -> int:
    match = re.search(r"Started process for run \(pid: (\d+)\)", messages_of(instance, run.run_id))
    assert match is not None
    return int(match[1])


def assert_complete(store: ArtifactStore) -> None:
    for ep_id in EPISODES:
        for spec in EPISODE_SPECS.values():
            load = load_table if isinstance(spec, TableSpec) else load_document
            assert load(store, spec, ep_id).ep_id == ep_id  # type: ignore[arg-type]
    assert list(Path(store.root).rglob(".partial-*")) == []


def slots_held(instance: DagsterInstance) -> int:
    info = instance.event_log_storage.get_concurrency_info("inference")
    assert info.slot_count == len(WORKERS)
    return info.active_slot_count + len(info.pending_steps)


def figures(instance: DagsterInstance, killed: str, retry: str, detectable_from: float) -> str:
    """Return the delays caused by the kill, for docs/deployment.md."""
    dead, new = (instance.get_run_record_by_id(run_id) for run_id in (killed, retry))
    assert dead and new and dead.end_time and new.start_time and new.end_time
    detected, began, done = (moment - detectable_from for moment in (dead.end_time, new.start_time, new.end_time))
    return (
        f"After a worker was killed, its run was detected as dead in {detected:.1f} s, restarted in {began:.1f} s, "
        f"done in {done:.1f} s"
    )
