"""Jobs of the API in the running system: Dagster's web server and daemon, and the API, as `make dev` starts them."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from fastapi.testclient import TestClient

from benchmarks.live.platform import HOST, LivePlatform, live_platform, wait_for
from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from tests.api.live_server import events
from tests.tiny_episode import EP_ID, write_tiny_episode

STREAM = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class System:
    """The running system with the tiny episode, and a client of its API."""

    platform: LivePlatform
    store: ArtifactStore
    api: httpx.Client

    def wait_for_end(self, job_id: str) -> dict[str, Any]:
        """Follow a job to its end and return it."""
        with self.api.stream("GET", f"/jobs/{job_id}/progress", headers=STREAM) as response:
            *_, (last, _) = events(response)
        job: dict[str, Any] = self.api.get(f"/jobs/{job_id}").json()
        assert json.loads(last)["state"] == job["state"]
        return job


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("platform")
    store = write_tiny_episode(folder / "data")
    with live_platform(folder) as platform:
        base = f"http://{HOST}:{platform.review_port}"
        with httpx.Client(base_url=base, timeout=120) as api:
            yield System(platform, store, api)


def test_a_cluster_job_ends_and_its_settings_stay(system: System) -> None:
    body = {"ep_id": EP_ID, "cluster_thresh": 0.45}
    with (
        system.api.stream("GET", f"/episodes/{EP_ID}/events") as changes,
        system.api.stream("POST", "/jobs/cluster", json=body, headers=STREAM) as response,
    ):
        states = [json.loads(data) for data, _ in events(response)]
        job_id = response.headers["location"].removeprefix("/jobs/")
        told: list[dict[str, Any]] = []
        for data, _ in events(changes):
            told += [json.loads(data)] if data else []
            if told and told[-1].get("state") == "succeeded":
                break
    assert (states[-1]["state"], states[-1]["done"], states[-1]["total"]) == ("succeeded", 6, 6)
    assert {state["job_id"] for state in states} == {job_id}
    assert {"kind": "artifacts", "ep_id": EP_ID, "asset": "identities"} in told
    job = system.api.get(f"/jobs/{job_id}").json()
    assert (job["state"], job["error"], job["kind"]) == ("succeeded", None, "cluster")
    assert job["run_url"] == f"http://{HOST}:{system.platform.port}/runs/{job['run_id']}"
    identities = json.loads(system.store.place.read_all([system.store.manifest(EP_ID, "identities.json")])[0] or b"")
    assert "0.45" in json.dumps(identities)
    with system.platform.instance() as instance:
        run = instance.get_run_by_id(job["run_id"])
    assert run is not None
    tags = {name: value for name, value in run.tags.items() if name.startswith("screenalytics/")}
    assert tags == {"screenalytics/started_by": "api", "screenalytics/job_id": job_id}


def test_a_running_job_is_cancelled_and_a_new_server_knows_it(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    crop = next(Path(str(system.store.frames(EP_ID, "crops"))).rglob("*.jpg"))
    crop.rename(crop.with_name("aside"))
    os.mkfifo(crop)  # whoever reads it waits for ever
    started = system.api.post("/jobs/episode_cleanup_async", json={"ep_id": EP_ID, "actions": ["reembed"]})
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    path = started.headers["location"]
    with system.api.stream("GET", f"{path}/progress", headers=STREAM) as response:
        phases = (json.loads(data).get("phase") for data, _ in events(response))
        assert next(filter(None, phases)) == "reembed"
    second = system.api.post("/jobs/episode_cleanup_async", json={"ep_id": EP_ID})
    assert second.status_code == 409

    monkeypatch.setenv("DAGSTER_HOME", str(system.platform.home))
    settings = ServerSettings("ben", dagster_url=f"http://{HOST}:{system.platform.port}")
    with TestClient(create_app(system.store, settings), base_url="http://localhost") as restarted:
        assert restarted.get(path).json()["state"] == "running"
        assert restarted.delete(path).status_code == 202
    job = system.wait_for_end(started.json()["job_id"])
    assert (job["state"], job["error"]) == ("canceled", None)
    assert system.api.delete(path).status_code == 409
    crop.with_name("aside").replace(crop)


def test_a_cleanup_ends_with_its_own_progress(system: System) -> None:
    body = {"ep_id": EP_ID, "actions": ["recluster"], "profile": "fast_cpu"}
    first = system.api.post("/jobs/episode_cleanup_async", json=body, headers={"Idempotency-Key": "once"})
    again = system.api.post("/jobs/episode_cleanup_async", json=body, headers={"Idempotency-Key": "once"})
    assert first.json()["job_id"] == again.json()["job_id"]
    job = system.wait_for_end(first.json()["job_id"])
    assert (job["state"], job["kind"]) == ("succeeded", "episode_cleanup")
    progress = system.api.get(f"/jobs/{job['job_id']}/progress").json()
    assert (progress["stage"], progress["phase"], progress["phase_index"]) == ("episode_cleanup", "recluster", 1)
    assert (progress["phase_total"], progress["phase_progress"]) == (1, 1.0)


def test_a_job_whose_run_fails_says_why(system: System) -> None:
    faces = Path(str(system.store.path("embeds", EP_ID)))
    hidden = faces.rename(faces.with_name("hidden"))
    try:
        started = system.api.post("/jobs/cluster_async", json={"ep_id": EP_ID})
        job = system.wait_for_end(started.json()["job_id"])
    finally:
        hidden.rename(faces)
    assert job["state"] == "failed"
    assert job["error"].endswith(".")
    assert "Traceback" not in job["error"]


def test_all_processes_end_when_one_ends(system: System) -> None:
    """Comes last: afterwards nothing of the system runs."""
    (server,) = [process for process in system.platform.processes() if "serve" in command(process)]
    server.kill()
    system.platform.wait_until_down(60)
    wait_for(lambda: not alive(system.platform), 30, "no process is left")
    assert "The API ended by itself with exit code -9, so all was stopped." in " ".join(system.platform.log.split())


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def alive(platform: LivePlatform) -> list[psutil.Process]:
    return [process for process in platform.processes() if command(process)]  # a zombie has none
