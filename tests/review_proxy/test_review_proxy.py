"""The copy of a video for browsers: made where it is needed, checked, and served instead of the original."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance
from fastapi.testclient import TestClient

from screenalytics_app.actions.dagster_instance import execute, open_instance
from screenalytics_app.actions.remove_episode import remove_episode
from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import ServerSettings
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, REVIEW_PROXY, EpisodeVideoDocument, ReviewProxy
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.episode_video.chosen_stream import choose_stream
from screenalytics_assets.episode_video.describe_video import describe_video
from screenalytics_assets.review_proxy.build_proxy import PROXY_FILE, build_proxy
from screenalytics_assets.review_proxy.checks import LoadedProxy, proxy_is_as_long_as_the_video
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document
from screenalytics_resources.video.probe import probe
from tests.tiny_episode import origin
from tests.video.films import greys, write_film

EP_ID = "film-s01e01"
RUN_ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def store(home: Path, tmp_path: Path) -> ArtifactStore:
    """An episode of two seconds in MPEG-4 part 2, which browsers do not play."""
    store = ArtifactStore(str(home))
    write_video(store, write_film(tmp_path / "film.avi", greys(50)))
    return store


def write_video(store: ArtifactStore, film: Path) -> None:
    path = Path(str(store.video(EP_ID)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(film.read_bytes())
    video = describe_video(EP_ID, path, store.relative(store.video(EP_ID)), lambda count: None)
    document = EpisodeVideoDocument(EP_ID, video, origin("episode_video", {"video": video.sha256}))
    save_document(store, EPISODE_VIDEO, document)


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        yield instance


def run(instance: DagsterInstance) -> None:
    execute(build_definitions().resolve_job_def("proxy"), instance, EP_ID, RUN_ID, {})


def proxy_path(store: ArtifactStore) -> Path:
    return Path(str(store.frames(EP_ID, *PROXY_FILE.split("/"))))


def test_the_job_makes_a_copy_that_the_server_plays_instead(store: ArtifactStore, instance: DagsterInstance) -> None:
    client = TestClient(create_app(store, ServerSettings(actor="ann")), base_url="http://localhost")
    assert client.get(f"/episodes/{EP_ID}").json()["video"]["proxy"] == "missing"
    original = client.get(f"/episodes/{EP_ID}/video")
    assert original.headers["content-type"] == "application/octet-stream"
    run(instance)
    proxy = load_artifact(store, REVIEW_PROXY, EP_ID).content
    assert (proxy.needed, proxy.width, proxy.height, proxy.duration_s) == (True, 96, 64, 2.0)
    assert proxy.proxy_key == f"frames/{EP_ID}/{PROXY_FILE}"
    assert probe(proxy_path(store)).codec == "h264"
    assert client.get(f"/episodes/{EP_ID}").json()["video"]["proxy"] == "present"
    copy = client.get(f"/episodes/{EP_ID}/video")
    assert (copy.content, copy.headers["content-type"]) == (proxy_path(store).read_bytes(), "video/mp4")
    evaluated = instance.event_log_storage.get_latest_asset_check_execution_by_key
    (check,) = evaluated(
        [
            key
            for key in build_definitions().resolve_asset_graph().asset_check_keys
            if key.asset_key.path[-1] == "review_proxy"
        ]
    ).values()
    assert check.evaluation is not None and check.evaluation.passed


def test_a_copy_of_an_earlier_video_is_not_served(
    store: ArtifactStore, instance: DagsterInstance, tmp_path: Path
) -> None:
    run(instance)
    write_video(store, write_film(tmp_path / "other.avi", greys(30)))
    client = TestClient(create_app(store, ServerSettings(actor="ann")), base_url="http://localhost")
    assert client.get(f"/episodes/{EP_ID}").json()["video"]["proxy"] == "missing"
    assert client.get(f"/episodes/{EP_ID}/video").content == Path(str(store.video(EP_ID))).read_bytes()


def test_a_video_that_browsers_play_needs_no_copy(store: ArtifactStore, tmp_path: Path) -> None:
    build_proxy(store, load_artifact(store, EPISODE_VIDEO, EP_ID).content, lambda done: None)
    assert proxy_path(store).exists()
    write_video(store, write_film(tmp_path / "film.mp4", greys(50), codec="libx264"))
    video = load_artifact(store, EPISODE_VIDEO, EP_ID).content
    assert not build_proxy(store, video, lambda done: None).needed
    assert not proxy_path(store).exists()
    choose_stream(store, EP_ID, 0)
    assert build_proxy(store, video, lambda done: None).needed


def test_removing_the_episode_removes_the_copy(store: ArtifactStore, instance: DagsterInstance) -> None:
    run(instance)
    remove_episode(store, EP_ID)
    assert not proxy_path(store).exists()
    assert store.video(EP_ID).exists()


@pytest.mark.parametrize(
    ("changes", "stored_bytes", "passed", "text"),
    [
        pytest.param({}, 9, True, "lasts 2.00 s", id="whole"),
        pytest.param({"duration_s": 2.5}, 9, True, "lasts 2.50 s", id="a little longer"),
        pytest.param({"duration_s": 1.4}, 9, False, "lasts 1.40 s, but the video 2.00 s", id="too short"),
        pytest.param({"duration_s": 2.6}, 9, False, "lasts 2.60 s, but the video 2.00 s", id="too long"),
        pytest.param({}, 8, False, "has 8 bytes, but 9 were recorded", id="another file"),
        pytest.param({}, None, False, "is missing, but 9 were recorded", id="no file"),
        pytest.param({"needed": False, "size_bytes": None}, None, True, "play the video itself", id="not needed"),
    ],
)
def test_the_copy_is_as_long_as_the_video(
    store: ArtifactStore, changes: dict[str, Any], stored_bytes: int | None, passed: bool, text: str
) -> None:
    video = load_artifact(store, EPISODE_VIDEO, EP_ID).content
    proxy = ReviewProxy(
        ep_id=EP_ID, needed=True, proxy_key="k", sha256="0", size_bytes=9, width=96, height=64, duration_s=2.0
    )
    loaded = LoadedProxy(video, proxy, 9)
    outcome = proxy_is_as_long_as_the_video(
        replace(loaded, proxy=proxy.model_copy(update=changes), stored_bytes=stored_bytes)
    )
    assert (outcome.passed, text in outcome.description) == (passed, True)
