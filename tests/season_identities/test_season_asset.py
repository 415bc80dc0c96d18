"""The asset and the checks of a season in a real run over the tiny episode, with one failing case per check."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    EPISODE_VIDEO,
    FACES,
    SEASON_IDENTITIES,
    TRACK_EMBEDDINGS,
    TRACKS,
)
from screenalytics_assets.dagster_support.partitions import SHOWS
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.moderation.anchors import scene_of, track_anchors
from screenalytics_assets.moderation.mark_tracks import mark_tracks
from screenalytics_assets.season_identities.gather import decision_problems, gather_show
from screenalytics_assets.track_embeddings.pool_again import pool_again
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import decisions_sha256, line_of, make_mirror, write_mirror
from screenalytics_resources.decisions.records import Gesture, Kind, NewDecision, Role, Subject, Value, decisions_of
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import save_document, save_table
from tests.tiny_episode import EP_ID, NOW, write_tiny_episode

SHOW = parse_ep_id(EP_ID).show
NO_VALUE = Value()


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def run(build: bool = True, **config: Any) -> ExecuteInProcessResult:
    """Build the season, or only evaluate its checks."""
    job = build_definitions().resolve_job_def("season")
    checks = set(job.asset_layer.asset_graph.asset_check_keys)
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("shows", [SHOW])
        ops = {"season_identities": {"config": config}} if build else {}
        return (job if build else job.get_subset(asset_check_selection=checks)).execute_in_process(
            partition_key=SHOW,
            instance=instance,
            raise_on_error=False,
            run_config={"ops": ops, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def results(result: ExecuteInProcessResult) -> dict[str, tuple[bool, str, str]]:
    evaluations = result.get_asset_check_evaluations()
    return {e.check_name: (e.passed, e.severity.value, e.description or "") for e in evaluations}


def test_a_season_of_one_episode(store: ArtifactStore) -> None:
    result = run()
    assert result.success
    assert all(passed for passed, _, _ in results(result).values())
    season = load_artifact(store, SEASON_IDENTITIES, SHOW).content
    assert [identity.num_tracks for identity in season.identities] == [2, 2]
    (materialization,) = result.asset_materializations_for_node("season_identities")
    figures = {name: entry.value for name, entry in materialization.metadata.items() if name != "path"}
    assert list(figures)[:3] == ["num_identities", "num_episodes", "num_tracks"]
    assert list(figures.values())[-1] == 0
    before = season.model_dump_json()
    assert run().success
    assert load_artifact(store, SEASON_IDENTITIES, SHOW).content.model_dump_json() == before


def test_an_incremental_run_records_why_it_was_a_full_one(store: ArtifactStore) -> None:
    assert run(incremental=True).success
    metadata = load_artifact(store, SEASON_IDENTITIES, SHOW).content.metadata
    assert (metadata.mode, metadata.mode_reason) == ("full", "there is no earlier result that can be read")


def test_every_check_has_a_case_below() -> None:
    graph = build_definitions().resolve_job_def("season").asset_layer.asset_graph
    assert {key.name for key in graph.asset_check_keys} == {
        "season_is_whole",
        "season_is_of_today",
        "season_seconds_add_up",
    }
    assert {graph.get_check_spec(key).partitions_def for key in graph.asset_check_keys} == {SHOWS}
    assert {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking} == {
        "season_is_whole",
        "season_seconds_add_up",
    }


def test_a_track_in_no_identity_fails_the_integrity_check(store: ArtifactStore) -> None:
    run()
    document = load_artifact(store, SEASON_IDENTITIES, SHOW)
    fewer = document.content.model_copy(update={"identities": document.content.identities[:1]})
    save_document(store, SEASON_IDENTITIES, replace(document, content=fewer))
    passed, severity, description = results(run(build=False))["season_is_whole"]
    assert (passed, severity) == (False, "ERROR")
    assert "2 problems found, first: tiny-s01e01 track-0000" in description


def test_new_embeddings_fail_the_up_to_date_check(store: ArtifactStore) -> None:
    run()
    table = load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    save_table(store, TRACK_EMBEDDINGS, replace(table, arrays={"tracks.npy": table.arrays["tracks.npy"][::-1].copy()}))
    passed, severity, description = results(run(build=False))["season_is_of_today"]
    assert (passed, severity) == (False, "WARN")
    assert (
        description
        == "changes since it was built: 1, first: tiny-s01e01 has changed; run `screenalytics season --show tiny`"
    )


def test_a_deleted_track_leaves_the_season_and_the_others_keep_their_identities(store: ArtifactStore) -> None:
    run()
    before = load_artifact(store, SEASON_IDENTITIES, SHOW).content
    tracks, embeddings = load_artifact(store, TRACKS, EP_ID), load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    marked = tracks.with_rows(mark_tracks(tracks.rows, {"track-00001", "track-00005"}))
    save_table(store, TRACKS, marked)
    save_table(store, TRACK_EMBEDDINGS, pool_again(embeddings, marked, load_artifact(store, FACES, EP_ID)))
    checks = results(run(build=False))
    assert checks["season_is_whole"][0], "an outdated season is not a broken one"
    assert not checks["season_is_of_today"][0]
    assert all(passed for passed, _, _ in results(run()).values())
    after = load_artifact(store, SEASON_IDENTITIES, SHOW).content
    assert {i.identity_id: i.tracks[EP_ID] for i in before.identities} == {
        "identity-00001": ("track-00001", "track-00003"),
        "identity-00002": ("track-00002", "track-00004"),
    }
    assert {i.identity_id: i.tracks[EP_ID] for i in after.identities} == {
        "identity-00001": ("track-00003",),
        "identity-00002": ("track-00002", "track-00004"),
    }
    assert (after.metadata.num_tracks, after.metadata.num_unusable_tracks) == (3, 0)
    assert after.identities[0].seconds_on_screen < before.identities[0].seconds_on_screen


def test_an_episode_that_is_left_out_is_not_blamed_on_the_season(store: ArtifactStore) -> None:
    shutil.copytree(Path(store.root) / "videos" / EP_ID, Path(store.root) / "videos" / "tiny-s01e02")
    passed, severity, description = results(run())["season_is_of_today"]
    assert (passed, severity) == (False, "WARN")
    assert description == (
        "episodes that are not ready: 1, first: tiny-s01e02: manifests/tiny-s01e02/tracks.jsonl does not exist: make "
        "it with `screenalytics run --ep-id tiny-s01e02`, with --video PATH the first time; then run "
        "`screenalytics season --show tiny`"
    )


def test_a_left_out_episode_with_embeddings_of_other_tracks_is_not_ready(store: ArtifactStore) -> None:
    _copy_episode(store, "tiny-s01e02")
    table = load_artifact(store, TRACKS, "tiny-s01e02")
    save_table(store, TRACKS, table.with_rows(table.rows[:-1]))
    passed, _, description = results(run())["season_is_of_today"]
    assert not passed
    assert description.startswith("episodes that are not ready: 1, first: tiny-s01e02: The track embeddings of")


def test_a_left_out_episode_that_is_ready_now_asks_for_the_season(store: ArtifactStore) -> None:
    shutil.copytree(Path(store.root) / "videos" / EP_ID, Path(store.root) / "videos" / "tiny-s01e02")
    run()
    _copy_episode(store, "tiny-s01e02")
    _, _, description = results(run(build=False))["season_is_of_today"]
    assert description == (
        "changes since it was built: 1, first: tiny-s01e02 is ready now; run `screenalytics season --show tiny`"
    )
    assert results(run())["season_is_of_today"][0]


def test_a_left_out_episode_that_was_deleted_causes_no_warning(store: ArtifactStore) -> None:
    videos = Path(store.root) / "videos"
    shutil.copytree(videos / EP_ID, videos / "tiny-s01e02")
    run()
    shutil.rmtree(videos / "tiny-s01e02")
    assert results(run(build=False))["season_is_of_today"][0]


def test_damaged_embeddings_of_an_episode_name_the_run_that_repairs_them(store: ArtifactStore) -> None:
    run()
    store.manifest(EP_ID, "track_embeddings_meta.seal.json").write_bytes(b"{")
    _, _, description = results(run(build=False))["season_is_of_today"]
    assert description.startswith("episodes that are not ready: 1, first: tiny-s01e01: manifests/tiny-s01e01/track_emb")
    assert "--from track_embeddings" in description


def _copy_episode(store: ArtifactStore, ep_id: str) -> None:
    """Store the artifacts that a season reads under another episode id."""
    shutil.copytree(Path(store.root) / "frames" / EP_ID, Path(store.root) / "frames" / ep_id)
    tracks, embeddings = load_artifact(store, TRACKS, EP_ID), load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    save_table(store, TRACKS, replace(tracks, ep_id=ep_id))
    save_table(store, TRACK_EMBEDDINGS, replace(embeddings, ep_id=ep_id))


def test_an_episode_that_is_not_ready_is_left_out_with_the_reason(store: ArtifactStore) -> None:
    shutil.copytree(Path(store.root) / "videos" / EP_ID, Path(store.root) / "videos" / "tiny-s01e02")
    gathered = gather_show(store, SHOW, cannot_link=True)
    assert [episode.ep_id for episode in gathered.episodes] == [EP_ID]
    assert [left.ep_id for left in gathered.left_out] == ["tiny-s01e02"]
    assert "manifests/tiny-s01e02/tracks.jsonl does not exist" in gathered.left_out[0].why


def decide(store: ArtifactStore, log_id: str, *decisions: NewDecision) -> None:
    """Write a log with these decisions, without a database."""
    rows = decisions_of(Gesture(actor="ann", decisions=decisions), log_id, 0, NOW)
    write_mirror(store, log_id, make_mirror(UUID(int=1), [line_of(row) for row in rows]))


def said(store: ArtifactStore, ep_id: str, kind: Kind, *tracks: str, value: Value = NO_VALUE) -> NewDecision:
    """Return a decision about tracks of an episode, each track a subject."""
    scene = scene_of(load_artifact(store, TRACKS, ep_id), load_artifact(store, EPISODE_VIDEO, ep_id).content)
    roles: list[Role] = ["target", *["other" for _ in tracks[1:]]]  # type: ignore[list-item]
    subjects = [
        Subject(role=role, anchors=track_anchors([track], scene)) for role, track in zip(roles, tracks, strict=True)
    ]
    return NewDecision(kind=kind, subjects=tuple(subjects), value=value)


def test_dismissed_tracks_take_no_part_before_the_next_run_of_the_episode(store: ArtifactStore) -> None:
    dismissed = said(store, EP_ID, "dismiss", "track-00001", "track-00002", value=Value(reason="not_a_face"))
    decide(store, EP_ID, dismissed)
    (episode,) = gather_show(store, SHOW, cannot_link=True).episodes
    assert [track.track_id for track in episode.tracks] == ["track-00003", "track-00004"]
    assert episode.outside == ["track-00001", "track-00002", "track-00005"]
    stored = load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    assert np.array_equal(episode.vectors, stored.vectors[2:])
    assert episode.embeddings_digest == stored.digest
    assert all(passed for passed, _, _ in results(run()).values())


@pytest.mark.parametrize("log_id", [EP_ID, SHOW])
def test_new_decisions_fail_the_up_to_date_check_until_the_season_is_built(store: ArtifactStore, log_id: str) -> None:
    run()
    before = load_artifact(store, SEASON_IDENTITIES, SHOW).provenance.inputs
    assert not any(name.startswith("decisions") for name in before)
    decide(store, log_id, said(store, EP_ID, "same", "track-00001", "track-00003"))
    passed, severity, description = results(run(build=False))["season_is_of_today"]
    assert (passed, severity) == (False, "WARN")
    assert description == (
        f"changes since it was built: 1, first: {log_id} has new decisions; run `screenalytics season --show tiny`"
    )
    assert results(run())["season_is_of_today"][0]
    after = load_artifact(store, SEASON_IDENTITIES, SHOW).provenance.inputs
    assert after == {**before, f"decisions of {log_id}": decisions_sha256(store, log_id)}


def test_decisions_that_do_not_hold_are_described(store: ArtifactStore) -> None:
    decide(store, SHOW, said(store, EP_ID, "same", "track-00001", "track-00003"))
    gathered = gather_show(store, SHOW, cannot_link=True)
    assert decision_problems(gathered) == [
        "decision 1 of the show is lost: its faces are not in these episodes"  # its subjects name no episode
    ]


def test_damaged_decisions_of_the_show_stop_the_run(store: ArtifactStore) -> None:
    store.make_manifest_folder(SHOW)
    store.write(store.manifest(SHOW, "decisions.jsonl"), b"{}")
    with pytest.raises(
        UserError, match=r"manifests/tiny/decisions\.jsonl cannot be used: its first line is not a seal"
    ):
        gather_show(store, SHOW, cannot_link=True)


def test_a_show_without_episodes_raises(store: ArtifactStore) -> None:
    with pytest.raises(UserError, match="Show 'other' has no episode with track embeddings: run its episodes first"):
        gather_show(store, "other", cannot_link=True)


def test_episodes_of_two_packs_raise(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from screenalytics_assets.season_identities import gather

    original = gather._episode
    monkeypatch.setattr(type(store), "episodes", lambda _: [EP_ID, "tiny-s01e02"])
    monkeypatch.setattr(
        gather,
        "_episode",
        lambda store, ep_id, links, across: replace(
            original(store, EP_ID, links, across), ep_id=ep_id, pack="opencv_zoo" if ep_id == EP_ID else "buffalo_sc"
        ),
    )
    with pytest.raises(
        UserError, match="tiny-s01e01 was made with model pack opencv_zoo and tiny-s01e02 with buffalo_sc"
    ):
        gather_show(store, SHOW, cannot_link=True)
