"""A data root of an earlier release: names, locks and labels become decisions, and nothing is lost."""

import getpass
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from screenalytics_app.actions.cast.assignments import shown_assignments
from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.contract.identity_records import Labels
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_assets.identities import adopt_earlier_words as module
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256, read_decisions
from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.people_file import has_earlier_words, write_people_file
from screenalytics_resources.sealed_files import save_document
from screenalytics_resources.tombstones import write_tombstone
from tests.app.cast_bench import A, B
from tests.app.screen import Screen
from tests.owner_rows import write_owner
from tests.tiny_episode import EP_ID

GONE, SETTLED = "identity-00008", "identity-00009"
BY_MACHINE = Labels(person_id="ann-example", name="Ann", assigned_by="machine")
BEFORE, AFTER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
ALL_IN_ONE = ("--cluster-thresh=-1", "--set", "min_identity_sim=-1")


def change_identities(store: ArtifactStore, **changes: dict[str, Any]) -> None:
    """Change identities of the stored file: `a` is identity 1, `b` is identity 2."""
    document = load_artifact(store, IDENTITIES, EP_ID)
    given = {A: changes.get("a", {}), B: changes.get("b", {})}
    rows = tuple(i.model_copy(update=given[i.identity_id]) for i in document.content.identities)
    save_document(store, IDENTITIES, document.with_content(document.content.model_copy(update={"identities": rows})))


def write_owners(cast: CastStore) -> None:
    """Write the rows that the earlier release has for two named identities, one that is gone, and a settled one."""
    owner = text(
        "INSERT INTO facebank.owners (ep_id, identity_id, show, person_id, assigned_by, assigned_at) "
        "VALUES (:ep, :identity, 'tiny', :person, :by, :at)"
    )
    past = text(
        "INSERT INTO facebank.past_owners (ep_id, identity_id, show, person_id, assigned_at, merged_into, settled) "
        "VALUES (:ep, :identity, 'tiny', :person, :at, NULL, :settled)"
    )
    with cast._engine.begin() as connection:
        connection.execute(owner, {"ep": EP_ID, "identity": A, "person": "ben", "by": "person", "at": AFTER})
        connection.execute(owner, {"ep": EP_ID, "identity": B, "person": "ben", "by": "machine", "at": AFTER})
        connection.execute(
            past, {"ep": EP_ID, "identity": GONE, "person": "ann-example", "at": BEFORE, "settled": False}
        )
        connection.execute(past, {"ep": EP_ID, "identity": SETTLED, "person": "ben", "at": BEFORE, "settled": True})


def past_owners(cast: CastStore) -> int:
    with cast._engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM facebank.past_owners")))


def forget_new_keys(store: ArtifactStore) -> None:
    """Write `people.json` as the earlier release does."""
    path = store.manifest("tiny", "people.json")
    path.write_bytes(b'{"people": [], "cast_sha256": "0"}')


@pytest.fixture
def earlier(store: ArtifactStore, cast: CastStore) -> None:
    """The tiny episode with everything that people could say with the earlier release."""
    named = Labels(person_id="ann-example", name="Ann Example", assigned_by="person")
    change_identities(store, b={"locked": True, "label": "the host", "labels": named})
    write_owners(cast)
    forget_new_keys(store)


def words(store: ArtifactStore) -> list[tuple[str, str | None, str | None, int]]:
    """Return kind, identity, person or text, and number of anchors of each decision."""
    return [
        (one.kind, one.subjects[0].identity_id, one.value.person_id or one.value.text, len(one.subjects[0].anchors))
        for one in read_decisions(store, EP_ID)
    ]


EVERYTHING = [
    ("is_person", B, "ann-example", 2),
    ("label", B, "the host", 2),
    ("lock", B, None, 2),
    ("is_person", GONE, "ann-example", 0),
    ("is_person", A, "ben", 2),
]
"""In order of time."""


