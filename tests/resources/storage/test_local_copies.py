"""Tests of local copies: downloaded once and again after a change, limited in size, and kept while in use."""

import os
from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError

MB = 1_000_000


@pytest.fixture
def store(bucket: str) -> ArtifactStore:
    return ArtifactStore(bucket)


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "videos"


def ep_id(number: int) -> str:
    return f"demo-s01e{number:02d}"


def put(store: ArtifactStore, number: int, size: int = MB) -> bytes:
    content = os.urandom(size)
    write_atomic(store.video(ep_id(number)), content)
    return content


def test_a_copy_is_downloaded_once_and_again_when_the_object_changes(store: ArtifactStore, copies: Path) -> None:
    first = put(store, 1)
    with store.local_video(ep_id(1)) as local:
        assert local.read_bytes() == first
        inode = local.stat().st_ino
    with store.local_video(ep_id(1)) as local:
        assert local.stat().st_ino == inode
    second = put(store, 1)
    with store.local_video(ep_id(1)) as local:
        assert local.read_bytes() == second
    assert len(list(copies.iterdir())) == 2


def test_the_least_recently_used_copies_are_removed(
    store: ArtifactStore, copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENALYTICS_VIDEO_CACHE_GB", "0.0035")
    local_paths: dict[int, Path] = {}
    for number in (1, 2, 3):
        put(store, number)
        with store.local_video(ep_id(number)) as local:
            local_paths[number] = local
    os.utime(local_paths[1], (1, 1))
    os.utime(local_paths[2], (2, 2))
    with store.local_video(ep_id(1)):  # makes the second copy the oldest
        pass
    put(store, 4)
    with store.local_video(ep_id(4)) as local:
        local_paths[4] = local
    assert {number for number, path in local_paths.items() if path.exists()} == {1, 3, 4}
    assert sum(path.stat().st_size for path in copies.iterdir()) <= 3_500_000


def test_copies_in_use_stay(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_VIDEO_CACHE_GB", "0.0015")
    content = put(store, 1)
    put(store, 2)
    with store.local_video(ep_id(1)) as first, store.local_video(ep_id(2)) as second:
        assert first.read_bytes() == content
        assert second.exists()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        pytest.param("0.0005", "has 0.0 GB, but the limit for all local copies is 0.0 GB: raise", id="too small"),
        pytest.param(
            "much", "SCREENALYTICS_VIDEO_CACHE_GB = 'much' is invalid: it must be a positive number", id="not a number"
        ),
        pytest.param("-1", "= '-1' is invalid: it must be a positive number", id="negative"),
        pytest.param("inf", "= 'inf' is invalid: it must be a positive number", id="infinite"),
    ],
)
def test_invalid_or_insufficient_limits(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setenv("SCREENALYTICS_VIDEO_CACHE_GB", limit)
    put(store, 1)
    with pytest.raises(UserError, match=words):
        store.local_video(ep_id(1)).__enter__()


def test_an_error_about_a_copy_names_the_object(store: ArtifactStore) -> None:
    put(store, 1)
    words = rf"^s3://.*/tv/videos/{ep_id(1)}/episode.mp4 is not a film$"
    with pytest.raises(UserError, match=words), store.local_video(ep_id(1)) as local:
        raise UserError(f"{local} is not a film")


def test_a_missing_object(store: ArtifactStore) -> None:
    with pytest.raises(UserError, match=r"There is no video at s3://.*/videos/demo-s01e09/episode.mp4"):
        store.local_video(ep_id(9)).__enter__()
