"""Runs `deploy/celery` with PostgreSQL, Redis, the daemon and two workers, and kills one worker."""

import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from screenalytics_assets.dagster_support.run_queues import QUEUE_TAG
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.sample_episode import SampleEpisode
from screenalytics_resources.sealed_files import load_document, load_table
from tests.deploy.celery_site import Site, kill_tree, site, site_environment
from tests.deploy.servers import Postgres, wait_for
from tests.short_video import first_seconds

EPISODES = [f"short-s01e{number:02d}" for number in range(1, 13)]
WORKERS = ("gpu1", "gpu2")
MANY = 8
"""Episodes that are done when a worker is killed, so that the other worker has only a few left."""
PATIENCE_S = 300.0
"""Timeout in seconds, long enough for a machine that does other work too."""
LOADED = "Loaded model pack opencv_zoo"


@pytest.fixture
def running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres, redis: str, sample: SampleEpisode
) -> Iterator[Site]:
    """Start a daemon and two GPU workers for a library of twelve new videos."""
    videos = tmp_path / "data" / "videos"
    videos.mkdir(parents=True)
    short = first_seconds(sample.video, 2, tmp_path / "short.mp4")
    for ep_id in EPISODES:
        shutil.copyfile(short, videos / f"{ep_id}.mp4")
    environment = site_environment(tmp_path, tmp_path / "data", postgres, redis)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with site(tmp_path, environment) as made:
        made.start_unit("daemon", "screenalytics-daemon.service")
        for number, worker in enumerate(WORKERS, start=1):
            made.start_unit(worker, "screenalytics-gpu@.service", number)
        for worker in WORKERS:
            made.wait_until_ready(worker)
        yield made


def test_twelve_episodes_with_a_worker_killed(running: Site) -> None:
    """One of two workers dies in the middle of an episode, with all its processes; the other finishes it."""
    with DagsterInstance.get() as instance:
        workers = children(running)
        caught: list[tuple[str, str]] = []

        def kill_one() -> bool:
            caught.extend(in_the_middle(instance, workers)[:1])
            if caught:
                kill_tree(running.processes[caught[0][1]])
            return bool(caught)

        wait_for(kill_one, "a worker in the middle of an episode", PATIENCE_S)
        killed, dead_worker = caught[0]
        noticed_from = start_namesake(running, dead_worker)
        (survivor,) = set(WORKERS) - {dead_worker}
        wait_for(lambda: is_last_under_way(instance), "the last episode to begin", PATIENCE_S)
        running.processes[survivor].terminate()  # drains it: the worker finishes its episode first
        wait_for(lambda: count(instance, DagsterRunStatus.SUCCESS) == len(EPISODES), "12 episodes", PATIENCE_S)
        assert running.processes[survivor].wait(30) == 0
        finished = episode_runs(instance, DagsterRunStatus.SUCCESS)

        assert sorted(run.tags[PARTITION_TAG] for run in finished) == EPISODES
        assert {run.tags[QUEUE_TAG] for run in finished} == {"gpu"}
        assert [run.run_id for run in episode_runs(instance, DagsterRunStatus.FAILURE)] == [killed]
        assert f"Celery worker {dead_worker}@{socket.gethostname()} is no longer executing this run." in messages_of(
            instance, killed
        )
        (again,) = [run for run in finished if run.parent_run_id == killed]
        assert workers[process_of(instance, again)] == survivor

        assert {worker: running.log(worker).read_text().count(LOADED) for worker in WORKERS} == {"gpu1": 1, "gpu2": 1}
        assert_complete(ArtifactStore(os.environ["SCREENALYTICS_DATA_ROOT"]))
        wait_for(lambda: slots_held(instance) == 0, "free slots", 40)
        print(figures(instance, killed, again.run_id, noticed_from))


def start_namesake(running: Site, worker: str) -> float:
    """Start a worker with the same name that takes no episodes, before the daemon notices the dead one.

    Returns when the daemon was resumed, in seconds since the epoch.
    """
    running.processes["daemon"].suspend()
    options = ["--queues", "idle", "--hostname", f"{worker}@%h", "--concurrency", "1", "--loglevel", "INFO"]
    running.start("namesake", "celery", "--app", "dagster_celery.app", "worker", *options)
    running.wait_until_ready("namesake")
    running.processes["daemon"].resume()
    return time.time()


def in_the_middle(instance: DagsterInstance, workers: dict[int, str]) -> list[tuple[str, str]]:
    """Return (run, worker) for runs that have started to track an episode, once most episodes are done."""
    if count(instance, DagsterRunStatus.SUCCESS) < MANY:
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
    """Return each worker by the id of the child process that runs its episodes."""
    return {child.pid: name for name in WORKERS for child in running.processes[name].children(recursive=True)}


def messages_of(instance: DagsterInstance, run_id: str) -> str:
    return "\n".join(event.user_message or event.message for event in instance.all_logs(run_id))


def process_of(instance: DagsterInstance, run: DagsterRun) -> int:
    found = re.search(r"Started process for run \(pid: (\d+)\)", messages_of(instance, run.run_id))
    assert found is not None
    return int(found[1])


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


def figures(instance: DagsterInstance, killed: str, again: str, at: float) -> str:
    """Return what the kill cost in seconds, for docs/deployment.md."""
    dead, new = (instance.get_run_record_by_id(run_id) for run_id in (killed, again))
    assert dead and new and dead.end_time and new.start_time and new.end_time
    found, began, done = (moment - at for moment in (dead.end_time, new.start_time, new.end_time))
    return (
        f"After its worker was killed, a run was found dead in {found:.1f} s, began in {began:.1f} s, done {done:.1f} s"
    )
