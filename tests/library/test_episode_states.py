"""States of an episode on disk."""

from pathlib import Path

import pytest

from screenalytics_assets.library.episode_states import EpisodeState, episode_state
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import Current
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import EP_ID, write_tiny_episode


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def state(store: ArtifactStore, **explicit: object) -> EpisodeState:
    return episode_state(store, EP_ID, Current({"identities": explicit}), ["1"])


def test_a_whole_episode_has_nothing_to_make(store: ArtifactStore) -> None:
    found = state(store)
    assert (found.kind, found.to_make, found.made) == ("whole", (), len(EPISODE_ARTIFACTS))


def test_other_settings_make_it_stale_from_there_on(store: ArtifactStore) -> None:
    found = state(store, min_cluster_size=3)
    assert found.kind == "stale"
    assert found.to_make == ("identities", "cast_assignments", "track_reps", "identity_evaluation")
    assert found.fingerprint != state(store).fingerprint


def test_what_is_not_there_is_missing(store: ArtifactStore) -> None:
    Path(str(store.manifest(EP_ID, "faces.jsonl"))).unlink()
    found = state(store)
    assert (found.kind, found.made) == ("missing", len(EPISODE_ARTIFACTS) - 1)
    assert found.to_make[0] == "faces"


def test_a_video_alone_is_all_to_be_made(home: Path) -> None:
    (home / "videos" / EP_ID).mkdir(parents=True)
    (home / "videos" / EP_ID / "episode.mp4").write_bytes(b"new")
    found = state(ArtifactStore(str(home)))
    assert (found.kind, found.to_make) == ("missing", tuple(EPISODE_ARTIFACTS))
    assert state(ArtifactStore(str(home))).fingerprint == found.fingerprint


def test_without_a_video_there_is_nothing_to_do(store: ArtifactStore) -> None:
    Path(str(store.video(EP_ID))).unlink()
    assert (state(store).kind, state(store).to_make) == ("no video", ())
