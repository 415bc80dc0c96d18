"""No part of an address becomes a path: every endpoint that reads, with hostile parameters."""

import pytest
from fastapi.testclient import TestClient

from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import EP_ID

SECRET = b"not for the web"
EPISODE = f"/episodes/{EP_ID}"
ADDRESSES = [
    "/episodes/{}",
    "/episodes/{}/identities",
    "/episodes/{}/tracks",
    "/episodes/{}/on-screen?ts=1",
    "/episodes/{}/map",
    "/episodes/{}/video",
    EPISODE + "/identities/{}",
    EPISODE + "/identities/{}/thumb.jpg",
    EPISODE + "/identities/{}/thumb.jpg?v=1",
    EPISODE + "/tracks/{}",
    EPISODE + "/tracks/{}/frames",
    EPISODE + "/tracks/{}/image.jpg",
    EPISODE + "/tracks/{}/sprite.jpg",
    EPISODE + "/tracks/{}/frames/0/crop.jpg",
    EPISODE + "/tracks/track-00001/frames/{}/crop.jpg",
]
HOSTILE = {
    "parent": "..%2f..%2fsecret",
    "doubly encoded": "..%252f..%252fsecret",
    "backslash": "..%5c..%5csecret",
    "plain parent": "../secret",
    "absolute": "%2fetc%2fpasswd",
    "NUL": "track-00001%00.jpg",
    "newline": "track-00001%0a",
    "not UTF-8": "%ff%fe",
    "long": "a" * 5000,
    "glob": "*",
    "other digits": "track-%D9%A0%D9%A0%D9%A0%D9%A0%D9%A1",
    "negative": "-1",
    "exponent": "1e5",
}


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in HOSTILE.items()])
def test_hostile_parameters_are_not_found_or_invalid(client: TestClient, store: ArtifactStore, value: str) -> None:
    for place in (store.base / "secret", store.frames(EP_ID, "secret"), store.base.parent / "secret"):
        place.write_bytes(SECRET)
    for address in ADDRESSES:
        answer = client.get(address.format(value))
        assert answer.status_code in (404, 422), (address, answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert SECRET not in answer.content
        assert str(store.root) not in answer.text