@pytest.mark.usefixtures("earlier")
def test_everything_becomes_a_decision_once(store: ArtifactStore, cast: CastStore) -> None:
    assert has_earlier_words(store, "tiny", EP_ID)
    assert adopt_earlier_words(store, EP_ID) == 5
    assert words(store) == EVERYTHING
    decisions = read_decisions(store, EP_ID)
    assert [one.at for one in decisions][3:] == [BEFORE, AFTER]
    assert {one.actor for one in decisions} == {"earlier release"}
    assert len({one.gesture_id for one in decisions}) == 5
    assert [(o.identity_id, o.assigned_by) for o in cast.owners("tiny")] == [(B, "machine")]
    assert past_owners(cast) == 0
    assert not has_earlier_words(store, "tiny", EP_ID)
    assert adopt_earlier_words(store, EP_ID) == 0
    assert read_decisions(store, EP_ID) == decisions


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize(
    "settings", [pytest.param((), id="as-before"), pytest.param(ALL_IN_ONE, id="other-thresholds")]
)
def test_a_run_loses_nothing(screen: Screen, store: ArtifactStore, settings: tuple[str, ...]) -> None:
    before = {i.identity_id: i.track_ids for i in load_artifact(store, IDENTITIES, EP_ID).content.identities}
    for again in (False, True):
        assert screen.call("run", "--ep-id", EP_ID, *settings) == 0, again
        content = load_artifact(store, IDENTITIES, EP_ID).content
        now = {i.identity_id: i for i in content.identities}
        assert {identity: row.track_ids for identity, row in now.items()} == before
        assert (now[B].locked, now[B].label, now[B].labels.person_id) == (True, "the host", "ann-example")
        assert (now[A].locked, now[A].label, now[A].labels.person_id) == (False, None, "ben")
        assert content.decisions is not None
        assert (content.decisions.applied, len(content.decisions.lost)) == (4, 1)
        cast = load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content
        assert {row.identity_id: (row.name, row.assigned_by) for row in cast.assignments} == {
            A: ("Ben", "person"),
            B: ("Ann Example", "person"),
        }
        assert [(name.identity_id, name.person_id) for name in cast.lost_names] == [(GONE, "ann-example")]
        assert ("every artifact is up to date" in screen.out) == again


@pytest.mark.usefixtures("earlier")
def test_readers_see_everything_before_it_is_adopted(
    screen: Screen, store: ArtifactStore, cast: CastStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document of the cast lists A as ben, as an assignment after the last run does, and B as the machine's."""
    path = store.manifest("tiny", "people.json")
    people = [
        {"person_id": "ben", "name": "Ben", "cluster_ids": [f"{EP_ID}:{A}"]},
        {"person_id": "ann-example", "name": "Ann Example", "cluster_ids": []},
    ]
    path.write_bytes(json.dumps({"people": people, "cast_sha256": "0"}).encode())
    before = {name: store.manifest(EP_ID, name).exists() for name in ("decisions.jsonl", "identities.json")}
    with monkeypatch.context() as patch:
        patch.setenv("SCREENALYTICS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        seen = present_view(store, EP_ID).moderated
        shown = {row.identity_id: row.name for row in shown_assignments(store, EP_ID).assignments}
    assert shown == {A: "Ben", B: "Ann Example"}
    said = {i.identity_id: (i.locked, i.label, i.person_id) for i in seen.identities}
    assert said == {A: (False, None, "ben"), B: (True, "the host", "ann-example")}
    assert {name: store.manifest(EP_ID, name).exists() for name in before} == before
    assert cast.decisions(EP_ID) == ()
    adopt_earlier_words(store, EP_ID)
    assert present_view(store, EP_ID).moderated.identities == seen.identities


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("identity", "unlock", "--identity", B), id="gesture"),
        pytest.param(("cast", "unassign", "--identity", A), id="name"),
    ],
)
def test_a_gesture_is_newer_than_earlier_words(screen: Screen, store: ArtifactStore, command: tuple[str, ...]) -> None:
    assert screen.call(*command, "--ep-id", EP_ID) == 0
    assert words(store)[:5] == EVERYTHING
    assert {one.actor for one in read_decisions(store, EP_ID)[5:]} == {getpass.getuser()}
    locked = {i.identity_id: (i.locked, i.person_id) for i in present_view(store, EP_ID).moderated.identities}
    expected = {A: (False, "ben"), B: (True, "ann-example")}
    expected |= {B: (False, "ann-example")} if command[0] == "identity" else {A: (False, None)}
    assert locked == expected


