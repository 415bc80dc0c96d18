"""Tests of artifacts in object storage: what readers see, replaced folders, and killed writers."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pydantic import BaseModel

from screenalytics_resources.artifact import Provenance, Table, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.promotion import backups, recover, staging
from screenalytics_resources.sealed_files import load_table, read_seal, save_table
from screenalytics_resources.storage.lease import Lease
from screenalytics_resources.storage.places import place_of
from screenalytics_resources.storage.s3_access import ExplainedS3
from tests.resources.storage.lock_objects import lock_metadata

if TYPE_CHECKING:
    from upath import UPath

EP = "demo-s01e01"
A, B = f"manifests/{EP}/a.json", f"manifests/{EP}/b.json"
C, D = f"embeds/{EP}/c.npy", f"embeds/{EP}/d.npy"
OLD = {A: "old a", B: "old b", C: "old c"}
NEW = {A: "new a", D: "new d"}
SET_PATHS = sorted({*OLD, *NEW})


ORIGIN = Provenance(asset="things", code_version="1", settings_sha256="s", inputs={})


class Thing(BaseModel):
    name: str


THINGS = TableSpec("things", "things.jsonl", Thing, Table)


class KilledError(Exception):
    """Stands for SIGKILL: no request succeeds after it."""


@pytest.fixture
def store(bucket: str) -> ArtifactStore:
    return ArtifactStore(bucket)


def write_files(base: "UPath", files: dict[str, str]) -> None:
    for path, text in files.items():
        write_atomic(base / path, text.encode())


def below(store: ArtifactStore, folder: "UPath") -> dict[str, str]:
    """Return the text of each object below `folder`, by name."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in store.place.files(folder)}


