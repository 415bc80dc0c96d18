"""The endpoints that read, on the tiny episode: its known values, entity tags, pages, and what is missing."""

from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.marks import lock
from screenalytics_app.actions.moderation.membership import merge, split
from screenalytics_app.actions.moderation.naming import label, not_person
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, MERGE_SUGGESTIONS, TRACKS
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document
from tests.api.decided import decide
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B
from tests.tiny_episode import EP_ID, FPS

EPISODE = f"/episodes/{EP_ID}"


def get(client: TestClient, path: str, **headers: str) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(page: dict[str, Any], name: str) -> list[str]:
    return [item[name] for item in page["items"]]


def test_the_list_shows_an_episode_with_its_counts(client: TestClient) -> None:
    (card,) = get(client, "/episodes")["items"]
    thumbs = [f"{EPISODE}/identities/{identity}/thumb.jpg" for identity in (B, A)]
    assert card == {
        "ep_id": EP_ID,
        "show": "tiny",
        "state": "ready",
        "problem": None,
        "duration_s": 20.0,
        "tracks": 5,
        "identities": 2,
        "named": 0,
        "questions": 0,
        "failed_checks": [],
        "warned_checks": [],
        "job": None,
        "thumbs": thumbs,
    }
    assert all(client.get(thumb).status_code == 200 for thumb in thumbs)
    assert get(client, "/episodes?show=tiny")["items"] == [card]
    assert get(client, "/episodes?show=other")["items"] == []


def test_open_questions_are_counted_until_they_are_answered(client: TestClient, store: ArtifactStore) -> None:
    question = Question(
        kind="not_a_face",
        identity_id=None,
        track_ids=(T5,),
        other_identity_id=None,
        person_id=None,
        probability=0.9,
        actions_saved=1.0,
        face_similarity=None,
        clothing=None,
        shared_frames=0,
        nearest=(),
        seconds_on_screen=2.0,
        evidence="weak",
    )
    stored = load_artifact(store, MERGE_SUGGESTIONS, EP_ID)
    content = stored.content.model_copy(update={"questions": (question,)})
    save_document(store, MERGE_SUGGESTIONS, stored.with_content(content))
    assert [card["questions"] for card in get(client, "/episodes")["items"]] == [1]
    decide(store, partial(label, identity_id=A, text="host"))
    assert [card["questions"] for card in get(client, "/episodes")["items"]] == [1]
    decide(store, partial(dismiss, tracks=[T5], reason="not_a_face"))
    assert [card["questions"] for card in get(client, "/episodes")["items"]] == [0]


def test_an_episode_shows_its_video_artifacts_and_decisions(client: TestClient, store: ArtifactStore) -> None:
    decide(store, partial(label, identity_id=A, text="host"), partial(dismiss, tracks=[T5], reason="not_a_face"))
    detail = get(client, EPISODE)
    assert (detail["named"], detail["last_seq"], detail["decisions_since_run"]) == (1, 2, 2)
    assert (detail["dismissed_tracks"], detail["unassigned_tracks"]) == (1, 0)
    assert detail["checks"] == []
    assert {line["asset"]: line["rows"] for line in detail["artifacts"]}["tracks"] == 5
    assert {line["state"] for line in detail["artifacts"]} == {"present"}
    assert detail["video"] == {
        "url": f"{EPISODE}/video",
        "width": 320,
        "height": 180,
        "fps": FPS,
        "duration_s": 20.0,
        "player_offset_s": 0.0,
        "proxy": "none_needed",
    }


def test_an_incomplete_or_damaged_episode_says_what_to_do(client: TestClient, store: ArtifactStore) -> None:
    store.place.remove(store.manifest(EP_ID, IDENTITIES.file))
    card = get(client, EPISODE)
    assert (card["state"], card["identities"], card["video"]["width"]) == ("incomplete", None, 320)
    assert card["problem"] == f"identities is missing: `screenalytics run --ep-id {EP_ID}` makes it."
    store.write(store.manifest(EP_ID, IDENTITIES.file), b'{"seal": 1}')
    card = get(client, "/episodes")["items"][0]
    assert (card["state"], card["identities"]) == ("damaged", None)
    assert card["problem"].endswith(f"`screenalytics run --ep-id {EP_ID} --from identities` makes it.")


