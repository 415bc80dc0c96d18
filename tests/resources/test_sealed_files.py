"""Tests of sealed files: equality after loading, and each kind of damage."""

import io
from collections.abc import Callable
from dataclasses import replace as replace_field
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from screenalytics_resources import sealed_tables
from screenalytics_resources.artifact import Document, DocumentSpec, Provenance, Table, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import (
    DamagedArtifactError,
    load_document,
    load_table,
    read_seal,
    save_document,
    save_table,
)

EP = "demo-s01e01"
ORIGIN = Provenance(asset="things", code_version="1", settings_sha256="s", inputs={"before": "d"})


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int


class Notes(BaseModel):
    text: str
    created_at: str = "now"


THINGS = TableSpec("things", "things.jsonl", Thing, Table, {"notes.json": Notes}, ("things.npy",), "crops/index.json")
NOTES = DocumentSpec("notes", "one.json", Notes, Document)


def table(*rows: tuple[str, int], text: str = "fine") -> Table[Thing]:
    things = [Thing(name=name, size=size) for name, size in rows or [("a", 1), ("b", 2)]]
    vectors = np.eye(len(things), 4, dtype=np.float32)
    return Table(EP, things, ORIGIN, "some_pack", {"notes.json": Notes(text=text)}, {"things.npy": vectors})


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    (tmp_path / "frames" / EP / "crops").mkdir(parents=True)
    (tmp_path / "frames" / EP / "crops" / "index.json").write_text("{}")
    return ArtifactStore(str(tmp_path))


def test_a_loaded_table_equals_the_saved_one(store: ArtifactStore) -> None:
    saved = table()
    save_table(store, THINGS, saved)
    loaded = load_table(store, THINGS, EP)
    assert loaded.rows == saved.rows
    assert (loaded.model_pack, loaded.provenance, loaded.digest) == ("some_pack", ORIGIN, saved.digest)
    assert loaded.documents == saved.documents
    np.testing.assert_array_equal(loaded.arrays["things.npy"], saved.arrays["things.npy"])
    seal = read_seal(store, THINGS, EP)
    assert seal is not None
    assert (seal.rows, seal.digest, seal.companions["things.npy"].shape) == (2, saved.digest, (2, 4))


def test_an_empty_table(store: ArtifactStore) -> None:
    empty = Table(EP, [], ORIGIN, None, {"notes.json": Notes(text="")}, {"things.npy": np.empty((0, 4), np.float32)})
    save_table(store, THINGS, empty)
    assert load_table(store, THINGS, EP).rows == []
    assert load_table(store, THINGS, EP).arrays["things.npy"].shape == (0, 4)


def test_a_loaded_document_equals_the_saved_one(store: ArtifactStore) -> None:
    saved = Document(EP, Notes(text="hello"), ORIGIN, "some_pack")
    save_document(store, NOTES, saved)
    assert load_document(store, NOTES, EP) == saved
    assert read_seal(store, NOTES, EP) is not None


def test_a_missing_artifact_has_no_seal(store: ArtifactStore) -> None:
    assert read_seal(store, THINGS, EP) is None
    assert read_seal(store, NOTES, EP) is None


ROWS, SEAL, ARRAY, COMPANION, CROPS = (
    f"manifests/{EP}/things.jsonl",
    f"manifests/{EP}/things.seal.json",
    f"embeds/{EP}/things.npy",
    f"manifests/{EP}/notes.json",
    f"frames/{EP}/crops/index.json",
)


def cut(end: int) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes()[:end]) and None


