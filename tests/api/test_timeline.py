"""The timeline and the files of the screen time over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from screenalytics_resources.artifact_store import ArtifactStore
from tests.api.bench import send
from tests.app.moderation_bench import A, B
from tests.tiny_episode import EP_ID

pytestmark = pytest.mark.usefixtures("database")


def lanes(client: TestClient) -> dict[str, dict[str, Any]]:
    return {lane["lane_id"]: lane for lane in send(client, "GET /timeline").json()["lanes"]}


def test_it_says_who_is_on_screen_when(client: TestClient, store: ArtifactStore) -> None:
    body = send(client, "GET /timeline").json()
    assert (body["ep_id"], body["duration_s"], body["frame_s"]) == (EP_ID, 20.0, pytest.approx(0.2))
    assert [(shot["first_s"], shot["end_s"]) for shot in body["shots"]] == [(0.0, 10.0), (10.0, 20.0)]
    assert [(lane["lane_id"], lane["seconds"]) for lane in body["lanes"]] == [(B, 14.4), (A, 12.4)]
    assert lanes(client)[A]["bars"] == [
        {"first_s": 0.0, "end_s": 6.2, "state": "automatic"},
        {"first_s": 10.0, "end_s": 16.2, "state": "automatic"},
    ]
    assert body["seconds_in_no_identity"] == pytest.approx(2.2)


def test_a_decision_shows_at_once_and_people_come_first(client: TestClient, store: ArtifactStore) -> None:
    send(client, f"PATCH /identities/{A}", {"labels": {"name": "Ada Example"}}, If_Match="*")
    assert list(lanes(client)) == ["ada-example", B]
    lane = lanes(client)["ada-example"]
    assert (lane["name"], lane["named_by"], lane["identity_ids"]) == ("Ada Example", "person", [A])
    assert (lane["confirmed_seconds"], lane["automatic_seconds"]) == (12.4, 0.0)


def test_an_unchanged_timeline_is_not_sent_again(client: TestClient, store: ArtifactStore) -> None:
    etag = send(client, "GET /timeline").headers["etag"]
    assert send(client, "GET /timeline", If_None_Match=etag).status_code == 304
    send(client, "POST /identities/merge", {"target_id": A, "source_ids": [B]})
    assert send(client, "GET /timeline", If_None_Match=etag).status_code == 200


@pytest.mark.parametrize(
    ("file_format", "media_type", "begins"),
    [
        pytest.param("json", "application/json", b"{", id="json"),
        pytest.param("csv", "text/csv; charset=utf-8", b"ep_id,lane_id", id="csv"),
        pytest.param("vtt", "text/vtt; charset=utf-8", b"WEBVTT", id="vtt"),
        pytest.param("otio", "application/json", b"{", id="otio"),
        pytest.param("edl", "text/plain; charset=utf-8", b"TITLE:", id="edl"),
        pytest.param("parquet", "application/vnd.apache.parquet", b"PAR1", id="parquet"),
        pytest.param("png", "image/png", b"\x89PNG", id="png"),
        pytest.param("svg", "image/svg+xml", b"<?xml", id="svg"),
    ],
)
def test_every_format_is_a_file(
    client: TestClient, store: ArtifactStore, file_format: str, media_type: str, begins: bytes
) -> None:
    answer = send(client, f"GET /screentime?format={file_format}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="{EP_ID}-screen-time.{file_format}"'
    assert answer.content.startswith(begins)


def test_an_unknown_format_is_refused(client: TestClient, store: ArtifactStore) -> None:
    assert send(client, "GET /screentime?format=exe").status_code == 422
