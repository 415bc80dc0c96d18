"""What the last evaluation of the checks says, as Dagster stored it."""

from fastapi.testclient import TestClient

from screenalytics_app.actions.dagster_instance import execute, open_instance
from screenalytics_assets.dagster_support.check_support import CHECK_JOB
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.moderation_bench import T1
from tests.tiny_episode import EP_ID

EPISODE = f"/episodes/{EP_ID}"
RUN_ID = "00000000-0000-4000-8000-000000000001"


def evaluate() -> None:
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        job = build_definitions().resolve_job_def(CHECK_JOB)
        execute(job, instance, EP_ID, RUN_ID, {}, raise_on_error=False)


def test_an_episode_shows_the_last_result_of_each_check(client: TestClient, store: ArtifactStore) -> None:
    assert client.get(EPISODE).json()["checks"] == []
    store.place.remove(store.frames(EP_ID, "crops", T1, "frame-000000.jpg"))
    evaluate()
    detail = client.get(EPISODE).json()
    states = {f"{line['asset']}: {line['name']}": line["state"] for line in detail["checks"]}
    assert states["episode_video: video_is_the_recorded_file"] == "passed"
    assert states["tracks: tracks_are_whole"] == "blocked"
    messages = {line["name"]: line["message"] for line in detail["checks"]}
    assert f"crops/{T1}/frame-000000.jpg" in messages["tracks_are_whole"]
    card = client.get("/episodes").json()["items"][0]
    for name, expected in (("failed_checks", {"failed", "blocked"}), ("warned_checks", {"warned"})):
        assert card[name] == detail[name] == [check for check, state in states.items() if state in expected]
    assert "tracks: tracks_are_whole" in card["failed_checks"]
