"""A new Dagster instance over an existing library: everything valid is adopted, and only what is missing is built."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_schedule_context
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.backfill import BackfillRequest, plan_backfill
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation import take_videos
from screenalytics_assets.automation.backfill import nightly_backfill
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.library.new_videos import STABLE_S
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import PARTITION_TAG, VIDEO_TAG
from screenalytics_resources.sealed_files import read_seal, save_document
from tests.automation.test_adoption import statuses
from tests.automation.video_sensor import Sensor
from tests.killed import die_at
from tests.tiny_episode import EP_ID, write_tiny_episode

NIGHT = datetime(2026, 1, 2, 2, tzinfo=UTC)
NOW = 1_800_000_000.0


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    """A complete episode whose identities a cleanup wrote."""
    store = write_tiny_episode(home)
    save_document(store, IDENTITIES, load_artifact(store, IDENTITIES, EP_ID), cleanup="20260101T000000-1")
    return store


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        yield instance


@pytest.fixture
def sensor(instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch) -> Sensor:
    return Sensor(instance, monkeypatch)


def seals(store: ArtifactStore) -> dict[str, object]:
    return {asset: read_seal(store, spec, EP_ID) for asset, spec in EPISODE_SPECS.items()}


def delete(store: ArtifactStore, name: str) -> None:
    Path(str(store.manifest(EP_ID, name))).unlink()


def nightly() -> list[RunRequest]:
    schedule, repository = nightly_backfill(), build_definitions().get_repository_def()
    with open_instance() as instance, build_schedule_context(instance, NIGHT, repository_def=repository) as context:
        return list(schedule.evaluate_tick(context).run_requests or ())


def assets_of(requests: list[RunRequest]) -> list[list[str]]:
    return [[key.path[-1] for key in request.asset_selection or ()] for request in requests]


def test_the_sensor_adopts_a_complete_episode(sensor: Sensor, instance: DagsterInstance, store: ArtifactStore) -> None:
    before = seals(store)
    assert sensor.requests(NOW) == []
    assert instance.get_dynamic_partitions("episodes") == [EP_ID]
    assert {status.value for status in statuses(instance).values()} == {"FRESH"}
    assert sensor.requests(NOW + 100) == []
    assert seals(store) == before


def test_the_sensor_requests_only_what_is_missing(sensor: Sensor, store: ArtifactStore) -> None:
    delete(store, "identity_evaluation.json")
    assert assets_of(sensor.requests(NOW)) == [["identity_evaluation"]]


def test_a_tick_without_time_postpones_the_rest(
    sensor: Sensor, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(take_videos, "BUDGET_S", -1.0)
        assert sensor.requests(NOW) == []
        assert sensor.last_message == "1 files wait for their turn."
    sensor.tick(NOW + 100)
    assert instance.get_dynamic_partitions("episodes") == [EP_ID]


def test_other_settings_are_left_to_the_backfill(
    sensor: Sensor, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENALYTICS_MIN_CLUSTER_SIZE", "3")
    assert sensor.requests(NOW) == []
    assert assets_of(nightly())[0][0] == "identities"


def test_an_episode_without_a_video_is_adopted(sensor: Sensor, instance: DagsterInstance, store: ArtifactStore) -> None:
    shutil.rmtree(Path(str(store.video(EP_ID))).parent)
    assert sensor.requests(NOW) == []
    assert instance.get_dynamic_partitions("episodes") == [EP_ID]
    assert {status.value for status in statuses(instance).values()} == {"FRESH"}


def test_the_schedule_adopts_and_requests_only_what_is_missing(instance: DagsterInstance, store: ArtifactStore) -> None:
    assert nightly() == []
    delete(store, "identity_evaluation.json")
    assert assets_of(nightly()) == [["identity_evaluation"]]
    assert instance.get_dynamic_partitions("episodes") == [EP_ID]
    assert statuses(instance)["identities"].value == "FRESH"
    assert [state.to_make for state in plan_backfill(BackfillRequest(), store).chosen] == [("identity_evaluation",)]


def test_another_cut_under_an_old_name_is_built(sensor: Sensor, store: ArtifactStore, short_sample: Path) -> None:
    shutil.rmtree(Path(str(store.video(EP_ID))).parent)
    shutil.copy(short_sample, Path(store.root) / "videos" / f"{EP_ID}.mp4")
    (request,) = sensor.requests(NOW)
    assert request.asset_selection is None


def test_a_registration_that_a_killed_daemon_left_without_its_run_gets_it(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path
) -> None:
    """The sensor has registered the episode, and the daemon dies before it starts the run and keeps the cursor."""
    shutil.copy(short_sample, home / "videos" / "tiny-s01e02.mp4")
    sensor.tick(NOW)
    cursor = sensor.cursor
    first = sensor.tick(NOW + STABLE_S)
    sensor.cursor = cursor
    (again,) = sensor.requests(NOW + 100)
    assert [request.run_key for request in first.run_requests or ()] == [again.run_key]  # type: ignore[union-attr]


def test_an_episode_that_is_registered_again_runs_again(
    sensor: Sensor, instance: DagsterInstance, home: Path, short_sample: Path
) -> None:
    shutil.copy(short_sample, home / "videos" / "tiny-s01e02.mp4")
    (first,) = sensor.requests(NOW)
    create_run_for_test(instance, tags=dict(first.tags) | {PARTITION_TAG: "tiny-s01e02"})
    for run in instance.get_runs():
        instance.report_run_failed(run)
    instance.delete_dynamic_partition("episodes", "tiny-s01e02")
    (second,) = sensor.requests(NOW + 100)
    assert first.tags[VIDEO_TAG] == second.tags[VIDEO_TAG]
    assert first.tags[VIDEO_TAG] in str(first.run_key)
    assert first.run_key != second.run_key


def test_a_killed_tick_is_completed_by_the_next(
    home: Path, short_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = home / "videos"
    for number in range(1, 30):
        shutil.rmtree(home, ignore_errors=True)
        videos.mkdir(parents=True)
        shutil.copy(short_sample, videos / "tiny-s01e02.mkv")
        with DagsterInstance.ephemeral() as instance:
            sensor = Sensor(instance, monkeypatch)
            sensor.tick(NOW)
            is_complete = die_at(number, lambda sensor=sensor: sensor.tick(NOW + STABLE_S))
            (request,) = sensor.requests(NOW + 100)
        assert request.partition_key == "tiny-s01e02"
        assert (videos / "tiny-s01e02" / "episode.mp4").read_bytes() == short_sample.read_bytes()
        assert [path.name for path in videos.rglob("*") if path.is_file()] == ["episode.mp4"]
        if is_complete:
            return
    raise AssertionError("Expected the tick to end before call 30")


def test_nothing_is_said_about_a_settled_library(sensor: Sensor, store: ArtifactStore) -> None:
    sensor.requests(NOW)
    result = sensor.tick(NOW + 100)
    assert isinstance(result, SkipReason)
    assert result.skip_message == "no new video."
