"""The history over HTTP, undo and redo by several people, and comparisons of two episodes."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from tests.api.bench import members, send, versions
from tests.app.moderation_bench import T1, T2, T3, T4, A, B
from tests.two_tiny_episodes import SECOND, copy_tiny_episode

pytestmark = pytest.mark.usefixtures("database")

START = {A: (T1, T3), B: (T2, T4)}
MERGE: dict[str, Any] = {"target_id": A, "source_ids": [B]}


def test_the_history_lists_the_newest_gesture_first(client: TestClient, store: ArtifactStore) -> None:
    send(client, "POST /identities/merge", MERGE)
    send(client, "POST /undo")
    send(client, f"PATCH /identities/{A}", {"label": "host"}, actor="ben", If_Match="*")
    entries = send(client, "GET /decisions").json()["items"]
    assert [(entry["seq"], entry["actor"], entry["status"], entry["summary"]) for entry in entries] == [
        (3, "ben", "applied", f"Labelled {A} “host”."),
        (2, "ann", "applied", f"Undid: Merged {B} into {A}."),
        (1, "ann", "undone", f"Merged {B} into {A}."),
    ]
    first = send(client, "GET /decisions?limit=2").json()
    rest = send(client, f"GET /decisions?limit=2&cursor={first['next']}").json()
    assert (first["items"] + rest["items"], rest["next"]) == (entries, None)


def test_the_history_of_one_person(client: TestClient, store: ArtifactStore) -> None:
    send(client, "POST /identities/merge", MERGE)
    send(client, f"PATCH /identities/{A}", {"label": "host"}, actor="ben", If_Match="*")
    send(client, f"PATCH /identities/{A}", {"locked": True}, If_Match="*")
    found = {
        actor: [entry["seq"] for entry in send(client, f"GET /decisions?actor={actor}").json()["items"]]
        for actor in ("ann", "ben", "nobody")
    }
    assert found == {"ann": [3, 1], "ben": [2], "nobody": []}


def test_redo_follows_undo(client: TestClient, store: ArtifactStore) -> None:
    send(client, "POST /identities/merge", MERGE)
    send(client, "POST /undo")
    redone = send(client, "POST /redo").json()
    assert redone["summary"] == f"Redid: Merged {B} into {A}."
    assert members(store) == {A: (T1, T2, T3, T4)}
    assert send(client, "POST /redo").status_code == 409


def test_a_gesture_is_undone_by_its_id_and_only_once(client: TestClient, store: ArtifactStore) -> None:
    merged = send(client, "POST /identities/merge", MERGE).json()
    send(client, f"PATCH /identities/{A}", {"label": "host"}, If_Match="*")
    assert send(client, "POST /undo", {"gesture_id": merged["gesture_id"]}).status_code == 200
    assert list(members(store)) == [A, B]
    assert send(client, "POST /undo", {"gesture_id": merged["gesture_id"]}).status_code == 409


def test_later_decisions_of_others_stop_an_undo(client: TestClient, store: ArtifactStore) -> None:
    send(client, "POST /identities/merge", MERGE)
    send(client, f"PATCH /identities/{A}", {"label": "host"}, actor="ben", If_Match="*")
    problem = send(client, "POST /undo").json()
    assert (problem["status"], problem["type"]) == (409, "/problems/later-decisions")
    assert problem["decisions"] == [{"seq": 2, "kind": "label", "actor": "ben"}]
    send(client, "POST /undo", actor="ben")
    assert send(client, "POST /undo").status_code == 200
    assert members(store) == START


def test_identities_of_two_episodes_are_compared(client: TestClient, store: ArtifactStore) -> None:
    copy_tiny_episode(store)
    body = {"kind": "same", "identity_id": A, "other_id": A, "other_ep_id": SECOND}
    answer = send(client, "POST /decisions", {**body, "expect": {f"tiny-s01e01/{A}": "old"}})
    assert answer.status_code == 412
    answer = send(client, "POST /decisions", {**body, "expect": {f"tiny-s01e01/{A}": versions(store)[A]}})
    result = answer.json()
    assert (answer.status_code, result["last_seq"]) == (201, 0)
    assert result["summary"] == f"tiny-s01e01/{A} and {SECOND}/{A} show one person."
    assert result["notes"] == ["The next season of tiny follows it."]
    assert [decision.kind for decision in read_decisions(store, "tiny")] == ["same"]
    undone = send(client, "POST /undo", {"gesture_id": result["gesture_id"]}).json()
    assert undone["summary"] == f"Undid: {result['summary']}"
    assert [decision.kind for decision in read_decisions(store, "tiny")] == ["same", "undo"]
