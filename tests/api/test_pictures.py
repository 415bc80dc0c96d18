"""Pictures over HTTP: what they show, how long browsers keep them, and that removed ones are gone."""

from functools import partial

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.marks import represent
from screenalytics_app.actions.moderation.purge_deleted import purge_deleted
from screenalytics_resources.artifact_store import ArtifactStore
from tests.api.decided import decide
from tests.app.moderation_bench import T1, T3, T5, A, B
from tests.tiny_episode import EP_ID

EPISODE = f"/episodes/{EP_ID}"
IMMUTABLE = "private, max-age=31536000, immutable"


def picture(content: bytes) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def urls(client: TestClient) -> dict[str, str]:
    """Return the address of each kind of picture, as the bodies name them."""
    identity = client.get(f"{EPISODE}/identities/{A}").json()
    track = next(member for member in identity["members"] if member["track_id"] == T1)
    frames = client.get(f"{EPISODE}/tracks/{T1}/frames").json()["items"]
    return {
        "thumbnail": identity["thumb_url"],
        "image": track["image_url"],
        "sprite": track["sprite"]["url"],
        "crop": frames[1]["media_url"],
    }


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        pytest.param("thumbnail", (256, 256), id="thumbnail"),
        pytest.param("image", (90, 80), id="image of a track, as it is stored"),
        pytest.param("sprite", (96, 192), id="sprite of two pictures"),
        pytest.param("crop", (90, 80), id="crop, as it is stored"),
    ],
)
def test_an_address_with_a_version_is_kept_for_good(client: TestClient, kind: str, shape: tuple[int, int]) -> None:
    url = urls(client)[kind]
    answer = client.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert picture(answer.content).shape[:2] == shape
    assert answer.headers["cache-control"] == IMMUTABLE
    etag = answer.headers["etag"]
    again = client.get(url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    path = url.partition("?")[0]
    for other in (path, f"{path}?v=other"):
        assert client.get(other).headers["cache-control"] == "private, no-cache"


def test_a_picture_that_a_person_chooses_has_another_address(client: TestClient, store: ArtifactStore) -> None:
    write_other_crop(store, f"crops/{T3}/frame-000080.jpg")
    before = urls(client)["thumbnail"]
    decide(store, partial(represent, track_id=T3, ts=16.0))
    after = urls(client)["thumbnail"]
    assert before != after
    assert int(picture(client.get(after).content).mean()) == 200
    assert client.get(before).headers["cache-control"] == "private, no-cache"  # it shows the picture of now


def write_other_crop(store: ArtifactStore, key: str) -> None:
    content = cv2.imencode(".jpg", np.full((90, 80, 3), 200, np.uint8))[1].tobytes()
    store.write(store.frames(EP_ID, *key.split("/")), content)


def test_a_purged_track_has_no_picture_left(client: TestClient, store: ArtifactStore) -> None:
    paths = [url.partition("?")[0] for name, url in urls(client).items() if name != "thumbnail"]
    decide(store, partial(dismiss, tracks=[T1], reason="deleted"))
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    purge_deleted(store, EP_ID)
    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "There is no stored picture of" in answer.json()["detail"]
    track = client.get(f"{EPISODE}/tracks/{T1}").json()
    assert (track["image_url"], track["sprite"]) == (None, None)


def test_a_thumbnail_shows_another_track_once_its_own_is_purged(client: TestClient, store: ArtifactStore) -> None:
    write_other_crop(store, f"crops/{T3}/frame-000050.jpg")
    decide(store, partial(dismiss, tracks=[T1], reason="deleted"))
    purge_deleted(store, EP_ID)
    assert int(picture(client.get(urls_of_thumbnail(client)).content).mean()) == 200


def urls_of_thumbnail(client: TestClient) -> str:
    url: str = client.get(f"{EPISODE}/identities/{A}").json()["thumb_url"]
    return url


def test_an_identity_without_tracks_has_no_stored_thumbnail_after_a_purge(
    client: TestClient, store: ArtifactStore
) -> None:
    paths = {identity: f"{EPISODE}/identities/{identity}/thumb.jpg" for identity in (A, B)}
    decide(store, partial(dismiss, tracks=[T1, T3], reason="deleted"))
    purge_deleted(store, EP_ID)
    assert {name: client.get(path).status_code for name, path in paths.items()} == {A: 404, B: 200}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"{EPISODE}/tracks/{T1}/frames/1/crop.jpg", id="frame without a picture"),
        pytest.param(f"{EPISODE}/tracks/track-00009/image.jpg", id="unknown track"),
        pytest.param(f"{EPISODE}/tracks/track-00009/sprite.jpg", id="sprite of an unknown track"),
        pytest.param(f"{EPISODE}/identities/identity-00009/thumb.jpg", id="stored thumbnail of an unknown identity"),
        pytest.param(f"{EPISODE}/identities/identity-00009/thumb.jpg?v=1", id="thumbnail of an unknown identity"),
        pytest.param("/episodes/other-s01e01/tracks/track-00001/image.jpg", id="unknown episode"),
    ],
)
def test_there_is_no_such_picture(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_missing_or_empty_file_is_not_a_picture(client: TestClient, store: ArtifactStore) -> None:
    found = urls(client)
    store.write(store.frames(EP_ID, "crops", T1, "frame-000030.jpg"), b"")
    assert client.get(found["crop"]).status_code == 404
    assert client.get(found["sprite"]).status_code == 404
    assert client.get(f"{EPISODE}/tracks/{T5}/sprite.jpg").status_code == 200
