"""Names of identities: people of the cast, new people, and names that mean several."""

from collections.abc import Collection

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.actions.cast.named_person import id_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.people_file import people_names
from tests.api.bench import moderated, send
from tests.app.moderation_bench import A, B, side_by_side
from tests.tiny_episode import EP_ID

pytestmark = pytest.mark.usefixtures("database")


def named(store: ArtifactStore) -> dict[str, str | None]:
    return {identity.identity_id: identity.person_id for identity in moderated(store).identities}


def label(client: TestClient, identity: str, name: str, **more: object) -> tuple[int, dict[str, object]]:
    path = f"POST /api/v1/faces/clusters/{identity}/label?ep_id={EP_ID}"
    answer = send(client, path, {"name": name, **more})
    return answer.status_code, answer.json()


def add(store: ArtifactStore, *people: tuple[str, str, tuple[str, ...]]) -> None:
    with open_cast_store(store.root) as cast:
        for person_id, name, aliases in people:
            cast.add_person("tiny", person_id, name, aliases)


def test_a_name_finds_the_person_or_adds_one(client: TestClient, store: ArtifactStore) -> None:
    side_by_side(store)
    status, result = label(client, A, "Alice Johnson")
    assert (status, result["summary"]) == (201, "Identity-00001 is Alice Johnson.")
    assert people_names(store, "tiny") == {"alice-johnson": "Alice Johnson"}
    status, result = label(client, A, "  alice   JOHNSON ")
    assert (status, result["gesture_id"]) == (200, None)
    add(store, ("bob", "Robert", ("Bob", "Bobby")))
    assert label(client, B, "bobby")[0] == 200
    assert named(store) == {A: "alice-johnson", B: "bob"}
    withdrawn = send(client, f"PATCH /identities/{B}", {"labels": {"person_id": None}}, If_Match="*").json()
    assert withdrawn["summary"] == f"Withdrew the name of {B}."
    assert named(store) == {A: "alice-johnson", B: None}


def test_a_name_of_two_people_is_refused_with_both(client: TestClient, store: ArtifactStore) -> None:
    add(store, ("ann-1", "Ann", ()), ("ann-2", "Anna", ("ann",)))
    status, problem = label(client, A, "ANN")
    assert (status, problem["type"], problem["people"]) == (409, "/problems/two-names", ["ann-1", "ann-2"])
    assert send(client, f"PATCH /identities/{A}", {"labels": {"person_id": "ann-2"}}, If_Match="*").status_code == 200
    assert named(store)[A] == "ann-2"


def test_two_names_are_merged_only_with_the_one_that_stays(client: TestClient, store: ArtifactStore) -> None:
    label(client, A, "Ann"), label(client, B, "Ben")
    body = {"target_id": A, "source_ids": [B]}
    problem = send(client, "POST /identities/merge", body).json()
    assert (problem["status"], problem["type"], problem["people"]) == (409, "/problems/two-names", ["ann", "ben"])
    result = send(client, "POST /identities/merge", {**body, "keep_name": "ben"}).json()
    assert result["summary"] == f"Merged {B} into {A}, who is Ben."
    assert named(store) == {A: "ben"}


def test_a_name_twice_in_a_frame_needs_confirmation(client: TestClient, store: ArtifactStore) -> None:
    side_by_side(store)
    label(client, A, "Ann")
    status, problem = label(client, B, "Ann")
    assert (status, problem["type"], problem["confirm"]) == (409, "/problems/conflict", True)
    assert label(client, B, "Ann", confirm=True)[0] == 200
    assert named(store) == {A: "ann", B: "ann"}


def test_a_refused_change_adds_nobody(client: TestClient, store: ArtifactStore) -> None:
    change = {"labels": {"name": "Ann"}}
    assert send(client, f"PATCH /identities/{A}", change, If_Match='"old"').status_code == 412
    assert send(client, "PATCH /identities/identity-00009", change, If_Match="*").status_code == 404
    assert people_names(store, "tiny") == {}


def test_the_person_says_who_it_is_not(client: TestClient, store: ArtifactStore) -> None:
    add(store, ("ann", "Ann", ()))
    result = send(client, f"POST /identities/{A}/not", {"person_id": "ann"}).json()
    assert result["summary"] == "Identity-00001 is not ann."
    assert moderated(store).identities[0].not_people == {"ann"}
    assert send(client, f"POST /identities/{A}/not", {"person_id": "nobody"}).status_code == 404
    assert len(read_decisions(store, EP_ID)) == 1


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        pytest.param("Alice Johnson", (), "alice-johnson", id="plain"),
        pytest.param("Zoë O'Hara", (), "zoe-o-hara", id="accents and signs"),
        pytest.param("Ann", ("ann", "ann-2"), "ann-3", id="taken"),
        pytest.param("山田", (), "person", id="no Latin letters"),
        pytest.param("田中", ("person",), "person-2", id="no Latin letters again"),
        pytest.param("x" * 200, (), "x" * 90, id="long"),
        pytest.param("--Q.--", (), "q", id="signs at the ends"),
    ],
)
def test_ids_of_new_people(name: str, taken: Collection[str], expected: str) -> None:
    assert id_of(name, taken) == expected


def test_a_person_whom_another_process_adds_meanwhile(
    client: TestClient, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = CastStore.add_person

    def twice(self: CastStore, show: str, person_id: str, name: str) -> object:
        really(self, show, person_id, name)
        return really(self, show, person_id, name)

    monkeypatch.setattr(CastStore, "add_person", twice)
    assert label(client, A, "Ann")[0] == 200
    assert named(store)[A] == "ann"