def test_identities_have_numbers_badges_and_pictures(client: TestClient) -> None:
    cards = {card["identity_id"]: card for card in get(client, f"{EPISODE}/identities")["items"]}
    card = cards[A]
    assert card["thumb_url"].startswith(f"{EPISODE}/identities/{A}/thumb.jpg?v=")
    assert card | {"thumb_url": None, "etag": None} == {
        "identity_id": A,
        "etag": None,
        "label": None,
        "person": None,
        "named_by": None,
        "suggestion": None,
        "locked": False,
        "reviewed": False,
        "tracks": 2,
        "faces": 4,
        "seconds": 12.4,
        "uncertain_seconds": 0.0,
        "uncertain_tracks": 0,
        "first_ts": 0.0,
        "last_ts": 16.0,
        "cohesion": 1.0,
        "min_identity_sim": 1.0,
        "low_cohesion": False,
        "outlier_reason": None,
        "badge": {"level": "good", "text": "strong 1.00"},
        "thumb_url": None,
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param("unnamed_first", [B, A], id="unnamed first, as A has a label"),
        pytest.param("seconds", [B, A], id="most seconds first"),
        pytest.param("id", [A, B], id="by id"),
        pytest.param("cohesion", [A, B], id="least cohesion first, by id on a tie"),
    ],
)
def test_identities_come_in_the_order_that_is_asked_for(
    client: TestClient, store: ArtifactStore, order: str, expected: list[str]
) -> None:
    decide(store, partial(label, identity_id=A, text="host"))
    whole = get(client, f"{EPISODE}/identities?order={order}")
    assert (ids(whole, "identity_id"), whole["next"]) == (expected, None)
    first = get(client, f"{EPISODE}/identities?order={order}&limit=1")
    second = get(client, f"{EPISODE}/identities?order={order}&limit=1&cursor={first['next']}")
    assert [*ids(first, "identity_id"), *ids(second, "identity_id")] == expected
    assert second["next"] is None


def test_an_identity_lists_its_tracks_and_follows_decisions(client: TestClient, store: ArtifactStore) -> None:
    answer = client.get(f"{EPISODE}/identities/{A}")
    detail = answer.json()
    assert answer.headers["etag"] == f'"{detail["etag"]}"'
    assert [track["track_id"] for track in detail["members"]] == [T1, T3]
    decide(store, partial(lock, identity_id=A), partial(not_person, identity_id=A, person_id="ben"))
    changed = client.get(f"{EPISODE}/identities/{A}")
    assert changed.headers["etag"] != answer.headers["etag"]
    assert (changed.json()["locked"], changed.json()["not_people"]) == (True, [{"person_id": "ben", "name": "ben"}])


def test_an_identity_that_became_part_of_another_one_is_gone(client: TestClient, store: ArtifactStore) -> None:
    decide(store, partial(merge, target=B, sources=[A], confirm=True))
    answer = client.get(f"{EPISODE}/identities/{A}")
    assert (answer.status_code, answer.json()["successor"]) == (410, B)
    assert ids(get(client, f"{EPISODE}/identities"), "identity_id") == [B]


def test_a_single_track_is_not_praised_for_its_cohesion(client: TestClient, store: ArtifactStore) -> None:
    decide(store, partial(split, identity_id=A, tracks=[T3]))
    badges = {card["identity_id"]: card["badge"]["text"] for card in get(client, f"{EPISODE}/identities")["items"]}
    assert badges == {A: "single track", B: "strong 1.00", "identity-00003": "single track"}


