"""Backfill and status of a small library, from the command line and from the schedule."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_schedule_context
from dagster._core.errors import ScheduleExecutionError

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation.backfill import FINGERPRINT_TAG, nightly_backfill
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, write_tiny_episode

BAD = "tiny-s01e02"
NIGHT = datetime(2026, 1, 2, 2, tzinfo=UTC)


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    """Write an episode that is missing its evaluation, and one with an invalid video."""
    store = write_tiny_episode(home)
    Path(str(store.manifest(EP_ID, "identity_evaluation.json"))).unlink()
    (home / "videos" / BAD).mkdir()
    (home / "videos" / BAD / "episode.mp4").write_bytes(b"no video")
    return store


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID, BAD])
        yield instance


def ticked() -> list[RunRequest | SkipReason]:
    schedule, repository = nightly_backfill(), build_definitions().get_repository_def()
    with open_instance() as instance, build_schedule_context(instance, NIGHT, repository_def=repository) as context:
        data = schedule.evaluate_tick(context)
        return [*(data.run_requests or ()), *([SkipReason(data.skip_message)] if data.skip_message else ())]


def test_a_backfill_makes_what_is_missing_and_continues_after_a_bad_episode(
    screen: Screen,
    store: ArtifactStore,
) -> None:
    assert screen.call("backfill", "--dry-run") == 0
    assert "2 episodes to make" in screen.out
    assert not Path(str(store.manifest(EP_ID, "identity_evaluation.json"))).exists()
    assert screen.call("backfill") == 1
    assert "1 episode made, 1 failed" in screen.out
    assert f"{BAD}" in screen.out
    assert "cannot be read as a video" in screen.out
    assert Path(str(store.manifest(EP_ID, "identity_evaluation.json"))).exists()
    assert screen.call("backfill", "--show", "other") == 2
    assert "The show 'other' has no episodes" in screen.err


def test_status_shows_the_library_by_stage(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call("status") == 0
    rows = {cells[0]: cells[1:] for line in screen.out.splitlines() if (cells := line.split())}
    assert rows["tracks"] == ["1", "1", "0"]
    assert rows["identity_evaluation"] == ["0", "2", "0"]
    assert "2 episodes: 0 up to date, 0 stale, 2 incomplete, 0 without video" in screen.out
    assert "no run in the last 24 hours" in screen.out


def test_the_schedule_requests_what_is_missing(instance: DagsterInstance) -> None:
    requests = [request for request in ticked() if isinstance(request, RunRequest)]
    wanted = {str(r.partition_key): [key.path[-1] for key in r.asset_selection or ()] for r in requests}
    assert wanted[EP_ID] == ["identity_evaluation"]
    assert wanted[BAD][0] == "episode_video"
    assert all(request.tags[FINGERPRINT_TAG] for request in requests)


def test_an_episode_that_keeps_failing_is_left_out_until_something_changes(
    screen: Screen,
    store: ArtifactStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCREENALYTICS_BACKFILL_FAILURES", "2")
    for _ in range(2):
        assert screen.call("backfill") == 1
    assert screen.call("backfill") == 0
    assert "it failed 2 times with the same video" in " ".join(screen.out.split())
    video = Path(str(store.video(BAD)))
    video.write_bytes(b"another file that is no video")
    assert screen.call("backfill", "--dry-run") == 0
    assert "1 episode to make" in screen.out


def test_a_complete_library_is_skipped(home: Path) -> None:
    store = write_tiny_episode(home)
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
    assert [found.skip_message for found in ticked() if isinstance(found, SkipReason)] == [
        "Every episode is up to date."
    ]
    shutil.rmtree(Path(str(store.video(EP_ID))).parent)


def test_an_invalid_cron_line_is_reported_at_the_tick(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_BACKFILL_CRON", "99 99 * * *")
    with pytest.raises(ScheduleExecutionError) as error:
        ticked()
    assert "backfill_cron '99 99 * * *' is not a valid cron expression" in str(error.value.__cause__)