def replace(old: str, new: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(path.read_text().replace(old, new)) and None


def last_row_lost(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def other_array(path: Path) -> None:
    np.save(path, np.ones((2, 4), np.float32))


def pickled_array(path: Path) -> None:
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("file", "damage", "cause"),
    [
        pytest.param(ROWS, cut(-5), "its rows do not match the checksum", id="cut-inside-a-row"),
        pytest.param(ROWS, last_row_lost, "its row count is 1, but things.seal.json records 2", id="cut-after-a-row"),
        pytest.param(ROWS, cut(0), "its row count is 0, but things.seal.json records 2", id="emptied"),
        pytest.param(ROWS, replace('"size":2', '"size":3'), "do not match the checksum", id="edited-row"),
        pytest.param(SEAL, cut(40), "is not valid JSON", id="cut-seal"),
        pytest.param(SEAL, cut(0), "is not valid JSON", id="emptied-seal"),
        pytest.param(SEAL, replace('"seal"', '"other"'), "its seal is missing or unreadable", id="no-seal"),
        pytest.param(SEAL, replace('"version": 1', '"version": 0'), "its seal has version 0", id="older-version"),
        pytest.param(ROWS, remove, "does not exist", id="rows-gone"),
        pytest.param(ARRAY, other_array, "is not the file that things was written with", id="swapped-array"),
        pytest.param(ARRAY, cut(-4), "is not the file that things was written with", id="cut-array"),
        pytest.param(ARRAY, pickled_array, "is not the file that things was written with", id="pickled-array"),
        pytest.param(ARRAY, remove, "does not exist", id="array-gone"),
        pytest.param(COMPANION, replace("fine", "bad"), "is not the file that things was", id="edited-companion"),
        pytest.param(COMPANION, remove, "does not exist", id="companion-gone"),
        pytest.param(CROPS, replace("{}", "{ }"), "is not the file that things was", id="other-crops"),
        pytest.param(CROPS, remove, "does not exist", id="crops-gone"),
    ],
)
def test_damage_is_reported_with_file_cause_and_remedy(
    store: ArtifactStore, file: str, damage: Callable[[Path], None], cause: str
) -> None:
    save_table(store, THINGS, table())
    damage(Path(store.root) / file)
    with pytest.raises(DamagedArtifactError) as error:
        load_table(store, THINGS, EP)
    assert str(error.value).startswith(file)
    assert cause in str(error.value)
    assert f"screenalytics run --ep-id {EP}" in str(error.value)


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        pytest.param(replace("hello", "hullo"), "does not match its own checksum", id="edited"),
        pytest.param(cut(-10), "is not valid JSON", id="cut"),
        pytest.param(lambda path: path.write_text("[]"), "contains a JSON list instead of an object", id="no-object"),
        pytest.param(lambda path: path.write_text('{"text": "x"}'), "its seal is missing", id="no-seal"),
    ],
)
def test_a_damaged_document_is_refused(store: ArtifactStore, damage: Callable[[Path], None], cause: str) -> None:
    save_document(store, NOTES, Document(EP, Notes(text="hello"), ORIGIN))
    damage(Path(store.root) / f"manifests/{EP}/one.json")
    with pytest.raises(DamagedArtifactError, match=cause):
        load_document(store, NOTES, EP)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        pytest.param("pickle", "is not a NumPy array", id="pickled-objects"),
        pytest.param("nothing", "is not a NumPy array", id="empty"),
        pytest.param("archive", "is an archive instead of one NumPy array", id="archive"),
    ],
)
def test_a_sealed_file_that_is_not_a_plain_array_is_refused(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, content: str, cause: str
) -> None:
    buffer = io.BytesIO()
    if content == "pickle":
        np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif content == "archive":
        np.savez(buffer, a=np.zeros(1))
    monkeypatch.setattr(sealed_tables, "_npy", lambda array: buffer.getvalue())
    save_table(store, THINGS, table())
    with pytest.raises(DamagedArtifactError, match=cause):
        load_table(store, THINGS, EP)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("some_pack", "other_pack", id="pack"),
        pytest.param('"before": "d"', '"before": "e"', id="input"),
        pytest.param('"settings_sha256": "s"', '"settings_sha256": "t"', id="settings"),
        pytest.param('"digest": "', '"digest": "0', id="digest"),
    ],
)
def test_an_edited_seal_is_refused(store: ArtifactStore, old: str, new: str) -> None:
    save_table(store, THINGS, table())
    replace(old, new)(Path(store.root) / SEAL)
    with pytest.raises(DamagedArtifactError, match="do not match the checksum"):
        load_table(store, THINGS, EP)


def test_rows_of_another_schema_are_refused_with_field_and_value(store: ArtifactStore) -> None:
    class Old(BaseModel):
        name: str
        size: str

    old = TableSpec("things", "things.jsonl", Old, Table)
    save_table(store, old, Table(EP, [Old(name="a", size="big")], ORIGIN))
    with pytest.raises(DamagedArtifactError, match=r"field size is invalid.*'big'"):
        load_table(store, TableSpec("things", "things.jsonl", Thing, Table), EP)


def test_an_invalid_document_is_refused_without_its_texts(store: ArtifactStore) -> None:
    """Documents hold names of people, and errors end in logs that cannot forget."""

    class Old(BaseModel):
        people: str

    class New(BaseModel):
        people: int

    save_document(store, DocumentSpec("notes", "one.json", Old, Document), Document(EP, Old(people="Zoe"), ORIGIN))
    with pytest.raises(DamagedArtifactError, match=r"field people is invalid.*got a text") as error:
        load_document(store, DocumentSpec("notes", "one.json", New, Document), EP)
    assert "Zoe" not in str(error.value)


