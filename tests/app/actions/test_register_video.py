"""Registering a video in the data root."""

import os
import shutil
from pathlib import Path

import pytest

from screenalytics_app.actions.register_video import register_video
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.local_disk import LocalDisk

EP = "demo-s01e01"


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "data"))


@pytest.mark.parametrize("links", [True, False], ids=["hard-link", "copy-without-hard-links"])
def test_the_video_is_at_its_path_in_the_layout(
    store: ArtifactStore, short_sample: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:

        def refuse(source: Path, target: Path) -> None:
            raise OSError

        monkeypatch.setattr(os, "link", refuse)
    register_video(store, EP, short_sample)
    target = Path(store.root) / "videos" / EP / "episode.mp4"
    assert target.read_bytes() == short_sample.read_bytes()
    assert target.samefile(short_sample) is links
    assert [entry.name for entry in target.parent.iterdir()] == ["episode.mp4"]


def test_the_same_video_again_changes_nothing(
    store: ArtifactStore, short_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_video(store, EP, short_sample)
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(short_sample.read_bytes())

    def forbidden(self: LocalDisk, source: Path, target: Path) -> None:
        raise AssertionError("the video must not be linked or copied")

    monkeypatch.setattr(LocalDisk, "import_file", forbidden)
    for video in (short_sample, twin, None):
        register_video(store, EP, video)


def test_another_video_replaces_it(store: ArtifactStore, short_sample: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(short_sample.read_bytes() + b"\0\0\0\x08free")
    register_video(store, EP, short_sample)
    register_video(store, EP, other)
    assert store.video(EP).read_bytes() == other.read_bytes()


def test_an_invalid_video_keeps_the_old_one(store: ArtifactStore, short_sample: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("words")
    with pytest.raises(UserError, match="cannot be read as a video"):
        register_video(store, EP, bad)
    assert not Path(store.root).exists()
    register_video(store, EP, short_sample)
    with pytest.raises(UserError, match="cannot be read as a video"):
        register_video(store, EP, bad)
    assert store.video(EP).read_bytes() == short_sample.read_bytes()


def test_a_missing_video_is_refused(store: ArtifactStore) -> None:
    with pytest.raises(UserError, match="has no video yet: give one with --video"):
        register_video(store, EP, None)


def test_a_copy_that_fails_leaves_nothing(
    store: ArtifactStore, short_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(UserError, match=r"could not be copied to .*: No space left on device"):
        register_video(store, EP, short_sample)
    assert list((Path(store.root) / "videos" / EP).iterdir()) == []
