"""The complete job on an S3 data root writes the same artifacts as on a disk, byte for byte."""

from pathlib import Path

import boto3
import pytest
from dagster import build_sensor_context

from benchmarks.live.same_artifacts import comparable_files
from screenalytics_app.actions.cleanup import CleanupRequest, restore, run_cleanup
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.automation.new_episodes import look_for_videos
from screenalytics_assets.library.new_videos import STABLE_S, bring_in
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.progress import FileProgress

EP, NEXT = "demo-s01e01", "demo-s01e02"
COMPUTE_LOGS = """
telemetry: {{enabled: false}}
compute_logs:
  module: dagster_aws.s3.compute_log_manager
  class: S3ComputeLogManager
  config: {{bucket: {bucket}, prefix: logs, skip_empty_files: false}}
"""


def run_job(root: str, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bytes]]:
    """Return the episode's files after a run, and after a cleanup and its restore."""
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", root)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / ("s3" if "://" in root else "disk")))
    store = ArtifactStore(root)
    run_episode(RunRequest(EP, video, {}), store, FileProgress(store))
    states = [comparable_files(store, EP)]
    command = CleanupRequest(EP, ["recluster"], {"cluster_thresh": 0.99}, write_back=True, force=True)
    report = run_cleanup(command, store, FileProgress(store)).report
    assert report.promoted
    restore(store, EP, 1)
    states.append(comparable_files(store, EP))
    again = run_episode(RunRequest(EP, None, {}), store, FileProgress(store))
    assert again.made == (), "a run of an up-to-date episode makes nothing"
    return states


def test_artifacts_are_the_same_as_on_a_disk(
    bucket: str, home: Path, short_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for on_disk, in_s3 in zip(
        run_job(str(home), short_sample, tmp_path, monkeypatch),
        run_job(bucket, short_sample, tmp_path, monkeypatch),
        strict=True,
    ):
        assert len(on_disk) > 20
        assert on_disk.keys() == in_s3.keys()
        assert [name for name in on_disk if on_disk[name] != in_s3[name]] == []
    assert [path.name for path in home.parent.rglob("*") if "://" in str(path)] == [], (
        "no local folder has the name of the S3 root"
    )


def test_new_objects_become_episodes(bucket: str, home: Path, short_sample: Path) -> None:
    store = ArtifactStore(bucket)
    store.place.import_file(short_sample, store.base / "videos" / f"{NEXT}.mp4")
    write_atomic(store.base / "videos" / "holiday.mp4", b"words")
    write_atomic(store.video("demo-s01e03"), b"no film")
    with open_instance() as instance:
        context = build_sensor_context(instance=instance)
        _, first = look_for_videos(context, store, now=1000.0)
        assert first.waiting == ("demo-s01e02.mp4", "demo-s01e03/episode.mp4")
        context.update_cursor(first.memory_with(()).model_dump_json())
        _, found = look_for_videos(context, store, now=1000.0 + STABLE_S)
    assert [file.ep_id for file in found.ready] == [NEXT]
    assert found.refused.keys() == {"demo-s01e03/episode.mp4"}
    assert "s3://" in found.refused["demo-s01e03/episode.mp4"], "the message names the object, not its local copy"
    assert first.refused.keys() == {"holiday.mp4"}
    assert bring_in(store, found.ready[0]) == NEXT
    assert store.video(NEXT).stat().st_size == short_sample.stat().st_size
    assert store.episodes() == [NEXT, "demo-s01e03"]


def test_compute_logs_go_to_s3(
    bucket: str, short_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bucket.removeprefix("s3://").partition("/")[0]
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(COMPUTE_LOGS.format(bucket=name))
    store = ArtifactStore(bucket)
    run_episode(RunRequest(EP, short_sample, {}), store, FileProgress(store))
    found = boto3.client("s3").list_objects_v2(Bucket=name, Prefix="logs/")["Contents"]
    assert {Path(entry["Key"]).suffix for entry in found} == {".out", ".err"}
