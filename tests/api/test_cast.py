"""The cast over HTTP: people are added, changed and removed, and pictures become their reference faces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from screenalytics_app.api.app import create_app
from screenalytics_app.api.routes import cast as routes
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import open_cast_store
from tests.app.cast_bench import URL, photo

Files = list[tuple[str, tuple[str, bytes, str]]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data root whose database runs as long as the tests of this file."""
    folder = tmp_path_factory.mktemp("cast-api")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(URL, raising=False)
        with open_cast_store(str(folder)):
            yield folder


@pytest.fixture
def client(root: Path) -> TestClient:
    return TestClient(
        create_app(ArtifactStore(str(root)), ServerSettings(actor="analyst")), base_url="http://localhost"
    )


@pytest.fixture
def show(request: pytest.FixtureRequest) -> str:
    """A show of its own for each test."""
    return "show-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower()).strip("-").replace("--", "-")


def add(client: TestClient, show: str, name: str, **more: Any) -> str:
    answer = client.post("/cast", json={"show": show, "name": name, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["cast_id"])


def picture(folder: Path, person: str) -> bytes:
    return photo(folder, person, f"{person}.png").read_bytes()


def sent(*pictures: tuple[str, bytes]) -> Files:
    return [("files", (name, content, "image/png")) for name, content in pictures]


def test_a_person_is_added_read_changed_and_removed(client: TestClient, show: str) -> None:
    answer = client.post("/cast", json={"show": show, "name": "Zoë Doe-Example", "role": "main"})
    assert (answer.status_code, answer.headers["location"]) == (201, f"/cast/{show}:zoe-doe-example")
    assert client.get(answer.headers["location"]).json()["name"] == "Zoë Doe-Example"
    changed = client.patch(f"/cast/{show}:zoe-doe-example", json={"name": "Zoe Doe", "aliases": ["Z."]})
    assert (changed.json()["name"], changed.json()["aliases"], changed.json()["role"]) == ("Zoe Doe", ["Z."], "main")
    assert [person["name"] for person in client.get("/cast", params={"show": show}).json()["items"]] == ["Zoe Doe"]
    assert client.delete(f"/cast/{show}:zoe-doe-example").status_code == 204
    assert client.get("/cast", params={"show": show}).json()["items"] == []


def test_a_name_without_letters_gets_an_id_too(client: TestClient, show: str) -> None:
    assert add(client, show, "!!!") == f"{show}:person"


def test_an_uploaded_picture_becomes_a_reference_face(client: TestClient, show: str, tmp_path: Path) -> None:
    person = add(client, show, "Ann")
    files = sent(("../a.png", picture(tmp_path, "person-b")), ("b.png", picture(tmp_path, "person-a")))
    uploaded = client.post(f"/cast/{person}/seeds/upload", files=files)
    assert uploaded.status_code == 201, uploaded.text
    added = uploaded.json()["added"]
    assert [seed["origin"] for seed in added] == ["a.png", "b.png"]
    image = client.get(added[0]["image_url"])
    decoded = cv2.imdecode(np.frombuffer(image.content, np.uint8), cv2.IMREAD_COLOR)
    assert (image.headers["content-type"], decoded.shape) == ("image/png", (512, 512, 3))

    second = added[1]["seed_id"]
    assert client.put(f"/cast/{person}/seeds/{second}/featured").status_code == 204
    assert client.get("/cast", params={"show": show}).json()["items"][0]["image_url"] == added[1]["image_url"]
    assert client.delete(f"/cast/{person}/seeds/{second}").status_code == 204
    assert [seed["seed_id"] for seed in client.get(f"/cast/{person}").json()["seeds"]] == [added[0]["seed_id"]]
    assert client.get(added[1]["image_url"]).status_code == 404


def test_a_refused_picture_does_not_stop_the_others(client: TestClient, show: str, tmp_path: Path) -> None:
    person = add(client, show, "Ann")
    files = sent(("fake.png", b"#EXTM3U\n/etc/passwd\n"), ("a.png", picture(tmp_path, "person-b")))
    answer = client.post(f"/cast/{person}/seeds/upload", files=files)
    assert (answer.status_code, len(answer.json()["added"])) == (201, 1)
    assert answer.json()["refused"] == [
        "fake.png is not a readable JPEG or PNG file: convert it or choose another photo."
    ]


GREY = bytes(cv2.imencode(".png", np.full((200, 200, 3), 90, np.uint8))[1])
UPLOADS: dict[str, tuple[Files, int, str]] = {
    "a playlist": (sent(("list.png", b"#EXTM3U\n/etc/passwd\n")), 415, "list.png"),
    "a script": (sent(("face.jpg", b"<script>alert(1)</script>")), 415, "face.jpg"),
    "an empty file": (sent(("empty.png", b"")), 415, "empty.png"),
    "a truncated picture": (sent(("cut.png", GREY[:100])), 422, "truncated"),
    "no face": (sent(("grey.png", GREY)), 422, "face"),
    "too large": (sent(("big.png", GREY + bytes(routes.MAX_UPLOAD_BYTES))), 413, "larger than 20 MB"),
    "no file": ([], 422, "files"),
}


@pytest.mark.parametrize("case", UPLOADS)
def test_bad_uploads_are_refused_with_one_sentence(client: TestClient, show: str, case: str) -> None:
    files, status, says = UPLOADS[case]
    person = add(client, show, "Ann")
    answer = client.post(f"/cast/{person}/seeds/upload", files=files)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert client.get(f"/cast/{person}").json()["seeds"] == []


REQUESTS: dict[str, tuple[str, str, Any, int]] = {
    "unknown person": ("GET", "/cast/{show}:nobody", None, 404),
    "no show in the id": ("GET", "/cast/ann", None, 404),
    "a path as the show": ("GET", "/cast/..%2f..:ann", None, 404),
    "unknown person to change": ("PATCH", "/cast/{show}:nobody", {"role": "guest"}, 404),
    "unknown person to remove": ("DELETE", "/cast/{show}:nobody", None, 404),
    "unknown reference face": ("GET", "/cast/{show}:ann/seeds/seed-000000000000/image.png", None, 404),
    "a path as the reference face": ("GET", "/cast/{show}:ann/seeds/..%2f..%2fsecret/image.png", None, 404),
    "unknown face to feature": ("PUT", "/cast/{show}:ann/seeds/nothing/featured", None, 404),
    "taken id": ("POST", "/cast", {"show": "{show}", "name": "Ann"}, 409),
    "name without letters, whose id is taken": (
        "POST",
        "/cast",
        {"show": "{show}", "name": "Person", "person_id": "ann"},
        409,
    ),
    "show that is none": ("POST", "/cast", {"show": "No Show", "name": "Ann"}, 422),
    "unknown field": ("POST", "/cast", {"show": "{show}", "name": "Bea", "nmae": "x"}, 422),
    "blank name": ("PATCH", "/cast/{show}:ann", {"name": " "}, 422),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_bad_requests_are_refused(client: TestClient, show: str, case: str) -> None:
    method, path, body, status = REQUESTS[case]
    add(client, show, "Ann")
    filled = {k: v.replace("{show}", show) for k, v in body.items()} if body else None
    answer = client.request(method, path.replace("{show}", show), json=filled)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["detail"].count(". ") <= 1


def test_a_person_in_use_is_removed_only_with_force(client: TestClient, show: str, tmp_path: Path) -> None:
    person = add(client, show, "Ann")
    client.post(f"/cast/{person}/seeds/upload", files=sent(("a.png", picture(tmp_path, "person-b"))))
    refused = client.delete(f"/cast/{person}")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/taken")
    assert client.delete(f"/cast/{person}", params={"force": True}).status_code == 204