def test_a_track_has_its_membership_quality_and_boxes(client: TestClient) -> None:
    track = get(client, f"{EPISODE}/tracks/{T1}")
    assert (track["identity_id"], track["first_ts"], track["last_ts"], track["seconds"]) == (A, 0.0, 6.0, 6.2)
    assert (track["frames"], track["faces"], track["similarity"], track["confidence"]) == (31, 2, 1.0, 1.0)
    assert (track["quality"], track["quality_badge"]) == (0.505, {"level": "fair", "text": "fair 50 %"})
    assert (track["sprite"]["frames"], track["sprite"]["side"]) == (2, 96)
    assert track["boxes"] == [{"ts": ts, "box": [0.0625, 0.11111, 0.1875, 0.38889]} for ts in (0.0, 6.0)]
    lone = get(client, f"{EPISODE}/tracks/{T5}")
    assert (lone["identity_id"], lone["similarity"], lone["badge"], lone["evidence"]) == (None, None, None, None)
    assert lone["image_url"] is not None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("all", [T1, T2, T3, T4, T5], id="all"),
        pytest.param("unassigned", [T5], id="in no identity"),
        pytest.param("dismissed", [T2, T4], id="dismissed"),
    ],
)
def test_tracks_are_listed_by_state(client: TestClient, store: ArtifactStore, state: str, expected: list[str]) -> None:
    decide(store, partial(dismiss, tracks=[T2, T4], reason="ignore"))
    walked, cursor = [], ""
    while cursor is not None:
        page = get(client, f"{EPISODE}/tracks?state={state}&limit=2{cursor and f'&cursor={cursor}'}")
        walked += page["items"]
        cursor = page["next"]
    assert [track["track_id"] for track in walked] == expected
    assert [track["dismissed"] for track in walked] == ["ignore" if t in (T2, T4) else None for t in expected]


def test_frames_come_in_pages_and_the_best_is_that_of_the_whole_track(client: TestClient) -> None:
    whole = get(client, f"{EPISODE}/tracks/{T1}/frames")
    assert [(item["frame_idx"], item["similarity"]) for item in whole["items"]] == [(0, 0.9988), (30, 0.9988)]
    assert (whole["best_frame_idx"], whole["total"], whole["page"], whole["page_size"]) == (0, 2, 1, 50)
    assert whole["items"][0]["quality"] == {"det_score": 0.9, "crop_std": 40.0, "box_area": 2000.0, "score": 0.505}
    second = get(client, f"{EPISODE}/tracks/{T1}/frames?page=2&page_size=1")
    assert [item["frame_idx"] for item in second["items"]] == [30]
    assert (second["best_frame_idx"], second["total"]) == (0, 2)
    assert get(client, f"{EPISODE}/tracks/{T1}/frames?page=3&page_size=1")["items"] == []
    rejected = get(client, f"{EPISODE}/tracks/{T5}/frames?order=best")
    assert {item["rejection_reason"] for item in rejected["items"]} == {"low_contrast"}
    assert {item["similarity_badge"] for item in rejected["items"]} == {None}


@pytest.mark.parametrize(
    ("ts", "tracks"),
    [
        pytest.param("0", [T1], id="one face"),
        pytest.param("2", [T1, T2], id="two faces"),
        pytest.param("9", [], id="nobody"),
        pytest.param("13", [T3, T4, T5], id="also a track in no identity"),
    ],
)
def test_who_is_on_screen_at_a_time(client: TestClient, ts: str, tracks: list[str]) -> None:
    faces = get(client, f"{EPISODE}/on-screen?ts={ts}")
    assert [face["track_id"] for face in faces] == tracks
    assert [face["identity_id"] for face in faces] == [{T1: A, T2: B, T3: A, T4: B}.get(track) for track in tracks]
    assert all(face["box"] == [0.0625, 0.11111, 0.1875, 0.38889] for face in faces)


