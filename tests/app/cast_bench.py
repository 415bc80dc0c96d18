"""Commands that tests of the cast share, and readers of the files that they write."""

import json
from pathlib import Path

import cv2

from screenalytics_resources.sample_episode import _read_photograph
from screenalytics_resources.sample_shots import FACES
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID

A, B = "identity-00001", "identity-00002"
URL = "SCREENALYTICS_DATABASE_URL"


def people(root: Path, show: str) -> dict[str, dict[str, object]]:
    document = json.loads((root / "manifests" / show / "people.json").read_bytes())
    return {person["person_id"]: person for person in document["people"]}


def pictures(root: Path, show: str) -> list[Path]:
    return sorted(path for path in (root / "facebank" / show).rglob("*") if path.is_file())


def photo(folder: Path, person: str, name: str, margin: float = 0.6, more: int = 0) -> Path:
    """Write a photo of a person's face with a margin around it, `more` px wider on the right."""
    photograph = next(key for key, faces in FACES.items() if person in faces)
    x1, y1, x2, y2 = FACES[photograph][person]
    across, down = margin * (x2 - x1), margin * (y2 - y1)
    picture = _read_photograph(photograph)[
        max(0, int(y1 - down)) : int(y2 + down), max(0, int(x1 - across)) : int(x2 + across) + more
    ]
    path = folder / name
    cv2.imwrite(str(path), picture)
    return path


def assign_to(screen: Screen, identity: str, person: str) -> int:
    return screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", identity, "--person", person)
