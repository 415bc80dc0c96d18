"""Streams of a real server: they resume, they end when the client or the server goes, and one poll serves all."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from benchmarks.live.platform import wait_for
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.api.app import create_app
from screenalytics_app.api.live.hub import Hub
from screenalytics_app.api.server import SHUTDOWN_S, ApiServer
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from tests.api.live_server import events, serving
from tests.app.actions.jobs.job_bench import run_of
from tests.app.actions.jobs.test_status import make_job
from tests.tiny_episode import EP_ID, write_tiny_episode

STREAM = {"Accept": "text/event-stream"}
LONG_S = 20.0


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    with open_instance() as opened:
        yield opened


@pytest.fixture
def server(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ApiServer, httpx.Client, Hub]]:
    monkeypatch.setattr("screenalytics_app.api.live.hub.EVERY_S", 0.05)
    app = create_app(store, ServerSettings("ann"))
    with serving(app) as (running, client):
        yield running, client, app.state.live


def touch(store: ArtifactStore, name: str) -> None:
    path = Path(str(store.manifest(EP_ID, name)))
    store.write(store.manifest(EP_ID, name), path.read_bytes())


def listeners(hub: Hub) -> int:
    return sum(poll.listeners for poll in list(hub._polls.values()))


def cancel(instance: DagsterInstance, run_id: str) -> None:
    (run,) = instance.get_runs(RunsFilter(run_ids=[run_id]))
    instance.report_run_canceled(run)


def test_a_job_is_followed_to_its_end(
    store: ArtifactStore, instance: DagsterInstance, server: tuple[ApiServer, httpx.Client, Hub]
) -> None:
    _, client, _ = server
    make_job(store, "01")
    run_id = run_of(instance, "01", DagsterRunStatus.STARTED)
    path = "/jobs/01/progress"
    with client.stream("GET", path, headers=STREAM) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = events(response)
        first, first_id = next(stream)
        assert json.loads(first)["state"] == "running"
        with client.stream("GET", path, headers=STREAM | {"Last-Event-ID": first_id or ""}) as again:
            cancel(instance, run_id)
            (end,) = list(events(again))  # the first state is known, so only the end comes
        assert [json.loads(data)["state"] for data, _ in stream] == ["canceled"]
    assert json.loads(end[0])["state"] == "canceled"
    finished = client.get(path, headers=STREAM | {"Last-Event-ID": end[1] or ""})
    assert finished.status_code == 204  # a browser stops connecting again
    with client.stream("GET", path, headers=STREAM) as late:
        assert [json.loads(data)["state"] for data, _ in events(late)] == ["canceled"]
    assert client.get(path).json()["state"] == "canceled"


def test_events_resume_after_a_broken_connection(
    store: ArtifactStore, instance: DagsterInstance, server: tuple[ApiServer, httpx.Client, Hub]
) -> None:
    _, client, hub = server
    path = f"/episodes/{EP_ID}/events"
    with client.stream("GET", path) as response:
        stream = events(response)
        data, moment = next(stream)
        assert data == ""
        touch(store, "identities.json")
        data, moment = next(stream)
        assert json.loads(data) == {"kind": "artifacts", "ep_id": EP_ID, "asset": "identities"}
    wait_for(lambda: not listeners(hub), LONG_S, "the server notices that the client went", every_s=0.01)

    with client.stream("GET", path, headers={"Last-Event-ID": moment or ""}) as response:
        assert next(events(response)) == ("", moment)  # nothing has changed since
    make_job(store, "01")
    run_of(instance, "01", DagsterRunStatus.STARTED)
    for where in (path, "/events"):
        with client.stream("GET", where, headers={"Last-Event-ID": moment or ""}) as response:
            data, later = next(events(response))
            assert json.loads(data) == {"kind": "job", "ep_id": EP_ID, "job_id": "01", "state": "running"}
            assert later != moment


def test_many_listeners_cost_one_poll(server: tuple[ApiServer, httpx.Client, Hub]) -> None:
    _, client, hub = server
    with (
        client.stream("GET", f"/episodes/{EP_ID}/events") as one,
        client.stream("GET", f"/episodes/{EP_ID}/events") as other,
    ):
        streams = events(one), events(other)  # a stream without a reader is closed
        assert next(streams[0]) == next(streams[1])
        assert (len(hub._polls), listeners(hub)) == (1, 2)


def test_an_own_write_is_told_at_once(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screenalytics_app.api.live.hub.EVERY_S", 3600.0)
    app = create_app(store, ServerSettings("ann"))

    @app.post("/own-write")
    def write() -> None:
        touch(store, "identities.json")

    with serving(app) as (_, client), client.stream("GET", "/events") as response:
        stream = events(response)
        next(stream)
        assert client.delete("/jobs/none").status_code == 404
        assert client.post("/own-write").status_code == 200
        assert json.loads(next(stream)[0]) == {"kind": "artifacts", "ep_id": EP_ID, "asset": "identities"}


def test_the_server_stops_while_clients_listen(server: tuple[ApiServer, httpx.Client, Hub]) -> None:
    running, client, _ = server
    with client.stream("GET", f"/episodes/{EP_ID}/events") as response:
        stream = events(response)
        next(stream)
        began = time.monotonic()
        running.should_exit = True
        assert list(stream) == []
        assert time.monotonic() - began < SHUTDOWN_S


@pytest.mark.parametrize(
    "path", ["/jobs/none/progress", "/episodes/tiny-s09e09/events", "/episodes/..%2F..%2Fetc/events"]
)
def test_an_unknown_subject_is_a_problem(server: tuple[ApiServer, httpx.Client, Hub], path: str) -> None:
    answer = server[1].get(path, headers=STREAM)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
