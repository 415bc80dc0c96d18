"""Assigning identities to people from the command line, and a database that is down or not needed."""

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.people_file import write_people_file
from tests.app.cast_bench import URL, A, B, assign_to, photo
from tests.app.moderation_bench import side_by_side
from tests.app.screen import Screen
from tests.owner_rows import write_owner
from tests.tiny_episode import EP_ID


def owned(screen: Screen) -> dict[str, list[str]]:
    """Return the identities of each person, as `cast list` shows them."""
    people = screen.json("cast", "list", "--show", "tiny")["people"]
    return {person["person_id"]: person["identities"] for person in people}


def test_assign(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    assert assign_to(screen, A, "ann-example") == 0
    assert f"{A} of {EP_ID} is ann-example" in screen.out
    before = owned(screen)
    assert before == {"ann-example": [f"{EP_ID}:{A}"], "ben": []}
    assert assign_to(screen, A, "ann-example") == 0
    assert f"{A} of {EP_ID} was ann-example already" in screen.out
    shown = screen.json("cast", "show", "--ep-id", EP_ID)["assignments"]
    assert [(row["identity_id"], row["name"], row["assigned_by"]) for row in shown] == [
        (A, "Ann Example", "person"),
        (B, None, None),
    ]
    assert owned(screen) == before

    for arguments, sentence in [
        (("identity-00077", "ann-example"), f"There is no identity-00077 in {EP_ID}"),
        ((A, "anne-example"), "tiny has no person anne-example: the nearest known id is ann-example"),
    ]:
        command = ("cast", "assign", "--ep-id", EP_ID, "--identity", arguments[0], "--person", arguments[1])
        assert sentence in screen.refused(*command)
    assert owned(screen) == before

    assert screen.call("run", "--ep-id", EP_ID) == 0
    rows = {row.identity_id: row for row in load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.assignments}
    assert (rows[A].status, rows[A].name, rows[A].assigned_by) == ("assigned", "Ann Example", "person")
    assert rows[B].status == "unknown"
    shown = screen.json("cast", "show", "--ep-id", EP_ID)["assignments"]
    assert [(row["identity_id"], row["name"]) for row in shown] == [(A, "Ann Example"), (B, None)]
    assert screen.call("run", "--ep-id", EP_ID) == 0
    assert "every artifact is up to date" in screen.out

    assert assign_to(screen, A, "ben") == 0
    assert screen.call("run", "--ep-id", EP_ID) == 0
    assert "every artifact is up to date" not in screen.out
    assert load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.assignments[0].name == "Ben"


def test_a_person_cannot_be_twice_in_a_frame(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    side_by_side(store)
    assert assign_to(screen, A, "ann-example") == 0
    sentence = screen.refused("cast", "assign", "--ep-id", EP_ID, "--identity", B, "--person", "ann-example")
    assert f"{B} shares a frame with {A}, which is named ann-example" in sentence
    assert assign_to(screen, B, "ben") == 0
    assert assign_to(screen, A, "ann-example") == 0
    assert screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", B, "--person", "ann-example", "--confirm") == 0
    assert owned(screen) == {"ann-example": [f"{EP_ID}:{A}", f"{EP_ID}:{B}"], "ben": []}


def test_a_name_is_withdrawn(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    assert assign_to(screen, A, "ann-example") == 0
    unassign = ("cast", "unassign", "--ep-id", EP_ID, "--identity", A)
    assert screen.call(*unassign) == 0
    assert owned(screen) == {"ann-example": [], "ben": []}
    assert f"No person gave {A} of {EP_ID} a name" in screen.refused(*unassign)


def test_a_lost_name_is_reported_by_every_run(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    write_owner(cast, "tiny", EP_ID, "identity-00009", "ann-example", "person")
    write_people_file(store, cast, "tiny")
    for when in ("at first", "and still"):
        assert screen.call("run", "--ep-id", EP_ID) == 0
        assert ("every artifact is up to date" in screen.out) == (when == "and still")
        lost = load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.lost_names
        assert [(name.identity_id, name.person_id) for name in lost] == [("identity-00009", "ann-example")], when
        assert "1 identities named by hand no longer exist" in " ".join(screen.out.split()).replace(" │ ", " ")


# Reference faces from an episode.


def show_faces(store: ArtifactStore, identity: str, person: str) -> None:
    """Replace the crops of an identity with photos of a person, each slightly different."""
    tracks = next(
        i for i in load_artifact(store, IDENTITIES, EP_ID).content.identities if i.identity_id == identity
    ).track_ids
    crops = sorted(path for track in tracks for path in Path(str(store.frames(EP_ID, "crops", track))).glob("*.jpg"))
    for number, path in enumerate(crops):
        photo(path.parent, person, path.name, 0.5 + 0.05 * number)


def test_only_identities_assigned_by_a_person_become_references(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    show_faces(store, A, "person-g")
    add = ("facebank", "add", "--show", "tiny", "--person", "ann-example", "--from-identity")
    unreviewed = f"{A} of {EP_ID} has not been reviewed as ann-example"
    assert unreviewed in screen.refused(*add, f"{EP_ID}:{A}")
    write_owner(cast, "tiny", EP_ID, A, "ann-example", "machine", similarity=0.9)
    assert unreviewed in screen.refused(*add, f"{EP_ID}:{A}")
    write_owner(cast, "tiny", EP_ID, A, "ben", "person")
    assert unreviewed in screen.refused(*add, f"{EP_ID}:{A}")
    assert not (Path(store.root) / "facebank").exists()

    assign_to(screen, A, "ann-example")
    assert screen.call(*add, f"{EP_ID}:{A}") == 0
    seeds = cast.seeds("tiny")
    assert [(seed.person_id, seed.source) for seed in seeds] == [("ann-example", "identity")] * 2
    assert {seed.origin.rsplit(":", 1)[0] for seed in seeds} == {f"{EP_ID}:{A}:track-0000{n}" for n in (1, 3)}
    assert "is already a reference face" in screen.refused(*add, f"{EP_ID}:{A}")
    assert len(cast.seeds("tiny")) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param(f"{EP_ID}:identity-00077", f"There is no identity-00077 in {EP_ID}", id="no-identity"),
        pytest.param(EP_ID, f"'{EP_ID}' names no identity: write EP_ID:IDENTITY", id="none-named"),
        pytest.param(f"{EP_ID}:", f"'{EP_ID}:' names no identity: write EP_ID:IDENTITY", id="nothing-after-the-colon"),
        pytest.param("tiny s1:identity-00001", "'tiny s1' is not an episode id", id="no-episode-id"),
        pytest.param(f"other-s01e01:{A}", "other-s01e01", id="no-episode"),
    ],
)
def test_an_invalid_identity_is_refused(
    screen: Screen, store: ArtifactStore, cast: CastStore, given: str, sentence: str
) -> None:
    add = ("facebank", "add", "--show", "tiny", "--person", "ann-example", "--from-identity", given)
    assert sentence in screen.refused(*add)


def test_an_episode_of_another_show_is_refused(screen: Screen, store: ArtifactStore) -> None:
    add = ("facebank", "add", "--show", "demo", "--person", "ann-example", "--from-identity", f"{EP_ID}:{A}")
    assert f"{EP_ID} is not an episode of demo" in screen.refused(*add)


# The database is down, or not needed.


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> str:
    """Configure a database at a port without a server; return the expected error."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv(URL, f"postgresql://ann:secret@127.0.0.1:{port}/cast")
    return f"No database answers at ann@127.0.0.1/cast: start the server, or set {URL} to a running one."


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("cast", "add", "--show", "tiny", "--person", "ann"), id="add"),
        pytest.param(("cast", "list", "--show", "tiny"), id="list"),
        pytest.param(("cast", "assign", "--ep-id", EP_ID, "--identity", A, "--person", "ann"), id="assign"),
        pytest.param(("cast", "forget", "--person", "ann"), id="forget"),
        pytest.param(("facebank", "list", "--show", "tiny"), id="facebank-list"),
        pytest.param(("run", "--ep-id", EP_ID), id="run-of-a-show-with-a-cast"),
    ],
)
def test_a_database_that_is_down_is_reported(
    screen: Screen, store: ArtifactStore, closed: str, command: Sequence[str]
) -> None:
    path = Path(str(store.manifest("tiny", "people.json")))
    path.parent.mkdir(parents=True)
    path.write_text('{"people": [], "cast_sha256": "0"}')
    assert screen.refused(*command) == f"error: {closed}"
    assert "secret" not in screen.out + screen.err
    assert load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.cast_size == 0
    assert path.read_text() == '{"people": [], "cast_sha256": "0"}'


@pytest.mark.usefixtures("closed")
def test_a_run_without_a_cast_needs_no_database(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call("run", "--ep-id", EP_ID, "--from", "cast_assignments", "--wide") == 0
    assert "the show has no cast, so there is nothing to assign" in screen.out
    assert not (Path(store.root) / "database").exists()
    assert load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.cast_size == 0
