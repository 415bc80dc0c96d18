"""Names given by hand survive another clustering and a restored cleanup, or are reported until they are settled."""

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
"""Identity that a merge absorbs, and the one whose id stays, because it spans more frames."""
RUN = ("run", "--ep-id", EP_ID)
ALL_IN_ONE = ("--cluster-thresh=-1", "--set", "min_identity_sim=-1")
CONFLICT = f"{GONE}, named ben by hand, is now part of {KEPT}, which is named ann-example."


@pytest.fixture
def named(screen: Screen, cast: CastStore) -> None:
    """Name both identities of the tiny episode, the one that another clustering merges away first."""
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
def test_two_named_identities_that_merge_are_reported(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    clips = tracks(store)
    assert screen.call(*RUN, *ALL_IN_ONE) == 0
    assert names(store) == {KEPT: "Ann Example"}
    sentence = f"1 identities named by hand were merged into one with another name, {GONE} into {KEPT}"
    assert sentence in words(screen)
    for again in ((*RUN, *ALL_IN_ONE), (*RUN, "--from", "cast_assignments")):
        assert screen.call(*again) == 0
        assert sentence in words(screen), again
    for command in (("cast", "show"), ("show",), ("status",)):
        assert screen.call(*command, "--ep-id", EP_ID) == 0
        assert f"lost name: {CONFLICT}" in words(screen), command
        assert f"`screenalytics cast assign --ep-id {EP_ID} --identity I --person ben`" in words(screen), command
        assert f"`screenalytics cast unassign --ep-id {EP_ID} --identity {GONE}`" in words(screen), command

    back = ("config", "--ep-id", EP_ID, "--unset", "cluster_thresh", "--unset", "min_identity_sim")
    assert screen.call(*back) == 0
    assert screen.call(*RUN) == 0
    assert [set(clips.values())] == [set(tracks(store).values())]
    other = next(identity for identity in tracks(store) if identity != KEPT)
    assert names(store) == {KEPT: "Ann Example", other: None}
    assert sentence in words(screen)
    assert assign_to(screen, other, "ben") == 0
    assert screen.call(*RUN) == 0
    assert names(store) == {KEPT: "Ann Example", other: "Ben"}
    assert "named by hand" not in words(screen)
    assert screen.call("status", "--ep-id", EP_ID) == 0
    assert "lost name" not in screen.out


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    "settle",
    [
        pytest.param(("assign", "--identity", KEPT, "--person", "ann-example"), id="confirmed"),
        pytest.param(("unassign", "--identity", GONE), id="withdrawn"),
    ],
)
def test_a_conflict_is_settled(screen: Screen, store: ArtifactStore, settle: tuple[str, ...]) -> None:
    assert screen.call(*RUN, *ALL_IN_ONE) == 0
    assert screen.call("cast", settle[0], "--ep-id", EP_ID, *settle[1:]) == 0
    assert screen.call(*RUN, *ALL_IN_ONE) == 0
    assert names(store) == {KEPT: "Ann Example"}
    assert "named by hand" not in words(screen)


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("named_since", [False, True])
def test_a_restored_set_has_its_names(screen: Screen, store: ArtifactStore, cast: CastStore, named_since: bool) -> None:
    before, clips = owners(cast), tracks(store)
    decided = {(owner.identity_id, owner.assigned_at) for owner in cast.owners("tiny")}
    clean = ("cleanup", "--ep-id", EP_ID, "--actions", "recluster", "--write-back", "--force", *ALL_IN_ONE)
    assert screen.call(*clean) == 0
    assert owners(cast) == {KEPT: "ann-example"}
    if named_since:
        assert assign_to(screen, KEPT, "ben") == 0
    assert screen.call("cleanup", "--ep-id", EP_ID, "--restore", "1") == 0
    assert tracks(store) == clips
    if named_since:
        assert owners(cast) == {KEPT: "ben", GONE: "ben"}
    else:
        assert owners(cast) == before
        assert names(store) == {KEPT: "Ann Example", GONE: "Ben"}
        assert {(owner.identity_id, owner.assigned_at) for owner in cast.owners("tiny")} == decided
    assert cast.past_owners("tiny") == ()


def test_a_moved_name_leaves_the_other_face_when_the_set_is_restored(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    assert assign_to(screen, GONE, "ben") == 0
    clean = ("cleanup", "--ep-id", EP_ID, "--actions", "recluster", "--write-back", "--force", *ALL_IN_ONE)
    assert screen.call(*clean) == 0
    assert owners(cast) == {KEPT: "ben"}
    assert screen.call("cleanup", "--ep-id", EP_ID, "--restore", "1") == 0
    assert owners(cast) == {GONE: "ben"}
    assert names(store) == {KEPT: None, GONE: "Ben"}


def test_a_name_that_no_person_gave_cannot_be_withdrawn(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    sentence = screen.refused("cast", "unassign", "--ep-id", EP_ID, "--identity", GONE)
    assert f"No person gave {GONE} of {EP_ID} a name" in sentence
    assert Path(store.root).exists()
