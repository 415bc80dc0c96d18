"""State of an episode, determined from its files."""

from pathlib import Path

import pytest

from screenalytics_assets.library.episode_states import EpisodeState, episode_state, episodes_to_build
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import Current
from screenalytics_assets.settings.episode_settings import change_kept
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.tombstones import write_tombstone
from tests.tiny_episode import EP_ID, write_tiny_episode


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def state(store: ArtifactStore, **explicit: object) -> EpisodeState:
    return episode_state(store, EP_ID, Current({"identities": explicit}), ["1"])


def test_a_complete_episode_has_nothing_to_build(store: ArtifactStore) -> None:
    current = state(store)
    assert (current.kind, current.to_make, current.made) == ("whole", (), len(EPISODE_ARTIFACTS))


def test_other_settings_make_readers_and_downstream_stale(store: ArtifactStore) -> None:
    current = state(store, min_cluster_size=3)
    assert current.kind == "stale"
    assert current.to_make == (
        "identities",
        "cast_assignments",
        "merge_suggestions",
        "track_reps",
        "identity_evaluation",
        "screen_time",
    )
    assert current.fingerprint != state(store).fingerprint


def test_a_missing_artifact_is_rebuilt(store: ArtifactStore) -> None:
    Path(str(store.manifest(EP_ID, "faces.jsonl"))).unlink()
    current = state(store)
    assert (current.kind, current.made) == ("missing", len(EPISODE_ARTIFACTS) - 1)
    assert current.to_make[0] == "faces"


def test_a_video_without_artifacts_has_everything_to_build(home: Path) -> None:
    (home / "videos" / EP_ID).mkdir(parents=True)
    (home / "videos" / EP_ID / "episode.mp4").write_bytes(b"new")
    current = state(ArtifactStore(str(home)))
    assert (current.kind, current.to_make) == ("missing", tuple(EPISODE_ARTIFACTS))
    assert state(ArtifactStore(str(home))).fingerprint == current.fingerprint


def test_a_video_of_another_size_is_another_video(store: ArtifactStore) -> None:
    with Path(str(store.video(EP_ID))).open("ab") as file:
        file.write(b"more")
    assert (state(store).kind, state(store).to_make) == ("stale", tuple(EPISODE_ARTIFACTS))


def test_removed_episodes_are_not_built(store: ArtifactStore) -> None:
    assert episodes_to_build(store) == [EP_ID]
    write_tombstone(store, EP_ID)
    assert store.episodes() == [EP_ID], "its artifacts are not deleted yet"
    assert episodes_to_build(store) == []


def test_an_episode_without_a_video_has_nothing_to_build(store: ArtifactStore) -> None:
    Path(str(store.video(EP_ID))).unlink()
    assert (state(store).kind, state(store).to_make) == ("no video", ())


def test_kept_settings_decide_what_is_stale_and_make_a_failed_episode_eligible_again(store: ArtifactStore) -> None:
    Path(str(store.manifest(EP_ID, "track_reps.jsonl"))).unlink()
    before = state(store)
    change_kept(store, EP_ID, {"min_cluster_size": 3})
    after = state(store)
    assert (before.to_make, after.to_make[0]) == (("track_reps",), "identities")
    change_kept(store, EP_ID, {"min_cluster_size": 4})
    assert len({before.fingerprint, after.fingerprint, state(store).fingerprint}) == 3