def replace_crops(store: ArtifactStore, files: dict[str, str]) -> None:
    with store.staged_folder(store.frames(EP, "crops")) as folder:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Methods of the requests that change something, in order. Request number `DIE_AT` raises `KilledError`."""
    methods: list[str] = []
    call = ExplainedS3._call_s3

    async def counted(self: ExplainedS3, method: str, *arguments: Any, **parameters: Any) -> Any:
        if method.startswith(("put", "delete", "copy", "create", "complete")):
            methods.append(method)
            if 0 < int(os.environ.get("DIE_AT", "0")) <= len(methods):
                raise KilledError
        return await call(self, method, *arguments, **parameters)

    monkeypatch.setattr(ExplainedS3, "_call_s3", counted)
    yield methods


def test_files_are_written_read_listed_and_removed(store: ArtifactStore) -> None:
    base, place = store.base, store.place
    write_files(base, {"x/one": "1", "x/two": "22", "x/deep/three": "333"})
    write_files(base, {"x/one": "eins"})
    assert [(e.name, e.is_folder, e.size) for e in place.entries(base / "x")] == [
        ("deep", True, 0),
        ("one", False, 4),
        ("two", False, 2),
    ]
    assert place.entries(base / "nowhere") == []
    assert place.read_all([base / "x/two", base / "x/gone", base / "x/one"]) == [b"22", None, b"eins"]
    place.link(base / "x/two", base / "y/two")
    place.move(base / "x/one", base / "y/one")
    place.remove(base / "x/never")
    assert below(store, base) == {"x/two": "22", "x/deep/three": "333", "y/two": "22", "y/one": "eins"}
    place.remove_folder(base / "x")
    place.remove_folder(base / "x")
    assert below(store, base) == {"y/two": "22", "y/one": "eins"}


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        pytest.param(None, None, id="no file"),
        pytest.param(b"", (b"", b""), id="empty"),
        pytest.param(b"ab", (b"ab", b"ab"), id="shorter than both"),
        pytest.param(b"abcdefgh", (b"abcd", b"gh"), id="longer"),
    ],
)
@pytest.mark.parametrize("place", ["disk", "s3"])
def test_the_ends_of_a_file(
    bucket: str, tmp_path: Path, place: str, content: bytes | None, ends: tuple[bytes, bytes] | None
) -> None:
    store = ArtifactStore(bucket if place == "s3" else str(tmp_path))
    if content is not None:
        write_atomic(store.base / "x", content)
    assert store.place.read_ends(store.base / "x", 4, 2) == ends


def test_reading_only_the_head_of_an_object_is_one_request(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_atomic(store.base / "x", b"abcdefgh")
    methods: list[str] = []
    call = ExplainedS3._call_s3

    async def recorded(self: ExplainedS3, method: str, *arguments: Any, **parameters: Any) -> Any:
        methods.append(method)
        return await call(self, method, *arguments, **parameters)

    monkeypatch.setattr(ExplainedS3, "_call_s3", recorded)
    assert store.place.read_ends(store.base / "x", 4, 0) == (b"abcd", b"")
    assert methods == ["get_object"]


def test_a_large_file_is_uploaded_in_parts(store: ArtifactStore, tmp_path: Path, requests: list[str]) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(os.urandom(110 * 2**20))
    store.place.import_file(video, store.video(EP))
    assert "complete_multipart_upload" in requests, "an object appears only when its last part is complete"
    with store.local_video(EP) as local:
        assert local.read_bytes() == video.read_bytes()


def test_a_staged_folder_replaces_the_old_one(store: ArtifactStore, requests: list[str]) -> None:
    first = {"index.json": "one", "track-1/a.jpg": "a", "track-1/b.jpg": "b"}
    replace_crops(store, first)
    assert below(store, store.frames(EP, "crops")) == first
    requests.clear()
    replace_crops(store, first)
    assert requests == [], "unchanged files are not uploaded again"
    second = {"index.json": "two", "track-1/a.jpg": "a", "track-2/c.jpg": "c"}
    replace_crops(store, second)
    assert below(store, store.frames(EP, "crops")) == second
    assert requests == ["delete_objects", "put_object", "delete_objects", "put_object"]


def test_a_failed_stage_changes_nothing(store: ArtifactStore) -> None:
    replace_crops(store, {"index.json": "one", "a.jpg": "a"})
    with pytest.raises(RuntimeError), store.staged_folder(store.frames(EP, "crops")) as folder:
        (folder / "a.jpg").write_text("new")
        raise RuntimeError
    assert below(store, store.frames(EP, "crops")) == {"index.json": "one", "a.jpg": "a"}


@pytest.mark.parametrize("number", [pytest.param(n, id=f"request {n}") for n in range(1, 5)])
def test_an_incomplete_folder_has_no_index(
    store: ArtifactStore, requests: list[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    first = {"index.json": "one", "a.jpg": "a", "b.jpg": "b"}
    second = {"index.json": "two", "a.jpg": "new", "c.jpg": "c"}
    replace_crops(store, first)
    requests.clear()
    monkeypatch.setenv("DIE_AT", str(number))
    with pytest.raises(KilledError):
        replace_crops(store, second)
    monkeypatch.delenv("DIE_AT")
    remaining = below(store, store.frames(EP, "crops"))
    assert remaining == first if number == 1 else "index.json" not in remaining
    replace_crops(store, second)
    assert below(store, store.frames(EP, "crops")) == second


def promote(store: ArtifactStore, files: dict[str, str]) -> None:
    with staging(store, EP) as staged:
        write_files(staged.files.base, files)
        staged.promote("cleanup", ["tracks"], SET_PATHS)


def current(store: ArtifactStore) -> dict[str, str]:
    return {path: (store.base / path).read_text() for path in SET_PATHS if (store.base / path).exists()}


def test_a_promotion_killed_at_any_request_leaves_one_complete_set(
    store: ArtifactStore, requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: list[dict[str, str]] = []
    for number in range(1, 100):
        place_of(store.base).remove_folder(store.base)
        write_files(store.base, OLD)
        requests.clear()
        monkeypatch.setenv("DIE_AT", str(number))
        try:
            promote(store, NEW)
            break
        except KilledError:
            monkeypatch.delenv("DIE_AT")
            recover(store, EP)
            outcomes.append(current(store))
            kept = [below(store, backup.folder) for backup in backups(store, EP)]
            assert [{k: v for k, v in files.items() if k != "journal.json"} for files in kept] == [OLD] or not kept
            assert bool(kept) == (outcomes[-1] == NEW)
            others = set(below(store, store.base)) - {*OLD, *NEW}
            assert all(name.startswith(f"promotions/{EP}/backup-") for name in others)
    assert number > 10, "each request was tried"
    assert outcomes == [OLD] * outcomes.count(OLD) + [NEW] * outcomes.count(NEW)
    assert OLD in outcomes
    assert NEW in outcomes


def save(store: ArtifactStore, names: str) -> None:
    save_table(store, THINGS, Table(EP, [Thing(name=name) for name in names], ORIGIN))


def loaded(store: ArtifactStore) -> str | None:
    """Return the letters of the table, None without a table. Check that `read_seal` agrees with them."""
    seal = read_seal(store, THINGS, EP)
    if seal is None:
        return None
    table = load_table(store, THINGS, EP)
    assert seal.digest == table.digest
    return "".join(row.name for row in table.rows)


def nothing(store: ArtifactStore) -> None:
    pass


def new_format(store: ArtifactStore) -> None:
    save(store, "old")


def old_format(store: ArtifactStore) -> None:
    save(store, "old")
    side, rows = store.manifest(EP, THINGS.seal_file), store.manifest(EP, THINGS.file)
    first_line = json.dumps({"seal": json.loads(side.read_bytes())["seal"]}, separators=(",", ":")).encode()
    write_atomic(rows, first_line + b"\n" + rows.read_bytes())
    store.place.remove(side)


@pytest.mark.parametrize(
    ("prepare", "before", "puts"),
    [
        pytest.param(nothing, None, 2, id="no table"),
        pytest.param(new_format, "old", 3, id="new format"),
        pytest.param(old_format, "old", 3, id="old format"),
    ],
)
def test_a_table_killed_at_any_request_is_the_old_one_or_the_new_one(
    store: ArtifactStore,
    requests: list[str],
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[ArtifactStore], None],
    before: str | None,
    puts: int,
) -> None:
    tables: list[str | None] = []
    for number in range(1, puts + 1):
        place_of(store.base).remove_folder(store.base)
        prepare(store)
        requests.clear()
        monkeypatch.setenv("DIE_AT", str(number))
        with pytest.raises(KilledError):
            save(store, "new")
        monkeypatch.delenv("DIE_AT")
        tables.append(loaded(store))
        requests.clear()
        save(store, "new")
        assert set(requests) == {"put_object"}
        assert loaded(store) == "new"
    assert tables == [before] * 2 + ["new"] * (puts - 2)
    requests.clear()
    place_of(store.base).remove_folder(store.base)
    prepare(store)
    requests.clear()
    save(store, "new")
    assert len(requests) == puts, "each request was tried"


def test_a_table_without_rows_is_an_empty_object(store: ArtifactStore) -> None:
    save(store, "")
    assert store.manifest(EP, THINGS.file).read_bytes() == b""
    assert loaded(store) == ""


def test_one_writer_per_episode(store: ArtifactStore) -> None:
    with episode_lock(store, EP):
        assert lock_metadata(store.lock(EP))["free"] == "no"
        second = Lease(store.lock(EP), EP, 60.0)
        with pytest.raises(UserError, match=f"{EP} is being worked on by another process"):
            second.acquire()
    assert lock_metadata(store.lock(EP))["free"] == "yes"
    with episode_lock(store, EP):
        pass


def test_nothing_is_stored_outside_the_prefix(store: ArtifactStore) -> None:
    write_files(store.base, OLD)
    promote(store, NEW)
    name, _, prefix = store.root.removeprefix("s3://").partition("/")
    keys = [entry["Key"] for entry in boto3.client("s3").list_objects_v2(Bucket=name)["Contents"]]
    assert keys
    assert all(key.startswith(f"{prefix}/") for key in keys)
