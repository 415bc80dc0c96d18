"""Erasing the clothing of a person: which tracks it finds in which set, and what happens to damaged files."""

import json
from pathlib import Path

import numpy as np
import pytest

from screenalytics_app.actions.cast.forget_artifacts import erase_from_episode
from screenalytics_app.actions.cast.forget_clothing import erase_owned_clothing
from screenalytics_app.actions.cleanup import restore
from screenalytics_assets.cleanup.write_back import promote_set, set_paths, stage_crop_index
from screenalytics_assets.contract.clothing_file import CLOTHING_FILE, load_clothing
from screenalytics_assets.contract.identity_records import Labels
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES, TRACKS
from screenalytics_resources.artifact_store import ArtifactStore, local_path
from screenalytics_resources.facebank.person_words import PersonWords
from screenalytics_resources.promotion import backups, staging
from screenalytics_resources.sealed_files import save_document, save_table
from tests.app.cast_bench import A, B
from tests.tiny_episode import EP_ID

PERSON = "zoe-quaxley"
WORDS = PersonWords(frozenset({PERSON, "Zoe Quaxley"}), frozenset())
LINE = f"frames/{EP_ID}/crops/clothing.npy: 4 clothing descriptors"
OF_A, OF_B = [0, 1, 4, 5], [2, 3, 6, 7]


def name_identity(store: ArtifactStore, identity: str, person: str | None = PERSON) -> None:
    document = load_artifact(store, IDENTITIES, EP_ID)
    rows = tuple(
        row.model_copy(update={"labels": Labels(person_id=person)}) if row.identity_id == identity else row
        for row in document.content.identities
    )
    save_document(store, IDENTITIES, document.with_content(document.content.model_copy(update={"identities": rows})))


def assign_by_machine(store: ArtifactStore, identity: str) -> None:
    document = load_artifact(store, CAST_ASSIGNMENTS, EP_ID)
    rows = tuple(
        row.model_copy(update={"person_id": PERSON}) if row.identity_id == identity else row
        for row in document.content.assignments
    )
    content = document.content.model_copy(update={"assignments": rows})
    save_document(store, CAST_ASSIGNMENTS, document.with_content(content))


def keep_set(store: ArtifactStore) -> Path:
    """Replace the episode's set by an equal one. Returns the folder of the kept set."""
    with staging(store, EP_ID) as staged:
        stage_crop_index(staged)
        for path in set_paths(EP_ID):
            staged.take(path)
        promote_set(staged, "cleanup", ["identities"])
    return local_path(backups(store, EP_ID)[0].folder)


def forget(store: ArtifactStore) -> list[str]:
    lines = erase_from_episode(store, EP_ID, frozenset({PERSON}), WORDS)
    return [line for line in lines if "clothing" in line]


def left(store: ArtifactStore) -> list[int]:
    """Return the rows that still have a descriptor, as the reader sees them."""
    found = load_clothing(store, load_artifact(store, TRACKS, EP_ID))
    assert found is not None
    return [int(row) for row in np.flatnonzero(found.any(axis=1))]


def test_nothing_changes_for_a_person_without_an_identity(store: ArtifactStore) -> None:
    name_identity(store, A, "ben")
    assert forget(store) == []
    assert left(store) == sorted(OF_A + OF_B)


@pytest.mark.parametrize("name", [name_identity, assign_by_machine], ids=["identities", "cast-assignments"])
def test_tracks_that_an_artifact_gives_to_the_person(store: ArtifactStore, name: object) -> None:
    assert callable(name)
    name(store, A)
    assert forget(store) == [LINE]
    assert left(store) == OF_B
    assert forget(store) == []


def test_tracks_that_only_the_database_gives_to_the_person(store: ArtifactStore) -> None:
    assert list(erase_owned_clothing(store, EP_ID, {B})) == [LINE]
    assert left(store) == OF_A
    assert list(erase_owned_clothing(store, EP_ID, {B})) == []
    assert list(erase_owned_clothing(store, EP_ID, set())) == []


def test_tracks_that_only_a_kept_set_gives_to_the_person(store: ArtifactStore) -> None:
    name_identity(store, B)
    keep_set(store)
    name_identity(store, B, None)
    assert forget(store) == [LINE]
    assert left(store) == OF_A
    restore(store, EP_ID, 1)
    assert left(store) == OF_A, "a restored set refers to the same file"


def test_pieces_of_a_split_track_in_a_kept_set(store: ArtifactStore) -> None:
    """The kept set has tracks with other ids for the same crops."""
    name_identity(store, A)
    tracks, identities = load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID)
    renamed = [tracks.rows[0].model_copy(update={"track_id": "track-00077"}), *tracks.rows[1:]]
    save_table(store, TRACKS, tracks.with_rows(renamed))
    first = identities.content.identities[0].model_copy(update={"track_ids": ("track-00077",)})
    rows = (first, *identities.content.identities[1:])
    content = identities.content.model_copy(update={"identities": rows})
    save_document(store, IDENTITIES, identities.with_content(content))
    keep_set(store)
    save_table(store, TRACKS, tracks)
    name_identity(store, A, None)
    assert forget(store) == [f"frames/{EP_ID}/crops/clothing.npy: 2 clothing descriptors"]
    assert left(store) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("damage", ["identities", "tracks", "clothing"])
def test_the_file_is_removed_if_the_tracks_of_the_person_cannot_be_read(store: ArtifactStore, damage: str) -> None:
    name_identity(store, A)
    path = local_path(store.frames(EP_ID, CLOTHING_FILE))
    manifests = local_path(store.manifest(EP_ID, "x")).parent
    damaged = {
        "identities": (manifests / "identities.json", f'{{"person_id": "{PERSON}"'),
        "tracks": (manifests / "tracks.jsonl", "{"),
        "clothing": (path, "no array"),
    }
    damaged[damage][0].write_text(damaged[damage][1])
    (line,) = forget(store)
    assert line.startswith(f"frames/{EP_ID}/crops/clothing.npy: removed")
    assert not path.exists()
    assert forget(store) == []


def test_other_people_keep_their_clothing_if_a_set_without_the_person_is_damaged(store: ArtifactStore) -> None:
    folder = keep_set(store)
    name_identity(store, A)
    kept = folder / "manifests" / EP_ID / "identities.json"
    kept.unlink()
    kept.write_text(json.dumps({"edited": True}))
    assert forget(store) == [LINE]
    assert left(store) == OF_B


def test_tracks_of_an_earlier_release(store: ArtifactStore) -> None:
    name_identity(store, A)
    local_path(store.frames(EP_ID, CLOTHING_FILE)).unlink()
    assert forget(store) == []
