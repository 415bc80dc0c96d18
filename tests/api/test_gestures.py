"""Gestures over HTTP: what each changes, what it says, and that one undo takes it back."""

from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.api import track_rows
from screenalytics_app.api.track_rows import TrackRows
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.api.bench import members, moderated, send, versions
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B
from tests.tiny_episode import EP_ID

pytestmark = pytest.mark.usefixtures("database")

NEW = "identity-00003"
START = {A: (T1, T3), B: (T2, T4)}

GESTURES: dict[str, tuple[str, Any, int, dict[str, tuple[str, ...]], dict[str, str | None], str]] = {
    "merge": (
        "POST /identities/merge",
        {"target_id": B, "source_ids": [A]},
        200,
        {B: (T1, T2, T3, T4)},
        {A: B},
        f"Merged {A} into {B}.",
    ),
    "split": (
        "POST /identities/split",
        {"identity_id": A, "track_ids_to_split": [T3]},
        201,
        {A: (T1,), B: (T2, T4), NEW: (T3,)},
        {},
        f"Made {NEW} of {T3}.",
    ),
    "move": (
        f"POST /tracks/{T3}/move",
        {"from_identity_id": A, "to_identity_id": B},
        200,
        {A: (T1,), B: (T2, T3, T4)},
        {},
        f"Moved {T3} to {B}.",
    ),
    "move several": (
        "POST /tracks/move",
        {"track_ids": [T3, T5], "to_identity_id": B},
        200,
        {A: (T1,), B: (T2, T3, T4, T5)},
        {},
        f"Moved 2 tracks to {B}.",
    ),
    "dismiss tracks": (
        "POST /tracks/dismiss",
        {"track_ids": [T1], "reason": "not_a_face"},
        200,
        {A: (T3,), B: (T2, T4)},
        {},
        f"Marked {T1} as no face.",
    ),
    "dismiss an identity": (
        f"POST /identities/{A}/dismiss",
        {"reason": "ignore"},
        200,
        {B: (T2, T4)},
        {A: None},
        f"Ignored {A}.",
    ),
    "represent": (
        "POST /represent",
        {"track_id": T3, "ts": 16.0},
        200,
        START,
        {},
        f"Chose the picture of {T3} at 16.00 s.",
    ),
    "differ": (
        "POST /decisions",
        {"kind": "differ", "identity_id": A, "other_id": B},
        201,
        START,
        {},
        f"Kept {B} apart from {A}.",
    ),
    "same": (
        "POST /decisions",
        {"kind": "same", "identity_id": A, "other_id": B},
        201,
        {A: (T1, T2, T3, T4)},
        {B: A},
        f"Merged {B} into {A}.",
    ),
    "lock": (f"PATCH /identities/{A}", {"locked": True}, 200, START, {}, f"Locked {A}."),
    "write a label": (f"PATCH /identities/{A}", {"label": "host"}, 200, START, {}, f"Labelled {A} “host”."),
    "review": (f"PATCH /identities/{A}", {"reviewed": True}, 200, START, {}, f"Reviewed {A}."),
}


def test_each_gesture_changes_what_it_says_and_is_undone(client: TestClient, store: ArtifactStore) -> None:
    at_first = versions(store)
    for case, (request, body, status, after, gone, summary) in GESTURES.items():
        answer = send(client, request, body, If_Match="*")
        assert answer.status_code == status, (case, answer.text)
        result = answer.json()
        assert (members(store), result["gone"], result["summary"]) == (after, gone, summary), case
        assert {one["identity_id"]: one["etag"] for one in result["identities"]}.items() <= versions(store).items(), (
            case
        )
        assert result["last_seq"] == moderated(store).last_seq, case
        undone = send(client, "POST /undo").json()
        assert (members(store), versions(store)) == (START, at_first), case
        assert undone["summary"] == f"Undid: {summary}", case


