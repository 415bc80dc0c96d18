"""`deploy/celery` run for real: PostgreSQL, Redis, the daemon, two workers, and one of them killed."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from screenalytics_assets.schemas import ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import read_seal
from tests.deploy.celery_site import Site, kill_tree, site, site_environment
from tests.deploy.servers import Postgres, wait_for

EPISODES = [f"short-s01e{number:02d}" for number in range(1, 13)]
LOADED = "Loaded model pack opencv_zoo"


@pytest.fixture
def running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres, redis: str, short_sample: Path
) -> Iterator[Site]:
    """A daemon and two GPU workers beside a library of twelve new videos."""
    videos = tmp_path / "data" / "videos"
    videos.mkdir(parents=True)
    for ep_id in EPISODES:
        shutil.copyfile(short_sample, videos / f"{ep_id}.mp4")
    environment = site_environment(tmp_path, tmp_path / "data", postgres, redis)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with site(tmp_path, environment) as made:
        made.start_daemon()
        for worker in ("gpu1", "gpu2"):
            made.start_worker(worker, "gpu")
        yield made


def episode_runs(instance: DagsterInstance, *statuses: DagsterRunStatus) -> list[DagsterRun]:
    return list(instance.get_runs(RunsFilter(job_name="episode", statuses=list(statuses) or None)))


def worker_in_second_tracks(instance: DagsterInstance, workers: dict[int, str]) -> tuple[str, str] | None:
    """(run, worker) that has just begun to track an episode, where that worker has finished one before."""
    done = {worker_of(instance, run, workers) for run in episode_runs(instance, DagsterRunStatus.SUCCESS)}
    for run in episode_runs(instance, DagsterRunStatus.STARTED):
        started = instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_START)
        worker = worker_of(instance, run, workers)
        if [event.step_key for event in started][-1:] == ["tracks"] and worker in done:
            return run.run_id, worker
    return None


def worker_of(instance: DagsterInstance, run: DagsterRun, workers: dict[int, str]) -> str:
    for event in instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
        found = re.search(r"Started process for run \(pid: (\d+)\)", event.message)
        if found:
            return workers[int(found[1])]
    return ""


def children(running: Site) -> dict[int, str]:
    """Worker by the id of its process that runs episodes."""
    return {child.pid: name for name in ("gpu1", "gpu2") for child in running.processes[name].children(recursive=True)}


def test_twelve_episodes_with_a_worker_killed(running: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with DagsterInstance.get() as instance:
        killed: list[tuple[str, str]] = []
        workers = children(running)

        def caught() -> bool:
            found = worker_in_second_tracks(instance, workers)
            if found is not None:
                kill_tree(running.processes[found[1]])
                killed.append(found)
            return found is not None

        wait_for(caught, "a worker in the middle of an episode", 100)
        wait_for(lambda: len(episode_runs(instance, DagsterRunStatus.SUCCESS)) == len(EPISODES), "12 episodes", 120)
        report(instance, running, killed)


def report(instance, running, killed):
    for r in instance.get_run_records():
        run = r.dagster_run
        print(run.run_id[:8], run.tags.get("dagster/partition"), run.status.value, run.tags.get("dagster-celery/queue"),
              run.tags.get("dagster/retry_number"), r.create_timestamp, r.start_time, r.end_time)
    print(killed)
    info = instance.event_log_storage.get_concurrency_info("inference")
    print(info)
    print(children(running))
    for n in ("gpu1", "gpu2"):
        print(n, [l for l in running.log(n).read_text().splitlines() if LOADED in l])
