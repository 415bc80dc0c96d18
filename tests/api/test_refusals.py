"""Requests that are refused: the status, the kind of problem, and that nothing changes."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from tests.api.bench import send, versions
from tests.app.moderation_bench import T1, T2, T3, T5, A, B, side_by_side
from tests.tiny_episode import EP_ID

pytestmark = pytest.mark.usefixtures("database")

NO_ID, GESTURE = "identity-00099", "01a21d79-5ed9-7023-8eee-250cf14bb971"
MERGE, SPLIT, MOVE = "POST /identities/merge", "POST /identities/split", f"POST /tracks/{T3}/move"

REFUSED: dict[str, tuple[str, Any, int, str, str]] = {
    "unknown target": (MERGE, {"target_id": NO_ID, "source_ids": [A]}, 404, "unknown", f"There is no {NO_ID}"),
    "unknown identity": (f"PATCH /identities/{NO_ID}", {"locked": True}, 404, "unknown", f"There is no {NO_ID}"),
    "unknown track": ("DELETE /tracks/track-00099", None, 404, "unknown", "There is no track-00099"),
    "unknown gesture": ("POST /undo", {"gesture_id": GESTURE}, 404, "unknown", f"There is no gesture {GESTURE}"),
    "nothing deleted": (f"POST /identities/{A}/restore", None, 404, "unknown", "has no deleted tracks"),
    "itself": (MERGE, {"target_id": A, "source_ids": [A]}, 422, "invalid", "cannot be merged with itself"),
    "no source": (MERGE, {"target_id": A, "source_ids": []}, 422, "invalid", "/source_ids"),
    "unknown field": (MERGE, {"target_id": A, "source_ids": [B], "into": B}, 422, "invalid", "/into"),
    "all tracks": (SPLIT, {"identity_id": A, "track_ids_to_split": [T1, T3]}, 422, "invalid", "all tracks of"),
    "track of another": (SPLIT, {"identity_id": A, "track_ids_to_split": [T2]}, 409, "conflict", f"is not in {A}"),
    "moved meanwhile": (
        f"POST /tracks/{T5}/move",
        {"from_identity_id": B, "to_identity_id": A},
        409,
        "conflict",
        f"{T5} is not in {B}: it is in no identity",
    ),
    "shared frame": (MERGE, {"target_id": A, "source_ids": [B]}, 409, "conflict", "confirm it if it is one person"),
    "unknown person": (
        f"PATCH /identities/{A}",
        {"labels": {"person_id": "nobody"}},
        404,
        "unknown",
        "nobody",
    ),
    "no person id": (
        f"POST /identities/{A}/not",
        {"person_id": "a\0"},
        422,
        "invalid",
        "/person_id",
    ),
    "two ways to name": (
        f"PATCH /identities/{A}",
        {"labels": {"person_id": "ann-example", "name": "Ann"}},
        422,
        "invalid",
        "person_id or name",
    ),
    "blank name": (f"PATCH /identities/{A}", {"labels": {"name": " "}}, 422, "invalid", "blank"),
    "not on screen": ("POST /represent", {"track_id": T3, "ts": 1.0}, 422, "invalid", "is not on screen at 1.00 s"),
    "a cut outside": (f"POST /tracks/{T3}/cut", {"ts": 1.0}, 422, "invalid", T3),
    "negative time": (f"POST /tracks/{T3}/cut", {"ts": -1.0}, 422, "invalid", "/ts"),
    "a reason that is none": ("POST /tracks/dismiss", {"track_ids": [T5], "reason": "x"}, 422, "invalid", "/reason"),
    "nothing to undo": ("POST /undo", None, 409, "conflict", "ann has nothing to undo"),
    "nothing to redo": ("POST /redo", None, 409, "conflict", "ann has nothing to redo"),
    "not open": ("POST /queue/0123/answer", {"answer": "yes"}, 409, "conflict", "Question 0123 of"),
    "neither yes nor no": ("POST /queue/0123/answer", {"answer": "maybe"}, 422, "invalid", "/answer"),
    "differs from itself": (
        "POST /decisions",
        {"kind": "differ", "identity_id": A, "other_id": A},
        422,
        "invalid",
        "cannot differ from itself",
    ),
    "another show": (
        "POST /decisions",
        {"kind": "same", "identity_id": A, "other_id": A, "other_ep_id": "demo-s01e01"},
        422,
        "invalid",
        "two shows",
    ),
    "no such episode": (
        "POST /decisions",
        {"kind": "same", "identity_id": A, "other_id": A, "other_ep_id": "tiny-s09e09"},
        404,
        "unknown",
        "There is no episode tiny-s09e09",
    ),
    "no If-Match": (f"PATCH /identities/{A}", {"locked": True}, 428, "precondition-required", "If-Match"),
    "no If-Match to delete": (f"DELETE /tracks/{T1}", None, 428, "precondition-required", "If-Match"),
}


def test_a_refused_request_names_the_reason_and_changes_nothing(client: TestClient, store: ArtifactStore) -> None:
    side_by_side(store)
    at_first = versions(store)
    for case, (request, body, status, kind, sentence) in REFUSED.items():
        headers = {} if status == 428 else {"If_Match": "*"}
        answer = send(client, request, body, **headers)
        assert answer.status_code == status, (case, answer.text)
        assert answer.headers["content-type"] == "application/problem+json", case
        problem = answer.json()
        assert (problem["type"], problem["status"]) == (f"/problems/{kind}", status), case
        assert sentence in problem["detail"], case
        assert "--" not in problem["detail"], case
        assert "screenalytics " not in problem["detail"], case
    assert (versions(store), read_decisions(store, EP_ID)) == (at_first, ())
