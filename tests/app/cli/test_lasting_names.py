"""Names given by hand survive another clustering, a cleanup, and a restored cleanup."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore
from tests.app.cast_bench import A, B, assign_to
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID

GONE, KEPT = A, B
"""Identity that a merge absorbs if no decision prevents it, and the one whose id stays."""
RUN = ("run", "--ep-id", EP_ID)
ALL_IN_ONE = ("--cluster-thresh=-1", "--set", "min_identity_sim=-1")
CLEAN = ("cleanup", "--ep-id", EP_ID, "--actions", "recluster", "--write-back", "--force", *ALL_IN_ONE)


@pytest.fixture
def named(screen: Screen, cast: CastStore) -> None:
    """Name both identities of the tiny episode."""
    for identity, person in ((GONE, "ben"), (KEPT, "ann-example")):
        assert assign_to(screen, identity, person) == 0


def names(store: ArtifactStore) -> dict[str, str | None]:
    return {row.identity_id: row.name for row in load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.assignments}


def tracks(store: ArtifactStore) -> dict[str, tuple[str, ...]]:
    return {i.identity_id: i.track_ids for i in load_artifact(store, IDENTITIES, EP_ID).content.identities}


def owners(cast: CastStore) -> Mapping[str, str]:
    return {owner.identity_id: owner.person_id for owner in cast.owners("tiny", EP_ID)}


def words(screen: Screen) -> str:
    return " ".join(screen.out.replace("│", " ").split())


@pytest.mark.usefixtures("named")
def test_two_identities_with_different_names_never_merge(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    clips = tracks(store)
    for again in ((*RUN, *ALL_IN_ONE), (*RUN, *ALL_IN_ONE), (*RUN, "--from", "cast_assignments")):
        assert screen.call(*again) == 0
        assert names(store) == {KEPT: "Ann Example", GONE: "Ben"}
        assert tracks(store) == clips
        assert "named by hand" not in words(screen), again
    assert owners(cast) == {}
    fates = load_artifact(store, IDENTITIES, EP_ID).content.decisions
    assert fates is not None
    assert (fates.applied, fates.lost, fates.overruled) == (2, (), ())


@pytest.mark.usefixtures("named")
def test_a_restored_set_has_its_names(screen: Screen, store: ArtifactStore) -> None:
    clips = tracks(store)
    assert screen.call(*CLEAN) == 0
    assert names(store) == {KEPT: "Ann Example", GONE: "Ben"}
    assert screen.call("cleanup", "--ep-id", EP_ID, "--restore", "1") == 0
    assert tracks(store) == clips
    assert names(store) == {KEPT: "Ann Example", GONE: "Ben"}


def test_a_name_follows_its_faces_into_a_merged_identity_and_back(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    assert assign_to(screen, GONE, "ben") == 0
    assert screen.call(*CLEAN) == 0
    assert names(store) == {KEPT: "Ben"}
    assert screen.call("cleanup", "--ep-id", EP_ID, "--restore", "1") == 0
    assert names(store) == {KEPT: None, GONE: "Ben"}


def test_a_name_that_no_person_gave_cannot_be_withdrawn(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    sentence = screen.refused("cast", "unassign", "--ep-id", EP_ID, "--identity", GONE)
    assert f"No person gave {GONE} of {EP_ID} a name" in sentence
    assert Path(store.root).exists()
