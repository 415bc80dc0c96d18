"""The sensor `new_decisions` on a real instance."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus, RunRequest, SensorResult, build_sensor_context
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation import new_decisions as module
from screenalytics_assets.automation.new_decisions import new_decisions
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.decisions.mirror import line_of, make_mirror, write_mirror
from screenalytics_resources.decisions.records import decisions_of
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG
from tests.resources.decisions.gestures import gesture, lock
from tests.tiny_episode import EP_ID, NOW, write_tiny_episode


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    store = write_tiny_episode(home)
    decide(store, 1)
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        yield instance


def decide(store: ArtifactStore, count: int) -> None:
    decisions = decisions_of(gesture(*(lock(n) for n in range(1, count + 1))), EP_ID, 0, NOW)
    write_mirror(store, EP_ID, make_mirror(UUID(int=1), [line_of(one) for one in decisions]))


class Sensor:
    """The sensor with a simulated clock."""

    def __init__(self, instance: DagsterInstance, patch: pytest.MonkeyPatch) -> None:
        self._instance, self._patch = instance, patch
        self._cursor: str | None = None

    def tick(self, now: float) -> list[RunRequest]:
        self._patch.setattr(module.time, "time", lambda: now)
        with build_sensor_context(self._instance, cursor=self._cursor, resources={"store": StoreResource()}) as context:
            result = new_decisions(context)
            self._cursor = result.cursor if isinstance(result, SensorResult) else context.cursor
        return list(result.run_requests or ()) if isinstance(result, SensorResult) else []


def test_an_episode_is_requested_once_with_what_follows_from_its_identities(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = Sensor(instance, monkeypatch)
    assert sensor.tick(0.0) == []
    (request,) = sensor.tick(60.0)
    assert request.partition_key == EP_ID
    assets = ("identities", "cast_assignments", "merge_suggestions", "track_reps", "identity_evaluation", "screen_time")
    assert set(request.asset_selection or ()) == {AssetKey(asset) for asset in assets}
    assert request.tags[STARTED_BY_TAG] == "new_decisions"
    assert sensor.tick(90.0) == sensor.tick(900.0) == []


def test_an_episode_with_a_run_in_progress_waits_for_its_end(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = Sensor(instance, monkeypatch)
    run = create_run_for_test(instance, status=DagsterRunStatus.STARTED, tags={PARTITION_TAG: EP_ID})
    assert [sensor.tick(now) for now in (0.0, 60.0, 90.0)] == [[], [], []]
    instance.delete_run(run.run_id)
    assert len(sensor.tick(120.0)) == 1


def test_the_quiet_time_is_a_setting(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_RECLUSTER_QUIET_S", "5")
    sensor = Sensor(instance, monkeypatch)
    assert sensor.tick(0.0) == sensor.tick(4.0) == []
    assert len(sensor.tick(5.0)) == 1
