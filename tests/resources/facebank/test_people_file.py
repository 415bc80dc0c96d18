"""The cast as a document, and the hash that identifies stale assignments."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.people_file import NO_CAST, cast_sha256, has_earlier_words, write_people_file
from screenalytics_resources.facebank.records import Owner, Seed, StoredPack
from tests.owner_rows import write_owner

Vector = Callable[..., NDArray[np.float32]]
Change = Callable[["Facebank"], object]


class Facebank:
    """A show with two people, one reference face, and one identity per kind of owner."""

    def __init__(self, cast: CastStore, show: str, seed: Seed, pack: StoredPack, vector: NDArray[np.float32]) -> None:
        self.cast, self.show, self.seed, self.pack, self.vector = cast, show, seed, pack, vector
        self.ep_id = f"{show}-s01e01"
        cast.add_person(show, "ann", "Ann Example", ["Annie"], "main")
        cast.add_person(show, "ben", "Ben Example")
        cast.add_seed(seed, {pack: (vector, 12.0)})
        self.assign("identity-00001", "ann", "person")
        self.assign("identity-00002", "ben", "machine")

    def assign(self, identity: str, person: str, by: Any) -> None:
        write_owner(self.cast, self.show, self.ep_id, identity, person, by, similarity=0.7 if by == "machine" else None)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


@pytest.fixture
def bank(cast: CastStore, show: str, make_seed: Callable[..., Seed], pack: StoredPack, unit: Vector) -> Facebank:
    return Facebank(cast, show, make_seed("ann"), pack, unit(1, 0, 0, 0))


def test_document_content(bank: Facebank, store: ArtifactStore, tmp_path: Path) -> None:
    document = write_people_file(store, bank.cast, bank.show)
    assert json.loads((tmp_path / "manifests" / bank.show / "people.json").read_bytes()) == document
    assert document["show"] == bank.show
    assert document["people"] == [
        {
            "person_id": "ann",
            "name": "Ann Example",
            "aliases": ["Annie"],
            "role": "main",
            "featured_seed_id": bank.seed.seed_id,
            "seeds": 1,
            "cluster_ids": [f"{bank.ep_id}:identity-00001"],
        },
        {
            "person_id": "ben",
            "name": "Ben Example",
            "aliases": [],
            "role": "",
            "featured_seed_id": None,
            "seeds": 0,
            "cluster_ids": [f"{bank.ep_id}:identity-00002"],
        },
    ]
    assert document["earlier_words"] == [bank.ep_id]
    assert cast_sha256(store, bank.show) == document["cast_sha256"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(None, False, id="no-cast"),
        pytest.param("{}", True, id="of-an-earlier-release"),
        pytest.param('{"earlier_words": []}', False, id="nothing-left"),
        pytest.param('{"earlier_words": ["demo-s01e01"]}', True, id="this-episode"),
        pytest.param('{"earlier_words": ["demo-s01e02"]}', False, id="another-episode"),
        pytest.param("{", True, id="damaged"),
    ],
)
def test_has_earlier_words(store: ArtifactStore, content: str | None, expected: bool) -> None:
    if content is not None:
        path = Path(str(store.manifest("demo", "people.json")))
        path.parent.mkdir(parents=True)
        path.write_text(content)
    assert has_earlier_words(store, "demo", "demo-s01e01") is expected


def test_the_revision_counts_every_change(bank: Facebank, store: ArtifactStore) -> None:
    before = write_people_file(store, bank.cast, bank.show)["revision"]
    assert write_people_file(store, bank.cast, bank.show)["revision"] == before
    bank.cast.add_person(bank.show, "cem", "Cem Example")
    bank.assign("identity-00003", "ben", "machine")
    assert write_people_file(store, bank.cast, bank.show)["revision"] == before + 2


def test_the_file_is_unchanged_without_a_change(bank: Facebank, store: ArtifactStore, tmp_path: Path) -> None:
    path = tmp_path / "manifests" / bank.show / "people.json"
    write_people_file(store, bank.cast, bank.show)
    first = path.read_bytes()
    write_people_file(store, bank.cast, bank.show)
    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == ["people.json"]


@pytest.mark.parametrize(
    ("change", "changes_hash"),
    [
        pytest.param(lambda b: b.cast.add_person(b.show, "cem", "Cem"), True, id="person-added"),
        pytest.param(lambda b: b.cast.remove_person(b.show, "ben", force=True), True, id="person-removed"),
        pytest.param(lambda b: b.cast.update_person(b.show, "ben", name="Benjamin"), True, id="person-renamed"),
        pytest.param(lambda b: b.cast.merge_people(b.show, "ben", "ann"), True, id="people-merged"),
        pytest.param(lambda b: b.cast.remove_seed(b.show, b.seed.seed_id), True, id="reference-face-removed"),
        pytest.param(lambda b: b.assign("identity-00003", "ann", "person"), False, id="assigned-by-a-person"),
        pytest.param(lambda b: b.assign("identity-00001", "ben", "person"), False, id="reassigned-by-a-person"),
        pytest.param(lambda b: b.assign("identity-00002", "ben", "person"), False, id="machine-owner-confirmed"),
        pytest.param(lambda b: b.assign("identity-00003", "ann", "machine"), False, id="assigned-by-a-machine"),
        pytest.param(lambda b: b.assign("identity-00002", "ann", "machine"), False, id="reassigned-by-a-machine"),
        pytest.param(lambda b: b.cast.sync_episode(b.show, b.ep_id, ["identity-00001"], []), False,
                     id="machine-owner-removed"),
        pytest.param(lambda b: b.cast.update_person(b.show, "ben", role="guest"), False, id="role-changed"),
        pytest.param(lambda b: None, False, id="no-change"),
    ],
)  # fmt: skip
def test_the_hash_covers_what_decides_an_identity(
    bank: Facebank, store: ArtifactStore, change: Change, changes_hash: bool
) -> None:
    write_people_file(store, bank.cast, bank.show)
    before = cast_sha256(store, bank.show)
    change(bank)
    assert cast_sha256(store, bank.show) == before, "the hash is read from the file, which is not rewritten yet"
    write_people_file(store, bank.cast, bank.show)
    assert (cast_sha256(store, bank.show) != before) == changes_hash


def test_another_photo_changes_the_hash(
    bank: Facebank, store: ArtifactStore, make_seed: Callable[..., Seed], unit: Vector
) -> None:
    before = write_people_file(store, bank.cast, bank.show)["cast_sha256"]
    bank.cast.add_seed(make_seed("ben", photo=2), {bank.pack: (unit(0, 1, 0, 0), 12.0)})
    assert write_people_file(store, bank.cast, bank.show)["cast_sha256"] != before


def test_a_vector_in_another_pack_does_not_change_the_hash(bank: Facebank, store: ArtifactStore, unit: Vector) -> None:
    before = write_people_file(store, bank.cast, bank.show)["cast_sha256"]
    bank.cast.add_vector(bank.show, bank.seed.seed_id, StoredPack("other", "b" * 64, 4), unit(0, 1, 0, 0), 12.0)
    assert write_people_file(store, bank.cast, bank.show)["cast_sha256"] == before


def test_a_show_without_a_cast(cast: CastStore, show: str, store: ArtifactStore) -> None:
    assert cast_sha256(store, show) == NO_CAST == "none"
    empty = {"show": show, "revision": 0, "people": [], "cast_sha256": NO_CAST, "earlier_words": []}
    assert write_people_file(store, cast, show) == empty
    cast.add_person(show, "ann", "Ann")
    write_people_file(store, cast, show)
    assert cast_sha256(store, show) != NO_CAST
    cast.remove_person(show, "ann")
    write_people_file(store, cast, show)
    assert cast_sha256(store, show) == NO_CAST


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"cast_sha256": "abc', id="truncated"),
        pytest.param(b"\xff\xfe\x00", id="not-text"),
        pytest.param(b'{"show": "x"}', id="no-hash"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"null", id="null"),
    ],
)
def test_a_damaged_file_never_matches_a_cast(
    bank: Facebank, store: ArtifactStore, tmp_path: Path, content: bytes
) -> None:
    good = write_people_file(store, bank.cast, bank.show)["cast_sha256"]
    (tmp_path / "manifests" / bank.show / "people.json").write_bytes(content)
    assert cast_sha256(store, bank.show) == "unreadable"
    write_people_file(store, bank.cast, bank.show)
    assert cast_sha256(store, bank.show) == good


def test_the_document_also_lists_machine_owners(bank: Facebank, store: ArtifactStore) -> None:
    owner = Owner(bank.show, bank.ep_id, "identity-00007", "ann", "machine", 0.8, 0.2, "small")
    bank.cast.sync_episode(bank.show, bank.ep_id, ["identity-00001", "identity-00007"], [owner])
    people = {person["person_id"]: person for person in write_people_file(store, bank.cast, bank.show)["people"]}
    assert people["ann"]["cluster_ids"] == [f"{bank.ep_id}:identity-00001", f"{bank.ep_id}:identity-00007"]
    assert people["ben"]["cluster_ids"] == []
