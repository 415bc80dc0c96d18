"""Tests of the artifact store: the layout, and atomic writes."""

import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from screenalytics_resources.artifact_store import ArtifactStore, data_root, local_path, write_atomic
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage import local_disk

EP = "demo-s01e01"


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


def test_layout(store: ArtifactStore) -> None:
    assert store.relative(store.video(EP)) == f"videos/{EP}/episode.mp4"
    assert store.relative(store.manifest(EP, "tracks.jsonl")) == f"manifests/{EP}/tracks.jsonl"
    assert store.relative(store.path("embeds", EP, "faces.npy")) == f"embeds/{EP}/faces.npy"
    assert store.relative(store.frames(EP, "crops", "track-00001")) == f"frames/{EP}/crops/track-00001"


def test_no_path_is_outside_the_root(store: ArtifactStore) -> None:
    with pytest.raises(UserError, match="is not an episode id"):
        store.manifest("../../etc", "passwd")


@pytest.mark.parametrize(
    ("value", "root"),
    [
        pytest.param(None, "data", id="default"),
        pytest.param("", "data", id="empty-is-default"),
        pytest.param("elsewhere", "elsewhere", id="folder-becomes-absolute"),
        pytest.param("s3://bucket/prefix", None, id="object-storage-stays"),
    ],
)
def test_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None, root: str | None) -> None:
    monkeypatch.chdir(tmp_path)
    if value is None:
        monkeypatch.delenv("SCREENALYTICS_DATA_ROOT", raising=False)
    else:
        monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", value)
    assert data_root() == (value if root is None else str(tmp_path / root))


def test_a_path_that_is_not_local_is_rejected() -> None:
    pytest.importorskip("upath")
    with pytest.raises(UserError, match="is not on a local disk"):
        local_path(ArtifactStore("memory://bucket").manifest(EP, "x.json"))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.manifest(EP, "x.json")
    write_atomic(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in path.parent.iterdir()] == ["x.json"]


def stage_crops(store: ArtifactStore, content: str) -> None:
    with store.staged_folder(store.frames(EP, "crops")) as folder:
        (folder / "a.txt").write_text(content)
        if content == "fails":
            raise RuntimeError


def names(store: ArtifactStore) -> list[str]:
    return sorted(entry.name for entry in store.frames(EP).iterdir())


def test_a_staged_folder_replaces_the_complete_old_one(store: ArtifactStore) -> None:
    stage_crops(store, "first")
    (local_path(store.frames(EP, "crops")) / "stale.txt").write_text("")
    stage_crops(store, "second")
    assert [entry.name for entry in store.frames(EP, "crops").iterdir()] == ["a.txt"]
    assert store.frames(EP, "crops", "a.txt").read_text() == "second"
    assert names(store) == ["crops"]


def test_a_failed_stage_leaves_the_old_folder(store: ArtifactStore) -> None:
    stage_crops(store, "first")
    with pytest.raises(RuntimeError):
        stage_crops(store, "fails")
    assert store.frames(EP, "crops", "a.txt").read_text() == "first"
    assert names(store) == ["crops"]


def test_leftovers_of_killed_writers_are_removed(store: ArtifactStore) -> None:
    (local_path(store.frames(EP)) / ".partial-crops-0123").mkdir(parents=True)
    (local_path(store.frames(EP)) / ".partial-thumbs-0123").mkdir()
    stage_crops(store, "first")
    assert names(store) == [".partial-thumbs-0123", "crops"]


def test_an_old_folder_without_replacement_is_restored(store: ArtifactStore) -> None:
    """After a kill between the two renames only the old folder exists, and a failing stage must not lose it."""
    old = local_path(store.frames(EP)) / ".partial-old-crops-0123"
    old.mkdir(parents=True)
    (old / "a.txt").write_text("first")
    with pytest.raises(RuntimeError):
        stage_crops(store, "fails")
    assert store.frames(EP, "crops", "a.txt").read_text() == "first"
    assert names(store) == ["crops"]


def test_partial_files_of_killed_writers_are_removed(store: ArtifactStore) -> None:
    for room in ("videos", "manifests", "embeds", "frames"):
        local_path(store.path(room, EP)).mkdir(parents=True)
        (local_path(store.path(room, EP)) / ".partial-x-0123").write_bytes(b"half")
        (local_path(store.path(room, EP)) / "whole").write_bytes(b"whole")
    (local_path(store.frames(EP)) / ".partial-old-crops-0123").mkdir()
    store.remove_leftovers(EP)
    remaining = sorted(path.name for path in Path(store.root).rglob("*") if path.name.startswith((".partial", "whole")))
    assert remaining == [".partial-old-crops-0123", "whole", "whole", "whole", "whole"]


def test_a_failed_swap_restores_the_old_folder(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    stage_crops(store, "first")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name.startswith(".partial-crops-"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="Input/output error"):
        stage_crops(store, "second")
    assert store.frames(EP, "crops", "a.txt").read_text() == "first"
    assert names(store) == ["crops"]


def test_a_file_that_vanishes_during_a_listing_is_left_out(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example the temporary file of a running writer, which is renamed before its size is read."""
    write_atomic(store.manifest(EP, "x.json"), b"whole")
    folder = local_path(store.path("manifests", EP))
    write_atomic(store.manifest(EP, ".partial-progress.json-0123"), b"partial")

    def scandir_then_rename(path: Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        items = list(os.scandir(path))
        (folder / ".partial-progress.json-0123").unlink()
        return nullcontext(iter(items))

    with monkeypatch.context() as patch:
        patch.setattr(local_disk, "os", SimpleNamespace(scandir=scandir_then_rename))
        entries = store.place.entries(store.path("manifests", EP))
    assert [entry.name for entry in entries] == ["x.json"]


def test_a_link_that_leads_nowhere_is_listed_as_an_empty_file(store: ArtifactStore) -> None:
    folder = local_path(store.path("manifests", EP))
    folder.mkdir(parents=True)
    (folder / "loop").symlink_to("loop")
    (folder / "nowhere").symlink_to("gone")
    entries = store.place.entries(store.path("manifests", EP))
    assert [(entry.name, entry.is_folder, entry.size) for entry in entries] == [
        ("loop", False, 0),
        ("nowhere", False, 0),
    ]
