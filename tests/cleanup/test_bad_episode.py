"""Cleanup of a film processed with bad settings on purpose: guardrails fail before it and pass after it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.live.films import PEOPLE
from screenalytics_app.actions.cleanup import CleanupRequest, first_stale, restore, run_cleanup
from screenalytics_app.actions.run_episode import RunRequest, RunResult, run_episode
from screenalytics_assets.cleanup.artifact_set import ArtifactSet, load_artifact_set
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.progress import FileProgress
from screenalytics_resources.project import config_dir
from screenalytics_resources.promotion import backups
from tests.cleanup.solo_film import DISSOLVING, make_solo_film

EP = "solo-s01e01"
ONE_CLUSTER: Mapping[str, Any] = {"gate_enabled": False, "stride": 1, "cluster_thresh": -0.9, "min_identity_sim": -1.0}
ALL_ALONE = {"cluster_thresh": 0.999, "merge_probability": 1.0, "join_probability": 1.0, "adopt_max_tracks": 0}
GOOD = load_pack("opencv_zoo", config_dir()).thresholds.model_dump(include={"cluster_thresh", "min_identity_sim"})
"""Overrides the bad value, which is kept with the episode."""


@dataclass(frozen=True)
class BadEpisode:
    """Episode with mixed tracks in one cluster, and the result of the run that made it."""

    root: Path
    result: RunResult


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadEpisode]:
    folder = tmp_path_factory.mktemp("bad")
    film = make_solo_film(folder / "solo.mp4")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCREENALYTICS_DATA_ROOT", str(folder / "data"))
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        store = ArtifactStore(str(folder / "data"))
        result = run_episode(RunRequest(EP, film, ONE_CLUSTER), store, FileProgress(store))
        yield BadEpisode(folder / "data", result)


@pytest.fixture
def store(bad: BadEpisode, home: Path) -> ArtifactStore:
    """Copy of the bad episode for one test."""
    shutil.copytree(bad.root, home)
    return ArtifactStore(str(home))


def run(store: ArtifactStore, settings: Mapping[str, Any], start: str) -> RunResult:
    return run_episode(RunRequest(EP, None, settings, start), store, FileProgress(store))


def clean(store: ArtifactStore, write_back: bool, **settings: Any) -> CleanupReport:
    command = CleanupRequest(EP, PHASES, settings, write_back, force=False)
    return run_cleanup(command, store, FileProgress(store)).report


def states(result: RunResult) -> dict[str, bool]:
    return {check.name: check.passed for check in result.checks}


def test_guardrails_fail_before_and_pass_after(store: ArtifactStore, bad: BadEpisode) -> None:
    assert bad.result.blocked
    assert not states(bad.result)["largest_cluster_fraction"]
    before = load_artifact_set(store, EP)

    preview = clean(store, write_back=False, **GOOD)
    assert load_artifact_set(store, EP).digests == before.digests
    assert (preview.promoted, preview.tracks_split) == (False, len(DISSOLVING))

    report = clean(store, write_back=True, **GOOD)
    after = load_artifact_set(store, EP)
    assert report.promoted
    assert report.digests == preview.digests == after.digests
    check_counts(report, before, after)
    good = run(store, {}, first_stale(store, EP))
    assert not good.blocked
    assert states(good)["singleton_fraction"]
    assert states(good)["largest_cluster_fraction"]
    assert good.made == ("cast_assignments", "merge_suggestions", "track_reps", "identity_evaluation", "screen_time")
    assert report.clusters_after == len(PEOPLE)

    too_high = run(store, ALL_ALONE, "identities")
    assert too_high.blocked
    assert not states(too_high)["singleton_fraction"]
    assert clean(store, write_back=True, **GOOD).promoted
    assert not run(store, {}, first_stale(store, EP)).blocked

    assert len(backups(store, EP)) == 2
    restore(store, EP, 2)
    assert load_artifact_set(store, EP).digests == before.digests


def check_counts(report: CleanupReport, before: ArtifactSet, after: ArtifactSet) -> None:
    """Check every count of the report against the artifacts."""
    assert before.tracks and before.faces and before.identities
    assert after.tracks and after.faces and after.identities and after.track_embeddings
    assert (report.tracks_before, report.tracks_after) == (len(before.tracks.rows), len(after.tracks.rows))
    assert (report.faces_before, report.faces_after) == (len(before.faces.vectors), len(after.faces.vectors))
    identities: Identities = after.identities.content
    assert (report.clusters_before, report.clusters_after) == (1, len(identities.identities))

    known = {track.track_id for track in before.tracks.rows}
    new = [track for track in after.tracks.rows if track.track_id not in known]
    assert report.new_tracks_created == len(new) == report.tracks_after - report.tracks_before
    assert report.tracks_split == len({track.split_from for track in new}) == len(DISSOLVING)
    assert report.splits is not None
    assert report.splits.total == len(new) == sum((report.splits.hard, report.splits.streak, report.splits.iou))
    assert after.tracks.metrics.splits.total == sum(track.split_from is not None for track in after.tracks.rows)

    accepted = {(face.crop_key) for face in before.faces.rows if face.embedding_row is not None}
    left = {(face.crop_key) for face in after.faces.rows if face.embedding_row is not None}
    rejected = [face for face in after.faces.rows if face.crop_key in accepted - left]
    assert report.faces_rejected == len(rejected) == sum((report.faces_rejected_by_reason or {}).values())
    scores = [face.quality.score for face in after.faces.rows if face.embedding_row is not None]
    assert report.mean_quality_after == pytest.approx(sum(scores) / len(scores), abs=1e-4)

    assert report.metrics_after.tracks_per_minute == after.tracks.metrics.tracks_per_minute
    assert report.metrics_after.singleton_fraction == identities.metadata.singleton_fraction
    sizes = [len(identity.track_ids) for identity in identities.identities]
    assert report.largest_cluster_fraction_after == pytest.approx(max(sizes) / sum(sizes), abs=1e-4)
    was = {track: i.identity_id for i in before.identities.content.identities for track in i.track_ids}
    now = {track: i.identity_id for i in identities.identities for track in i.track_ids}
    origin = {track.track_id: track.split_from or track.track_id for track in after.tracks.rows}
    moved = {track for track in origin if was.get(track if track in known else origin[track]) != now.get(track)}
    assert {row.track_id for row in report.moved_tracks} == moved
    assert report.actions_completed == ("split_tracks", "reembed", "recluster")
    assert "has no cast" in report.actions_skipped["group_clusters"]


def test_progress_moves_inside_a_phase_and_never_backwards(store: ArtifactStore) -> None:
    seen: list[tuple[int, float]] = []

    class Watched(FileProgress):
        def start(self, *arguments: Any) -> Any:
            report = super().start(*arguments)

            def watched(done: int) -> None:
                report(done)
                document = json.loads(store.manifest(EP, "progress.json").read_bytes())
                seen.append((document["phase_index"], document["phase_progress"]))

            return watched

    run_cleanup(CleanupRequest(EP, PHASES, {}, False, False), store, Watched(store))
    assert seen == sorted(seen)
    last = json.loads(store.manifest(EP, "progress.json").read_bytes())
    assert (last["stage"], last["phase_total"]) == ("episode_cleanup", 4)
    assert {index for index, done in seen if done == 1.0} == {1, 2, 3}


def test_a_cleanup_that_makes_a_guardrail_worse_is_refused_unless_forced(store: ArtifactStore) -> None:
    run(store, {"cluster_thresh": 0.5}, "identities")
    before = load_artifact_set(store, EP).digests
    worse = {**ALL_ALONE, "min_cluster_size": 30}
    command = CleanupRequest(EP, ["recluster"], worse, write_back=True, force=False)
    result = run_cleanup(command, store, FileProgress(store))
    report, checks = result.report, result.checks
    assert "singleton_fraction goes from 0 (passed) to 1 (error)" in (report.refused or "")
    assert load_artifact_set(store, EP).digests == before
    assert [check.name for check in checks if not check.passed] == ["no_guardrail_got_worse"]
    forced = CleanupRequest(EP, ["recluster"], worse, write_back=True, force=True)
    assert run_cleanup(forced, store, FileProgress(store)).report.promoted
    assert load_artifact_set(store, EP).digests["identities"] != before["identities"]
