"""A second video of an episode: refused by name, and never written over the first."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetMaterialization, DagsterInstance
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.library.new_videos import STABLE_S
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.automation.video_sensor import Sensor, sent_states

EP = "demo-s01e01"
PLACED = f"{EP}/episode.mp4"


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    (home / "videos").mkdir(parents=True)
    with open_instance() as instance:
        yield instance


@pytest.fixture
def sensor(instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch) -> Sensor:
    return Sensor(instance, monkeypatch)


def drop(home: Path, film: Path, *names: str) -> None:
    """Put a different cut of `film` at each of these paths below `videos/`."""
    for name in names:
        path = home / "videos" / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(film, path)
        with path.open("ab") as file:
            file.write(b"\0\0\0\x08free" + name.encode())


def contents(home: Path) -> dict[str, bytes]:
    files = (path for path in (home / "videos").rglob("*") if path.is_file())
    return {path.relative_to(home / "videos").as_posix(): path.read_bytes() for path in files}


def causes(home: Path) -> list[str]:
    lines = (home / "alerts" / "alerts.jsonl").read_text().splitlines()
    return [alert["cause"] for alert in map(json.loads, lines)]


@pytest.mark.parametrize("materialized", [False, True], ids=["no-run-yet", "with-a-run"])
@pytest.mark.parametrize(
    ("names", "is_known", "words"),
    [
        pytest.param((f"{EP}.mkv", f"{EP}.mp4"), False, "several videos", id="two-loose-files"),
        pytest.param((f"{EP}.mkv", f"{EP}.mp4"), True, "several videos", id="two-loose-files-registered"),
        pytest.param((PLACED, f"{EP}.mkv"), False, "has another video", id="folder-and-loose-file"),
        pytest.param((PLACED, f"{EP}.mkv"), True, "has another video", id="folder-and-loose-file-registered"),
        pytest.param((PLACED, f"{EP}.mkv", f"{EP}.mov"), True, "has another video", id="three"),
    ],
)
def test_several_videos_are_refused_by_name_in_one_alert(
    sensor: Sensor,
    instance: DagsterInstance,
    home: Path,
    short_sample: Path,
    names: Sequence[str],
    is_known: bool,
    words: str,
    materialized: bool,
) -> None:
    if is_known:
        instance.add_dynamic_partitions("episodes", [EP])
    if materialized:
        instance.report_runless_asset_event(AssetMaterialization("episode_video", partition=EP))
    drop(home, short_sample, *names)
    before = contents(home)
    for now in (1000.0, 2000.0, 3000.0):
        assert sensor.requests(now) == []
    assert contents(home) == before
    assert sent_states(home) == [("ERROR", f"videos/{EP}")]
    assert all(f"videos/{name}" in causes(home)[0] for name in names)
    assert words in causes(home)[0]


def test_the_one_that_is_left_is_taken(sensor: Sensor, home: Path, short_sample: Path) -> None:
    drop(home, short_sample, f"{EP}.mkv", f"{EP}.mp4")
    sensor.requests(1000.0)
    kept = (home / "videos" / f"{EP}.mkv").read_bytes()
    (home / "videos" / f"{EP}.mp4").unlink()
    (request,) = sensor.requests(2000.0)
    assert request.partition_key == EP
    assert contents(home) == {PLACED: kept}
    assert sent_states(home) == [("ERROR", f"videos/{EP}"), ("passed", f"videos/{EP}")]


def test_a_second_cut_that_is_dropped_later_is_refused(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path
) -> None:
    drop(home, short_sample, f"{EP}.mkv")
    (request,) = sensor.requests(1000.0)
    create_run_for_test(instance, tags=dict(request.tags) | {PARTITION_TAG: EP})
    drop(home, short_sample, f"{EP}.mp4")
    before = contents(home)
    assert sensor.requests(2000.0) == []
    assert contents(home) == before
    assert "--replace-video" in (sent_states(home) and causes(home)[0])


def test_other_files_of_the_episode_are_no_rivals(sensor: Sensor, home: Path, short_sample: Path) -> None:
    drop(home, short_sample, f"{EP}.mkv", f"{EP}.srt")
    assert len(sensor.requests(1000.0)) == 1
    assert set(contents(home)) == {PLACED, f"{EP}.srt"}


@pytest.mark.parametrize("name", [f"{EP}.mkv", PLACED], ids=["loose", "in-its-folder"])
def test_a_video_for_a_registered_id_is_taken(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path, name: str
) -> None:
    instance.add_dynamic_partitions("episodes", [EP])
    drop(home, short_sample, name)
    (request,) = sensor.requests(1000.0)
    assert (request.partition_key, set(contents(home))) == (EP, {PLACED})
    create_run_for_test(instance, tags=dict(request.tags) | {PARTITION_TAG: EP})
    assert sensor.requests(2000.0) == []


def test_a_video_waits_while_its_episode_is_worked_on(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path
) -> None:
    drop(home, short_sample, f"{EP}.mkv")
    store = ArtifactStore(str(home))
    with store.place.lock(store.lock(EP), EP):
        assert sensor.requests(1000.0) == []
        assert set(contents(home)) == {f"{EP}.mkv"}
    result = sensor.tick(1001.0 + STABLE_S)
    assert [request.partition_key for request in result.run_requests or ()] == [EP]  # type: ignore[union-attr]


def test_a_video_that_cannot_be_read_does_not_keep_others_back(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.add_dynamic_partitions("episodes", [EP])
    drop(home, short_sample, PLACED, "demo-s01e02.mkv")
    read_ends = LocalDisk.read_ends

    def refuse(self: LocalDisk, path: Any, *sizes: int) -> Any:
        if EP in str(path):
            raise PermissionError
        return read_ends(self, path, *sizes)

    monkeypatch.setattr(LocalDisk, "read_ends", refuse)
    assert [request.partition_key for request in sensor.requests(1000.0)] == ["demo-s01e02"]
    assert sent_states(home) == [("ERROR", f"videos/{PLACED}")]
