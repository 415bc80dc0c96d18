"""The queue over HTTP: what it asks, and what each answer changes."""

import pytest
from fastapi.testclient import TestClient

from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.facebank.people_file import write_people_file
from tests.api.bench import ask, members, moderated, send, versions
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B, side_by_side
from tests.merge_suggestions.test_queue import question

pytestmark = pytest.mark.usefixtures("database")

NEW = "identity-00003"
MERGE = question("merge", 2, [2, 4], 1, (2, 1))
HOME = question("home", None, [5], 1, (5, 1))
CUT = question("cut", 1, [3])
CUT_TO = question("cut", 1, [3], 2, (3, 2))
THING = question("not_a_face", 2, [2, 4])
LONE_THING = question("not_a_face", None, [5])
NAME = question("name", 1, [1, 3]).model_copy(update={"person_id": "ann"})
START = {A: (T1, T3), B: (T2, T4)}

ANSWERS: dict[str, tuple[Question, str, str, dict[str, tuple[str, ...]], str]] = {
    "one person": (MERGE, "Is this one person?", "yes", {A: (T1, T2, T3, T4)}, f"Merged {B} into {A}."),
    "two people": (MERGE, "Is this one person?", "no", START, f"Kept {B} apart from {A}."),
    "its home": (HOME, f"Does this track show {A}?", "yes", {A: (T1, T3, T5), B: (T2, T4)}, f"Moved {T5} to {A}."),
    "not its home": (HOME, f"Does this track show {A}?", "no", {**START, NEW: (T5,)}, f"Kept {T5} apart from {A}."),
    "a part": (
        CUT,
        "Does this track show someone else?",
        "yes",
        {A: (T1,), B: (T2, T4), NEW: (T3,)},
        f"Made {NEW} of {T3}.",
    ),
    "no part": (CUT, "Does this track show someone else?", "no", START, f"Kept {T3} in {A}."),
    "a part of another": (
        CUT_TO,
        f"Does this track show {B}?",
        "yes",
        {A: (T1,), B: (T2, T3, T4)},
        f"Moved {T3} to {B}.",
    ),
    "a thing": (THING, "Is this something other than a face?", "yes", {A: (T1, T3)}, "Marked 2 tracks as no face."),
    "a face": (THING, "Is this something other than a face?", "no", START, "Reviewed 2 tracks."),
    "a lone face": (LONE_THING, "Is this something other than a face?", "no", {**START, NEW: (T5,)}, f"Reviewed {T5}."),
    "a name": (NAME, "Is this Ann?", "yes", START, "Identity-00001 is Ann."),
    "no name": (NAME, "Is this Ann?", "no", START, "Identity-00001 is not Ann."),
}


def queue(client: TestClient) -> list[dict[str, object]]:
    items: list[dict[str, object]] = send(client, "GET /queue").json()["items"]
    return items


def test_each_answer_settles_its_question(client: TestClient, store: ArtifactStore) -> None:
    with open_cast_store(store.root) as cast:
        cast.add_person("tiny", "ann", "Ann")
        write_people_file(store, cast, "tiny")
    for case, (asked, text, said, after, summary) in ANSWERS.items():
        ask(store, [asked])
        (card,) = queue(client)
        assert card["text"] == text, case
        path = f"POST /queue/{card['question_id']}/answer"
        result = send(client, path, {"answer": said}).json()
        assert (members(store), result["summary"]) == (after, summary), case
        assert queue(client) == [], case
        again = send(client, path, {"answer": said})
        assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict"), case
        send(client, "POST /undo")
        assert members(store) == START, case
        assert queue(client) == [card], case


def test_a_card_shows_both_sides(client: TestClient, store: ArtifactStore) -> None:
    ask(store, [MERGE, CUT])
    merge, cut = sorted(queue(client), key=lambda card: str(card["kind"]), reverse=True)
    assert [merge[side]["identity_id"] for side in ("identity", "other")] == [B, A]  # type: ignore[index]
    assert [track["track_id"] for track in merge["tracks"]] == [T2, T4]  # type: ignore[attr-defined]
    assert [track["track_id"] for track in merge["other_tracks"]] == [T1, T3]  # type: ignore[attr-defined]
    (near,) = merge["nearest"]  # type: ignore[misc]
    assert (near["track_id"], near["other_track_id"]) == (T2, T1)
    assert cut["other"] is None
    assert [track["track_id"] for track in cut["other_tracks"]] == [T1]  # type: ignore[attr-defined]


def test_a_question_keeps_its_id_until_it_asks_something_else(client: TestClient, store: ArtifactStore) -> None:
    ask(store, [MERGE, CUT])
    first = {card["kind"]: card["question_id"] for card in queue(client)}
    send(client, f"PATCH /identities/{A}", {"label": "host"}, If_Match="*")
    assert {card["kind"]: card["question_id"] for card in queue(client)} == first
    ask(store, [MERGE.model_copy(update={"probability": 0.9}), CUT_TO])
    later = {card["kind"]: card["question_id"] for card in queue(client)}
    assert later["merge"] == first["merge"]
    assert later["cut"] != first["cut"]


def test_an_answer_about_what_the_person_did_not_see_is_refused(client: TestClient, store: ArtifactStore) -> None:
    ask(store, [MERGE])
    (card,) = queue(client)
    seen = versions(store)
    send(client, "POST /tracks/move", {"track_ids": [T5], "to_identity_id": A}, actor="ben")
    answer = send(client, f"POST /queue/{card['question_id']}/answer", {"answer": "yes", "expect": seen})
    assert (answer.status_code, list(answer.json()["present"])) == (412, [A])


def test_a_yes_about_a_shared_frame_needs_confirmation(client: TestClient, store: ArtifactStore) -> None:
    side_by_side(store)
    ask(store, [MERGE])
    (card,) = queue(client)
    path = f"POST /queue/{card['question_id']}/answer"
    assert send(client, path, {"answer": "yes"}).json()["confirm"] is True
    assert send(client, path, {"answer": "yes", "confirm": True}).status_code == 200
    assert members(store) == {A: (T1, T2, T3, T4)}


def test_the_queue_is_sent_again_only_after_a_change(client: TestClient, store: ArtifactStore) -> None:
    ask(store, [MERGE, CUT])
    first = send(client, "GET /queue")
    assert (first.json()["total"], first.json()["last_seq"]) == (2, 0)
    assert send(client, "GET /queue", If_None_Match=first.headers["etag"]).status_code == 304
    assert [len(send(client, f"GET /queue?limit={n}").json()["items"]) for n in (1, 2)] == [1, 2]
    send(client, f"PATCH /identities/{A}", {"reviewed": True}, If_Match="*")
    changed = send(client, "GET /queue", If_None_Match=first.headers["etag"])
    assert (changed.status_code, changed.json()["last_seq"]) == (200, moderated(store).last_seq)