@pytest.mark.usefixtures("earlier")
def test_assignments_alone_have_the_earlier_names(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call("run", "--ep-id", EP_ID, "--from", "cast_assignments") == 0
    rows = load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.assignments
    assert {row.identity_id: row.name for row in rows} == {A: "Ben", B: "Ann Example"}


@pytest.mark.usefixtures("earlier")
def test_forgetting_a_person_keeps_what_was_said_of_others(screen: Screen, store: ArtifactStore) -> None:
    change_identities(store, a={"label": "a friend of Ann Example", "locked": True})
    assert screen.call("cast", "forget", "--person", "ann-example") == 0, screen.out
    assert not any(b"ann-example" in file.read_bytes() for file in Path(store.root).rglob("*.json*"))
    said = {i.identity_id: (i.locked, i.label, i.person_id) for i in present_view(store, EP_ID).moderated.identities}
    assert said == {A: (True, None, "ben"), B: (True, "the host", None)}


@pytest.mark.usefixtures("earlier")
def test_a_removed_episode_takes_no_decision(screen: Screen, store: ArtifactStore) -> None:
    write_tombstone(store, EP_ID)
    sentence = screen.refused("identity", "unlock", "--ep-id", EP_ID, "--identity", B)
    assert f"Episode {EP_ID} was removed" in sentence and "Bring it back with" in sentence
    assert read_decisions(store, EP_ID) == ()


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize("killed_in", ["reconcile", "write_people_file"])
def test_a_killed_adoption_goes_on(
    store: ArtifactStore, cast: CastStore, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    original: Callable[..., Any] = getattr(module, killed_in)
    calls = iter([original] if killed_in == "reconcile" else [])  # the first call comes before the transaction

    def killed(*arguments: Any) -> Any:
        call = next(calls, None)
        if call is None:
            raise KeyboardInterrupt
        return call(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module, killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            adopt_earlier_words(store, EP_ID)
    assert len(cast.decisions(EP_ID)) == 5
    assert has_earlier_words(store, "tiny", EP_ID)
    assert adopt_earlier_words(store, EP_ID) == 0
    assert words(store) == EVERYTHING
    assert not has_earlier_words(store, "tiny", EP_ID)


@pytest.mark.usefixtures("earlier")
def test_if_the_transaction_fails_nothing_is_written(
    store: ArtifactStore, cast: CastStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = cast.owners("tiny")

    def broken(*_: Any) -> Decision:
        raise RuntimeError("power failure")

    with monkeypatch.context() as patch:
        patch.setattr("screenalytics_resources.facebank.earlier_words.increment_revision", broken)
        with pytest.raises(RuntimeError):
            adopt_earlier_words(store, EP_ID)
    assert (cast.owners("tiny"), past_owners(cast), cast.decisions(EP_ID)) == (owners, 2, ())
    assert adopt_earlier_words(store, EP_ID) == 5


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="nothing-said"),
        pytest.param(
            {"label": "Ann", "labels": Labels(person_id="a", name="Ann", assigned_by="machine")}, id="machine"
        ),
    ],
)
def test_without_words_no_database_is_needed(
    store: ArtifactStore, screen: Screen, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    change_identities(store, a=changes)
    monkeypatch.setenv("SCREENALYTICS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert adopt_earlier_words(store, EP_ID) == 0
    assert decisions_sha256(store, EP_ID) == NO_DECISIONS


def test_while_the_identities_are_missing_the_words_stay_where_they_are(store: ArtifactStore, cast: CastStore) -> None:
    write_owner(cast, "tiny", EP_ID, A, "ben", "person")
    write_people_file(store, cast, "tiny")
    path = store.manifest(EP_ID, IDENTITIES.file)
    content = path.read_bytes()
    path.unlink()
    assert adopt_earlier_words(store, EP_ID) == 0
    assert len(cast.owners("tiny")) == 1
    path.write_bytes(content)
    assert adopt_earlier_words(store, EP_ID) == 1
