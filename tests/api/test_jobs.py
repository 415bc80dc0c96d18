"""Jobs over HTTP, without Dagster running."""

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from fastapi.testclient import TestClient

from benchmarks.live.platform import free_port
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import ServerSettings
from screenalytics_assets.settings.episode_settings import kept_settings
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.actions.jobs.job_bench import run_of
from tests.app.actions.jobs.test_status import make_job
from tests.tiny_episode import EP_ID, write_tiny_episode

STARTS = ("/jobs/cluster", "/jobs/cluster_async", "/jobs/episode_cleanup_async")


@pytest.fixture
def store(home: object) -> ArtifactStore:
    return write_tiny_episode(home)  # type: ignore[arg-type]


@pytest.fixture
def client(store: ArtifactStore) -> TestClient:
    settings = ServerSettings("ann", dagster_url=f"http://127.0.0.1:{free_port()}")
    return TestClient(create_app(store, settings), base_url="http://127.0.0.1:3001")


@pytest.mark.parametrize("path", STARTS)
def test_without_dagster_a_job_is_refused_with_the_remedy(store: ArtifactStore, client: TestClient, path: str) -> None:
    answer = client.post(path, json={"ep_id": EP_ID}, headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "start it with `make dev`" in answer.json()["detail"]
    assert client.get("/jobs").json()["items"] == []
    assert kept_settings(store, EP_ID) == {}


@pytest.mark.parametrize("path", STARTS)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"ep_id": "tiny-s09e09"}, 404, id="unknown-episode"),
        pytest.param({"ep_id": "../../etc"}, 422, id="path"),
        pytest.param({}, 422, id="nothing"),
        pytest.param({"ep_id": EP_ID, "no_such": 1}, 422, id="unknown-field"),
        pytest.param({"ep_id": EP_ID, "cluster_thresh": "high", "profile": "none"}, 422, id="bad-setting"),
    ],
)
def test_bad_requests(client: TestClient, path: str, body: dict[str, object], status: int) -> None:
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_jobs_are_listed_and_shown(store: ArtifactStore, client: TestClient) -> None:
    for number in range(3):
        make_job(store, f"0{number}")
    with open_instance() as instance:
        run_id = run_of(instance, "00", DagsterRunStatus.SUCCESS)
    listed = client.get("/jobs", params={"limit": 2}).json()
    assert [(job["job_id"], job["state"]) for job in listed["items"]] == [("02", "queued"), ("01", "queued")]
    rest = client.get("/jobs", params={"cursor": listed["next"], "ep_id": EP_ID}).json()
    assert [(job["job_id"], job["state"]) for job in rest["items"]] == [("00", "succeeded")]
    assert rest["next"] is None
    assert [job["job_id"] for job in client.get("/jobs", params={"state": "succeeded"}).json()["items"]] == ["00"]
    shown = client.get("/jobs/00").json()
    assert shown == rest["items"][0]
    assert (shown["run_id"], shown["run_url"].endswith(f"/runs/{run_id}")) == (run_id, True)
    assert client.get("/jobs", params={"ep_id": "tiny-s09e09"}).status_code == 404
    assert client.get("/jobs", params={"state": "lost"}).status_code == 422


def test_a_job_that_is_over_cannot_be_cancelled(store: ArtifactStore, client: TestClient) -> None:
    make_job(store, "01")
    assert client.delete("/jobs/01").status_code == 503
    with open_instance() as instance:
        over(instance)
    answer = client.delete("/jobs/01")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "The job 01 is over (succeeded): nothing is left to cancel.",
    )


def over(instance: DagsterInstance) -> None:
    run_of(instance, "01", DagsterRunStatus.SUCCESS)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("job_id", ["none", "..%2F..%2Fetc%2Fpasswd", "%00", "a" * 500])
def test_an_unknown_job(client: TestClient, method: str, job_id: str) -> None:
    for path in (f"/jobs/{job_id}", *([f"/jobs/{job_id}/progress"] if method == "GET" else [])):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