def test_dismissed_tracks_are_neither_on_screen_nor_on_the_map(client: TestClient, store: ArtifactStore) -> None:
    points = {point["track_id"]: point["identity_id"] for point in get(client, f"{EPISODE}/map")["points"]}
    assert points == {T1: A, T2: B, T3: A, T4: B}
    decide(store, partial(dismiss, tracks=[T1], reason="deleted"))
    assert get(client, f"{EPISODE}/on-screen?ts=0") == []
    assert [point["track_id"] for point in get(client, f"{EPISODE}/map")["points"]] == [T2, T3, T4]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/episodes", id="episodes"),
        pytest.param(EPISODE, id="episode"),
        pytest.param(f"{EPISODE}/identities", id="identities"),
        pytest.param(f"{EPISODE}/tracks", id="tracks"),
        pytest.param(f"{EPISODE}/tracks/{T1}", id="track"),
        pytest.param(f"{EPISODE}/tracks/{T1}/frames", id="frames"),
        pytest.param(f"{EPISODE}/map", id="map"),
    ],
)
def test_what_has_not_changed_is_not_sent_again(client: TestClient, store: ArtifactStore, path: str) -> None:
    etag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_decision_changes_the_tag_of_the_board(client: TestClient, store: ArtifactStore) -> None:
    etag = client.get(f"{EPISODE}/identities").headers["etag"]
    decide(store, partial(label, identity_id=A, text="host"))
    changed = client.get(f"{EPISODE}/identities", headers={"If-None-Match": etag})
    assert (changed.status_code, changed.headers["etag"] != etag) == (200, True)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        pytest.param("/episodes/other-s01e01", 404, "There is no episode 'other-s01e01'", id="episode"),
        pytest.param("/episodes/demo", 404, "There is no episode 'demo'", id="not an episode id"),
        pytest.param(f"{EPISODE}/identities/identity-00009", 404, "There is no identity-00009", id="identity"),
        pytest.param(f"{EPISODE}/tracks/track-00009", 404, "There is no track-00009", id="track"),
        pytest.param(f"{EPISODE}/tracks/track-00009/frames", 404, "There is no track-00009", id="frames"),
        pytest.param(f"{EPISODE}/identities?cursor=x", 422, "'x' is not a cursor", id="cursor"),
        pytest.param(f"{EPISODE}/tracks?cursor=x", 422, "'x' is not a cursor", id="cursor of tracks"),
        pytest.param(f"{EPISODE}/identities?limit=0", 422, "limit", id="limit too small"),
        pytest.param(f"{EPISODE}/identities?limit=1001", 422, "limit", id="limit too large"),
        pytest.param(f"{EPISODE}/identities?order=size", 422, "order", id="unknown order"),
        pytest.param(f"{EPISODE}/on-screen", 422, "ts", id="no time"),
        pytest.param(f"{EPISODE}/on-screen?ts=nan", 422, "finite", id="not a number"),
        pytest.param(f"{EPISODE}/on-screen?ts=-1", 422, "greater than or equal to 0", id="before the start"),
    ],
)
def test_what_is_unknown_or_invalid_is_refused(client: TestClient, path: str, status: int, detail: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert detail in answer.json()["detail"]


def test_an_episode_without_identities_says_what_to_run(client: TestClient, store: ArtifactStore) -> None:
    store.place.remove(store.manifest(EP_ID, IDENTITIES.file))
    answer = client.get(f"{EPISODE}/identities")
    assert (answer.status_code, f"`screenalytics run --ep-id {EP_ID}`" in answer.json()["detail"]) == (422, True)


def test_damaged_tracks_are_reported_without_a_traceback(client: TestClient, store: ArtifactStore) -> None:
    store.write(store.manifest(EP_ID, TRACKS.file), b"{}\n")
    answer = client.get(f"{EPISODE}/tracks")
    assert (answer.status_code, f"manifests/{EP_ID}/tracks.jsonl cannot be used" in answer.json()["detail"]) == (
        422,
        True,
    )
