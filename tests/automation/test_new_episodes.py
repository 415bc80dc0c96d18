"""The sensor on a real instance with real files: it registers videos, starts runs, and reports each bad file once."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, SensorResult, SkipReason
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.library.new_videos import STABLE_S
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG
from tests.automation.video_sensor import Sensor, sent_states


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        yield instance


@pytest.fixture
def sensor(instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch) -> Sensor:
    (home / "videos").mkdir(parents=True)
    return Sensor(instance, monkeypatch)


def test_a_video_becomes_an_episode_with_a_run(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path
) -> None:
    shutil.copy(short_sample, home / "videos" / "demo-s01e01.mp4")
    assert isinstance(sensor.tick(1000.0), SkipReason)
    result = sensor.tick(1000.0 + STABLE_S)
    assert isinstance(result, SensorResult)
    (request,) = result.run_requests or ()
    assert request.partition_key == "demo-s01e01"
    assert request.tags[STARTED_BY_TAG] == "new_episodes"
    assert instance.get_dynamic_partitions("episodes") == ["demo-s01e01"]
    assert (home / "videos/demo-s01e01/episode.mp4").exists()
    create_run_for_test(instance, tags=dict(request.tags) | {PARTITION_TAG: "demo-s01e01"})
    for now in (2000.0, 2000.0 + STABLE_S):
        assert isinstance(sensor.tick(now), SkipReason)


def test_bad_files_are_reported_once(sensor: Sensor, home: Path, short_sample: Path) -> None:
    (home / "videos" / "holiday.mp4").write_bytes(b"x")
    (home / "videos" / "demo-s01e02.mp4").write_bytes(short_sample.read_bytes()[:2000])
    messages = []
    for now in (1000.0, 1000.0 + STABLE_S, 2000.0, 3000.0):
        skipped = sensor.tick(now)
        assert isinstance(skipped, SkipReason)
        messages.append(skipped.skip_message or "")
    assert ["holiday.mp4 does not have an episode id" in text for text in messages] == [True, False, False, False]
    unreadable = ["demo-s01e02.mp4 cannot be read as a video" in text for text in messages]
    assert unreadable == [False, True, False, False]
    assert messages[0].startswith("1 files are still being written.")
    assert messages[3] == "no new video."


def test_a_refused_file_causes_one_alert_until_it_is_fixed_or_deleted(
    sensor: Sensor, home: Path, short_sample: Path
) -> None:
    name, video = home / "videos" / "holiday.mp4", home / "videos" / "demo-s01e02.mp4"
    name.write_bytes(b"x")
    video.write_bytes(short_sample.read_bytes()[:2000])
    for now in (1000.0, 1000.0 + STABLE_S, 2000.0):
        sensor.tick(now)
    refused = [("ERROR", "videos/holiday.mp4"), ("ERROR", "videos/demo-s01e02.mp4")]
    assert sent_states(home) == refused
    name.unlink()
    shutil.copy(short_sample, video)
    sensor.tick(3000.0)
    assert sent_states(home) == [*refused, ("passed", "videos/holiday.mp4")], "the other may still be being written"
    sensor.tick(3000.0 + STABLE_S)
    assert sent_states(home) == [*refused, ("passed", "videos/holiday.mp4"), ("passed", "videos/demo-s01e02.mp4")]


def test_ten_good_films_among_bad_inputs(sensor: Sensor, home: Path, short_sample: Path) -> None:
    """Each good film becomes an episode, and each bad input is one alert."""
    videos = home / "videos"
    good = [f"demo-s01e{number:02}" for number in range(1, 11)]
    for name in good:
        shutil.copy(short_sample, videos / f"{name}.mp4")
    content = short_sample.read_bytes()
    bad = {
        "demo-s02e01.mp4": content.replace(b"avc1", b"xyz1"),
        "demo-s02e02.mp4": b"ffconcat version 1.0\nfile 'demo-s01e01.mp4'\n",
        "demo-s02e03.mp4": b"a person is on screen\n" * 400,
        "demo-s02e04.mp4": b"",
        "demo-s02e05.mp4": content[:2000],
        "demo-s02e06.txt": content,
        "holiday.mp4": content,
        "latin\udce9.mp4": content,
    }
    for name, data in bad.items():
        (videos / name).write_bytes(data)
    os.mkfifo(videos / "demo-s02e07.mp4")
    (videos / "demo-s02e08.mp4").symlink_to("/dev/zero")
    (videos / "demo-s02e09.mp4").symlink_to("demo-s02e09.mp4")
    assert isinstance(sensor.tick(1000.0), SkipReason)
    result = sensor.tick(1000.0 + STABLE_S)
    assert isinstance(result, SensorResult)
    assert [request.partition_key for request in result.run_requests or ()] == good
    sensor.tick(3000.0)
    sent = sent_states(home)
    links = ["demo-s02e07.mp4", "demo-s02e08.mp4", "demo-s02e09.mp4"]
    names = [*(name for name in bad if "latin" not in name), *links]
    assert sorted(sent) == sorted(("ERROR", f"videos/{name}") for name in [*names, r"latin\xe9.mp4"])


def test_the_alert_of_a_refused_file_contains_the_remedy(sensor: Sensor, home: Path) -> None:
    (home / "videos" / "holiday.mp4").write_bytes(b"x")
    sensor.tick(1000.0)
    sent_states(home)
    (alert,) = [json.loads(line) for line in (home / "alerts" / "alerts.jsonl").read_text().splitlines()]
    assert (alert["check"], alert["show"], alert["asset"]) == ("video_is_usable", "", "")
    assert "Rename it to one such as show-s01e02" in alert["cause"]
    assert "run_url" not in alert


def test_file_names_with_any_bytes_are_reported(sensor: Sensor, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = {
        b"latin\xe9.mp4": r"videos/latin\xe9.mp4",
        b"a[\x1b[2J\nb.mp4": r"videos/a[\x1b[2J\nb.mp4",
        b"demo-s01e01.\xe9": r"videos/demo-s01e01.\xe9",
        b"folder\xe9/episode.mp4": r"videos/folder\xe9/episode.mp4",
    }
    for name in names:
        path = home / "videos" / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    for now in (1000.0, 1000.0 + STABLE_S):
        assert isinstance(sensor.tick(now), SkipReason)
    logged = capfd.readouterr().err
    assert sorted(sent_states(home)) == [("ERROR", shown) for shown in sorted(names.values())]
    for shown in names.values():
        assert shown in logged
