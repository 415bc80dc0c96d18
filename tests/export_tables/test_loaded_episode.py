"""Loading the exported artifacts of an episode, which must be complete, undamaged and built from each other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES, TRACKS
from screenalytics_assets.export_tables.loaded_episode import load_episode
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import DamagedArtifactError, save_document, save_table
from tests.tiny_episode import EP_ID, write_tiny_episode


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return write_tiny_episode(tmp_path)


def test_all_artifacts_of_a_valid_episode_are_loaded(store: ArtifactStore) -> None:
    episode = load_episode(store, EP_ID)
    assert (episode.ep_id, len(episode.tracks.rows), len(episode.faces.rows)) == (EP_ID, 5, 10)


@pytest.mark.parametrize("file", ["tracks.jsonl", "faces.jsonl", "identities.json", "cast_assignments.json"])
def test_a_missing_or_damaged_artifact_is_named(store: ArtifactStore, file: str) -> None:
    path = Path(store.root) / "manifests" / EP_ID / file
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedArtifactError, match=f"{file} cannot be used"):
        load_episode(store, EP_ID)
    path.unlink()
    with pytest.raises(DamagedArtifactError, match=f"{file} does not exist"):
        load_episode(store, EP_ID)


def drop_a_track(store: ArtifactStore) -> None:
    tracks = load_artifact(store, TRACKS, EP_ID)
    save_table(store, TRACKS, replace(tracks, rows=tracks.rows[:-1]))


def drop_a_face(store: ArtifactStore) -> None:
    faces = load_artifact(store, FACES, EP_ID)
    save_table(store, FACES, replace(faces, rows=faces.rows[:-1]))


def drop_an_identity(store: ArtifactStore) -> None:
    identities = load_artifact(store, IDENTITIES, EP_ID)
    fewer = identities.content.model_copy(update={"identities": identities.content.identities[:-1]})
    save_document(store, IDENTITIES, replace(identities, content=fewer))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(drop_a_track, "The faces of tiny-s01e01 were built from other tracks", id="tracks"),
        pytest.param(drop_a_face, "The identities of tiny-s01e01 were built from other faces", id="faces"),
        pytest.param(
            drop_an_identity, "The cast_assignments of tiny-s01e01 were built from other identities", id="identities"
        ),
    ],
)
def test_artifacts_built_from_other_inputs_are_refused(
    store: ArtifactStore, change: Callable[[ArtifactStore], None], sentence: str
) -> None:
    change(store)
    with pytest.raises(UserError, match=sentence):
        load_episode(store, EP_ID)
