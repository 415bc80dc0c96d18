"""Versions that a person saw, and repeated requests."""

import pytest
from fastapi.testclient import TestClient

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from tests.api.bench import members, send, versions
from tests.app.moderation_bench import T1, T2, T3, T4, A, B
from tests.tiny_episode import EP_ID

pytestmark = pytest.mark.usefixtures("database")

MERGE = "POST /identities/merge"
OLD = '"0123456789abcdef"'


def test_a_change_of_what_somebody_else_changed_is_refused(client: TestClient, store: ArtifactStore) -> None:
    seen = versions(store)
    send(client, f"PATCH /identities/{A}", {"label": "host"}, actor="ben", If_Match="*")
    stale = {
        "PATCH": send(client, f"PATCH /identities/{A}", {"label": "guest"}, If_Match=f'"{seen[A]}"'),
        "weak": send(client, f"PATCH /identities/{B}", {"label": "guest"}, If_Match=OLD),
        "DELETE": send(client, f"DELETE /tracks/{T1}", If_Match=f'"{seen[A]}"'),
        "merge": send(client, MERGE, {"target_id": B, "source_ids": [A], "expect": seen}),
        "split": send(client, "POST /identities/split", _with({"identity_id": A, "track_ids_to_split": [T1]}, seen)),
        "move": send(client, f"POST /tracks/{T1}/move", _with({"to_identity_id": B}, seen)),
        "moves": send(client, "POST /tracks/move", _with({"track_ids": [T1], "to_identity_id": B}, seen)),
        "dismiss": send(client, f"POST /identities/{A}/dismiss", _with({"reason": "ignore"}, seen)),
        "dismiss tracks": send(client, "POST /tracks/dismiss", _with({"track_ids": [T1], "reason": "ignore"}, seen)),
        "differ": send(client, "POST /decisions", _with({"kind": "differ", "identity_id": A, "other_id": B}, seen)),
    }
    for case, answer in stale.items():
        assert answer.status_code == 412, (case, answer.text)
        name = B if case == "weak" else A
        assert answer.json()["present"] == {name: versions(store)[name]}, case
    assert len(read_decisions(store, EP_ID)) == 1


def _with(body: dict[str, object], seen: dict[str, str]) -> dict[str, object]:
    return {**body, "expect": seen}


def test_changes_of_other_identities_do_not_matter(client: TestClient, store: ArtifactStore) -> None:
    seen = versions(store)
    send(client, f"PATCH /identities/{A}", {"label": "host"}, actor="ben", If_Match="*")
    move = {"track_ids": ["track-00005"], "to_identity_id": B, "expect": seen}
    assert send(client, "POST /tracks/move", move).status_code == 200
    assert members(store) == {A: (T1, T3), B: (T2, T4, "track-00005")}


def test_an_identity_that_became_part_of_another(client: TestClient, store: ArtifactStore) -> None:
    send(client, MERGE, {"target_id": A, "source_ids": [B]})
    gone = {
        "PATCH": send(client, f"PATCH /identities/{B}", {"locked": True}, If_Match="*"),
        "merge": send(client, MERGE, {"target_id": A, "source_ids": [B]}),
        "move": send(client, f"POST /tracks/{T1}/move", {"to_identity_id": B}),
        "label": send(client, f"POST /api/v1/faces/clusters/{B}/label?ep_id={EP_ID}", {"name": "Cy"}),
    }
    for case, answer in gone.items():
        assert (answer.status_code, answer.json()["successor"]) == (410, A), case


def test_an_invalid_if_match_is_refused(client: TestClient, store: ArtifactStore) -> None:
    for header in ("abc", '"a", "b"', '"', ""):
        answer = send(client, f"PATCH /identities/{A}", {"locked": True}, If_Match=header)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid"), header


def test_an_empty_idempotency_key_is_refused(client: TestClient, store: ArtifactStore) -> None:
    answer = send(client, f"PATCH /identities/{A}", {"locked": True}, If_Match="*", Idempotency_Key="")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "Idempotency-Key")


def test_a_repeated_request_gets_the_first_answer(client: TestClient, store: ArtifactStore) -> None:
    body = {"target_id": A, "source_ids": [B]}
    first = send(client, MERGE, body, Idempotency_Key="k1").json()
    send(client, f"PATCH /identities/{A}", {"label": "later"}, If_Match="*")
    assert send(client, MERGE, body, Idempotency_Key="k1").json() == first
    assert len(read_decisions(store, EP_ID)) == 2
    assert send(client, MERGE, body, actor="ben", Idempotency_Key="k1").status_code == 410
    other = send(client, MERGE, {"target_id": B, "source_ids": [A]}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert (
        send(client, f"PATCH /identities/{A}", {"locked": True}, If_Match="*", Idempotency_Key="k1").status_code == 422
    )
    assert len(read_decisions(store, EP_ID)) == 2