class NewThing(BaseModel):
    name: str
    size: int
    colour: str = "blue"


class OldNotes(BaseModel):
    text: Literal["fine"]
    created_at: str = "now"


class NewNotes(BaseModel):
    text: Literal["fine", "better"]


def newer_version(store: ArtifactStore) -> None:
    save_table(store, THINGS, table())
    replace('"version": 1', '"version": 2')(Path(store.root) / SEAL)


def newer_seal_field(store: ArtifactStore) -> None:
    save_table(store, THINGS, table())
    replace('"version": 1', '"version": 2,\n  "signature": "x"')(Path(store.root) / SEAL)


def newer_row(store: ArtifactStore) -> None:
    newer = replace_field(THINGS, row=NewThing)
    save_table(store, newer, replace_field(table(), rows=[NewThing(name="a", size=1)]))


def newer_companion(store: ArtifactStore) -> None:
    save_table(store, THINGS, replace_field(table(), documents={"notes.json": NewNotes(text="better")}))


@pytest.mark.parametrize(
    ("write", "file", "cause"),
    [
        pytest.param(newer_version, SEAL, "its seal has version 2, but this release reads versions up to 1", id="seal"),
        pytest.param(newer_seal_field, SEAL, "its seal has version 2, but", id="seal with another field"),
        pytest.param(newer_row, ROWS, "field colour is invalid: Extra inputs are not permitted, got 'blue'", id="row"),
        pytest.param(newer_companion, COMPANION, "field text is invalid: Input should be 'fine'", id="companion"),
    ],
)
def test_a_table_of_a_newer_release_asks_for_an_update(
    store: ArtifactStore, write: Callable[[ArtifactStore], None], file: str, cause: str
) -> None:
    write(store)
    known = replace_field(THINGS, documents={"notes.json": OldNotes})
    with pytest.raises(DamagedArtifactError) as error:
        load_table(store, known, EP)
    assert str(error.value).startswith(f"{file} cannot be used: a newer release wrote it ({cause}")
    assert str(error.value).endswith("; update Screenalytics.")


def test_a_document_of_a_newer_release_asks_for_an_update(store: ArtifactStore) -> None:
    save_document(store, NOTES, Document(EP, NewNotes(text="better"), ORIGIN))
    with pytest.raises(DamagedArtifactError) as error:
        load_document(store, replace_field(NOTES, model=OldNotes), EP)
    assert str(error.value) == (
        f"manifests/{EP}/one.json cannot be used: a newer release wrote it (field text is invalid: Input should be "
        "'fine', got a text); update Screenalytics."
    )


def test_the_digest_depends_on_the_content_and_not_on_the_time() -> None:
    one, later = (
        Document(EP, Notes(text="x", created_at=time), ORIGIN).digest for time in ("2026-01-01", "2027-01-01")
    )
    assert one == later
    assert one != Document(EP, Notes(text="y"), ORIGIN).digest
    digest = table(text="fine").digest
    assert table(text="other").digest != digest
    assert table(("a", 1), ("b", 3)).digest != digest
    original = table()
    assert Table(EP, original.rows, ORIGIN, "other", original.documents, original.arrays).digest != digest
    assert (
        Table(EP, original.rows, ORIGIN, "some_pack", original.documents, {"things.npy": -np.eye(2, 4)}).digest
        != digest
    )


def crash_before(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write = ArtifactStore.write

    def dying(self: ArtifactStore, path: Path, content: bytes) -> None:
        if path.name == name:
            raise KeyboardInterrupt
        write(self, path, content)  # type: ignore[arg-type]

    monkeypatch.setattr(ArtifactStore, "write", dying)


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        pytest.param("things.npy", None, id="before-anything"),
        pytest.param("notes.json", ARRAY, id="after-the-array"),
        pytest.param("things.seal.json", COMPANION, id="before-the-seal"),
        pytest.param("things.jsonl", COMPANION, id="before-the-rows"),
    ],
)
def test_a_crash_leaves_the_old_table_or_is_detected(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, name: str, damaged: str | None
) -> None:
    save_table(store, THINGS, table())
    crash_before(monkeypatch, name)
    with pytest.raises(KeyboardInterrupt):
        save_table(store, THINGS, table(("x", 7), ("y", 8), ("z", 9), text="new"))
    if damaged is None:
        assert load_table(store, THINGS, EP).rows == table().rows
    else:
        with pytest.raises(DamagedArtifactError, match=damaged):
            load_table(store, THINGS, EP)
