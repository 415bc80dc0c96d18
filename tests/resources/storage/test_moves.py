"""Moves that overwrite nothing, on a disk, on a disk without hard links, and in object storage."""

import os
from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore, write_atomic


@pytest.fixture(params=["disk", "no-hard-links", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    if request.param == "s3":
        return ArtifactStore(request.getfixturevalue("bucket"))
    if request.param == "no-hard-links":

        def refuse(source: Path, target: Path, **_: bool) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", refuse)
    return ArtifactStore(str(tmp_path / "data"))


def test_a_file_is_moved(store: ArtifactStore) -> None:
    old, new = store.base / "a.mkv", store.base / "folder" / "b.mp4"
    write_atomic(old, b"video")
    store.place.move_new(old, new)
    assert (old.exists(), new.read_bytes()) == (False, b"video")


def test_an_existing_file_is_not_overwritten(store: ArtifactStore) -> None:
    old, new = store.base / "a.mkv", store.base / "b.mp4"
    write_atomic(old, b"second")
    write_atomic(new, b"first")
    with pytest.raises(FileExistsError):
        store.place.move_new(old, new)
    assert (old.read_bytes(), new.read_bytes()) == (b"second", b"first")


@pytest.mark.parametrize(("other", "is_same"), [(b"video", True), (b"VIDEO", False), (b"videos", False)])
def test_contents_are_compared(store: ArtifactStore, other: bytes, is_same: bool) -> None:
    write_atomic(store.base / "a", b"video")
    write_atomic(store.base / "b", other)
    assert store.place.is_same_content(store.base / "a", store.base / "b") is is_same
