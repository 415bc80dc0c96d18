"""The cast from the command line with the embedded database: people are added, assigned, shown and forgotten."""

import json
from pathlib import Path

import cv2
import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.people_file import cast_sha256
from screenalytics_resources.sample_episode import _read_photograph
from screenalytics_resources.sample_shots import FACES
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, write_tiny_episode

SHOW = "tiny"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write one photo of each person of the sample."""
    folder = tmp_path_factory.mktemp("photos")
    found = {}
    for photograph, faces in FACES.items():
        picture = _read_photograph(photograph)
        for person, (x1, y1, x2, y2) in faces.items():
            side = int(y2 - y1)
            top, left = max(0, int(y1) - side // 3), max(0, int(x1) - side // 4)
            found[person] = folder / f"{person}.png"
            cv2.imwrite(str(found[person]), picture[top : int(y2) + side // 3, left : int(x2) + side // 4])
    return found


def test_people_are_added_shown_merged_and_removed(screen: Screen, photos: dict[str, Path], home: Path) -> None:
    assert screen.call("cast", "add", "--show", SHOW, "--person", "ann-example", "--role", "main") == 0
    assert screen.call("cast", "add", "--show", SHOW, "--person", "bea", "--alias", "B.") == 0
    assert screen.call("facebank", "add", "--show", SHOW, "--person", "ann-example", str(photos["person-b"])) == 0
    assert screen.call("cast", "list", "--show", SHOW) == 0
    assert "Ann Example" in screen.out
    people = json.loads((home / "manifests" / SHOW / "people.json").read_text())["people"]
    assert [(p["person_id"], p["seeds"]) for p in people] == [("ann-example", 1), ("bea", 0)]
    pictures = sorted((home / "facebank" / SHOW / "ann-example").iterdir())
    assert [path.stat().st_mode & 0o777 for path in pictures] == [0o600, 0o600]
    assert screen.call("cast", "show", "--show", SHOW, "--person", "ann-example") == 0
    assert "person-b.png" in screen.out

    assert screen.call("cast", "remove", "--show", SHOW, "--person", "ann-example") == 2
    assert "1 reference faces" in screen.err
    assert screen.call("cast", "merge", "--show", SHOW, "--source", "bea", "--target", "ann-example") == 0
    assert screen.call("cast", "remove", "--show", SHOW, "--person", "ann-example", "--force") == 0
    assert not (home / "facebank").exists()
    assert screen.call("cast", "show", "--show", SHOW, "--person", "ann-example") == 2
    assert "ann-example" in screen.err


def test_an_assignment_by_a_person_stays_and_can_be_forgotten(screen: Screen, home: Path) -> None:
    store = write_tiny_episode(home)
    screen.call("cast", "add", "--show", SHOW, "--person", "quaxley")
    assert screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", "identity-00009", "--person", "quaxley") == 2
    assert "There is no identity-00009" in screen.err
    assert screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", "identity-00001", "--person", "quaxly") == 2
    assert "quaxley" in screen.err
    assert screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", "identity-00001", "--person", "quaxley") == 0
    assert screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", "identity-00001", "--person", "quaxley") == 0
    assert "was quaxley already" in screen.out

    assert screen.call("run", "--ep-id", EP_ID) in (0, 1)
    rows = {row.identity_id: row for row in load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.assignments}
    assert (rows["identity-00001"].person_id, rows["identity-00001"].assigned_by) == ("quaxley", "person")
    screen.call("cleanup", "--ep-id", EP_ID, "--actions", "recluster,group_clusters", "--write-back", "--force")
    labels = {i.identity_id: i.labels for i in load_artifact(store, IDENTITIES, EP_ID).content.identities}
    assert (labels["identity-00001"].person_id, labels["identity-00001"].assigned_by) == ("quaxley", "person")

    assert screen.call("cast", "forget", "--person", "quaxley") == 0
    assert "identities.json: the name" in screen.out
    assert holding(home, b"quaxley") == []
    assert all(i.labels.person_id is None for i in load_artifact(store, IDENTITIES, EP_ID).content.identities)
    assert screen.call("cast", "forget", "--person", "quaxley") == 0
    assert "nothing of quaxley was found" in screen.out
    assert screen.call("run", "--ep-id", EP_ID) in (0, 1)


def holding(root: Path, needle: bytes) -> list[str]:
    """Return the files below the data root that contain these bytes, including those of the database."""
    return [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and needle in p.read_bytes()]


def test_a_change_of_the_cast_changes_its_digest(screen: Screen, home: Path) -> None:
    store = write_tiny_episode(home)
    before = cast_sha256(ArtifactStore(store.root), SHOW)
    screen.call("cast", "add", "--show", SHOW, "--person", "ann")
    assert cast_sha256(store, SHOW) != before
    screen.call("cast", "remove", "--show", SHOW, "--person", "ann")
    assert cast_sha256(store, SHOW) == before == "none"
