"""The asset in a real run over the tiny episode, and the screen time of the season from it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from screenalytics_app.actions.screen_time import ScreenTimeRequest, screen_time
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SCREEN_TIME, SEASON_SCREEN_TIME
from screenalytics_assets.dagster_support.partitions import EPISODES, SHOWS
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.screen_time.files import EPISODE_FORMATS, SEASON_FORMATS, episode_files, season_files
from screenalytics_assets.screen_time.formats.inline_plot import MAX_BYTES
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import EP_ID, write_tiny_episode

A, B = "identity-00001", "identity-00002"


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def run(job_name: str, partition: str, assets: list[str] | None = None) -> ExecuteInProcessResult:
    job = build_definitions().resolve_job_def(job_name)
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(EPISODES.name), [EP_ID])
        instance.add_dynamic_partitions(str(SHOWS.name), ["tiny"])
        keys = [key for key in job.asset_layer.executable_asset_keys if key.path[-1] in (assets or [])]
        return (job.get_subset(asset_selection=set(keys)) if assets else job).execute_in_process(
            partition_key=partition,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def metadata(result: ExecuteInProcessResult, asset: str) -> Mapping[str, Any]:
    (materialization,) = result.asset_materializations_for_node(asset)
    return {name: entry.value for name, entry in materialization.metadata.items()}


def test_the_asset_adds_up_the_tracks_and_writes_every_format(store: ArtifactStore) -> None:
    result = run("episode", EP_ID, ["screen_time"])
    assert result.success
    content = load_artifact(store, SCREEN_TIME, EP_ID).content
    # A is on screen in frames 0 to 30 and 50 to 80, B in 5 to 40 and 55 to 90, at 5 frames per second.
    assert [(lane.lane_id, lane.seconds, lane.shots) for lane in content.lanes] == [(B, 14.4, 2), (A, 12.4, 2)]
    assert [lane.share for lane in content.lanes] == [0.72, 0.62]
    assert (content.frame_rate, content.duration_s) == ("5/1", 20.0)
    assert (content.tracks_in_no_identity, content.seconds_in_no_identity) == (("track-00005",), 2.2)
    assert set(episode_files()) == set(EPISODE_FORMATS)
    for name in episode_files().values():
        assert Path(str(store.manifest(EP_ID, name))).stat().st_size > 0
    shown = metadata(result, "screen_time")
    assert (shown["people"], shown["unnamed"], shown["automatic_seconds"]) == (0, 2, 26.8)
    assert "data:image/png;base64," in str(shown["plot"])
    assert len(str(shown["plot"])) < MAX_BYTES * 4 / 3 + 1000
    assert shown["plot_path"].endswith("screen_time.png")


def test_the_artifact_and_the_present_view_agree(store: ArtifactStore) -> None:
    assert run("episode", EP_ID, ["screen_time"]).success
    assert screen_time(ScreenTimeRequest(EP_ID, None), store) == load_artifact(store, SCREEN_TIME, EP_ID).content


def test_the_season_adds_up_its_episodes(store: ArtifactStore) -> None:
    assert run("season", "tiny").success
    content = load_artifact(store, SEASON_SCREEN_TIME, "tiny").content
    assert [(lane.seconds, list(lane.episodes)) for lane in content.lanes] == [(14.4, [EP_ID]), (12.4, [EP_ID])]
    assert {lane.lane_id for lane in content.lanes} == {A, B}
    assert set(season_files()) == set(SEASON_FORMATS)
    for name in season_files().values():
        assert Path(str(store.manifest("tiny", name))).stat().st_size > 0
    assert screen_time(ScreenTimeRequest(None, "tiny"), store) == content


def test_a_season_without_screen_time_lists_its_episodes_as_left_out(store: ArtifactStore) -> None:
    Path(str(store.manifest(EP_ID, SCREEN_TIME.file))).unlink()
    assert run("season", "tiny").success
    content = load_artifact(store, SEASON_SCREEN_TIME, "tiny").content
    assert (content.lanes, [left.ep_id for left in content.left_out]) == ((), [EP_ID])
