"""The video over HTTP: complete, in parts, and from the cache."""

import pytest
from fastapi.testclient import TestClient

from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import EP_ID, VIDEO

URL = f"/episodes/{EP_ID}/video"
SIZE = len(VIDEO)


def test_the_complete_file_comes_with_its_type(client: TestClient) -> None:
    answer = client.get(URL)
    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("video/mp4", "bytes")
    assert answer.headers["content-length"] == str(SIZE)


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        pytest.param("bytes=0-4", 0, 5, id="the start"),
        pytest.param("bytes=7-", 7, SIZE, id="from the middle"),
        pytest.param("bytes=-3", SIZE - 3, SIZE, id="the end"),
    ],
)
def test_a_part_of_the_file(client: TestClient, header: str, start: int, end: int) -> None:
    answer = client.get(URL, headers={"Range": header})
    assert (answer.status_code, answer.content) == (206, VIDEO[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


def test_a_part_after_the_end_is_refused(client: TestClient) -> None:
    answer = client.get(URL, headers={"Range": f"bytes={SIZE}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_part_is_sent_only_of_the_file_that_the_player_began_with(client: TestClient, store: ArtifactStore) -> None:
    etag = client.get(URL).headers["etag"]
    part = {"Range": "bytes=0-4"}
    assert client.get(URL, headers=part | {"If-Range": etag}).status_code == 206
    assert client.get(URL, headers=part | {"If-Range": '"other"'}).status_code == 200
    assert client.get(URL, headers={"If-None-Match": etag}).status_code == 304
    store.write(store.video(EP_ID), b"another video of another length")
    assert client.get(URL).headers["etag"] != etag
    assert client.get(URL, headers=part | {"If-Range": etag}).content == b"another video of another length"


def test_an_episode_without_its_file_says_so(client: TestClient, store: ArtifactStore) -> None:
    store.place.remove(store.video(EP_ID))
    answer = client.get(URL)
    assert (answer.status_code, "has no video file" in answer.json()["detail"]) == (404, True)


def test_a_part_of_a_video_in_object_storage(bucket: str) -> None:
    from screenalytics_app.api.app import create_app
    from screenalytics_app.api.settings import ServerSettings

    store = ArtifactStore(bucket)
    store.write(store.video(EP_ID), VIDEO)
    with TestClient(create_app(store, ServerSettings(actor="ann")), base_url="http://localhost") as client:
        answer = client.get(URL, headers={"Range": "bytes=7-9"})
        assert (answer.status_code, answer.content) == (206, VIDEO[7:10])
        assert client.get(URL).content == VIDEO