def test_all_parts_of_a_change_are_one_gesture(client: TestClient, store: ArtifactStore) -> None:
    at_first = versions(store)
    change = {"locked": True, "label": "host", "reviewed": True, "labels": {"name": "Zoë O'Hara"}}
    result = send(client, f"PATCH /identities/{A}", change, If_Match=f'"{at_first[A]}"').json()
    (card,) = result["identities"]
    assert (card["locked"], card["reviewed"], card["label"]) == (True, True, "host")
    assert card["person"] == {"person_id": "zoe-o-hara", "name": "Zoë O'Hara"}
    assert card["etag"] == versions(store)[A]
    assert result["summary"] == f"Identity-00001 is Zoë O'Hara. Labelled {A} “host”. Locked {A}. Reviewed {A}."
    again = send(client, f"PATCH /identities/{A}", {"locked": True}, If_Match=f'"{card["etag"]}"').json()
    assert (again["gesture_id"], again["summary"]) == (None, "Nothing changed: it was so already.")
    unlocked = send(client, f"PATCH /identities/{A}", {"locked": False, "label": None}, If_Match="*").json()
    assert unlocked["summary"] == f"Removed the label of {A}. Unlocked {A}."
    for _ in range(2):
        send(client, "POST /undo")
    assert versions(store) == at_first


def test_a_split_says_where_the_new_identity_is(client: TestClient, store: ArtifactStore) -> None:
    answer = send(client, "POST /identities/split", {"identity_id": A, "track_ids_to_split": [T3]})
    assert answer.headers["location"] == f"/episodes/tiny-s01e01/identities/{NEW}"
    assert client.get(answer.headers["location"]).json()["members"][0]["track_id"] == T3


def test_tracks_are_deleted_and_come_back(client: TestClient, store: ArtifactStore) -> None:
    deleted = send(client, f"DELETE /tracks/{T1}", If_Match=f'"{versions(store)[A]}"')
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert send(client, f"POST /tracks/{T1}/restore").json()["summary"] == f"Restored {T1}."
    assert send(client, f"DELETE /tracks/{T5}", If_Match="*").status_code == 204
    send(client, f"POST /identities/{B}/dismiss", {"reason": "deleted"})
    assert dict(moderated(store).dismissed) == {T2: "deleted", T4: "deleted", T5: "deleted"}
    assert send(client, f"POST /identities/{B}/restore").json()["summary"] == "Restored 2 tracks."
    assert send(client, "POST /tracks/restore", {"track_ids": [T5, T1]}).json()["summary"] == f"Restored {T5}."
    assert (members(store), dict(moderated(store).dismissed)) == (START, {})


def test_the_rows_of_tracks_follow_when_the_server_is_quiet(
    client: TestClient, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, f"POST /identities/{A}/dismiss", {"reason": "not_a_face"})
    assert deleted(store) == []
    rows: TrackRows = client.app.state.track_rows  # type: ignore[attr-defined]
    rows.finish()
    assert deleted(store) == [T1, T3]
    send(client, "POST /undo")
    rows.finish()
    assert deleted(store) == []
    send(client, f"PATCH /identities/{A}", {"label": "host"}, If_Match="*")
    send(client, "POST /undo")
    monkeypatch.setattr(track_rows, "apply_to_tracks", None)
    rows.finish()


def deleted(store: ArtifactStore) -> list[str]:
    return [track.track_id for track in load_artifact(store, TRACKS, EP_ID).rows if track.deleted]


def test_the_rows_of_tracks_follow_after_a_quiet_time(
    client: TestClient, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Event()

    def apply(store: ArtifactStore, ep_id: str) -> None:
        done.set()
        raise UserError("Another process works on the episode.")

    monkeypatch.setattr(track_rows, "apply_to_tracks", apply)
    monkeypatch.setattr(track_rows, "QUIET_S", 0.01)
    for track in (T1, T2):
        send(client, f"DELETE /tracks/{track}", If_Match="*")
    assert done.wait(30)
    assert send(client, f"POST /tracks/{T1}/restore").status_code == 200


def test_a_cut_answers_with_both_parts(client: TestClient, store: ArtifactStore) -> None:
    result = send(client, f"POST /tracks/{T3}/cut", {"ts": 12.0}).json()
    assert result["summary"] == f"Cut {T3} at 12.00 s."
    assert len({track for tracks in members(store).values() for track in tracks}) > len(START[A] + START[B])
    changed = {one["identity_id"]: one["etag"] for one in result["identities"]}
    assert changed
    assert changed.items() <= versions(store).items()
    send(client, "POST /undo")
    assert members(store) == START
