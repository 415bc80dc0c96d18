"""Registering a video in the data root."""

import os
import shutil
from pathlib import Path

import pytest
from av.stream import Disposition

from screenalytics_app.actions.register_video import register_video
from screenalytics_assets.episode_video.chosen_stream import chosen_stream, video_digest
from screenalytics_assets.episode_video.describe_video import describe_video
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.killed import die_at
from tests.video.test_streams import write_streams

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


@pytest.fixture
def other(tmp_path: Path, short_sample: Path) -> Path:
    """Another cut of the sample."""
    path = tmp_path / "other.mp4"
    path.write_bytes(short_sample.read_bytes() + b"\0\0\0\x08free")
    return path


def test_another_video_is_refused(store: ArtifactStore, short_sample: Path, other: Path) -> None:
    register_video(store, EP, short_sample, 0)
    with pytest.raises(UserError, match=rf"{EP} already has another video.* Add --replace-video .* is kept in"):
        register_video(store, EP, other)
    assert store.video(EP).read_bytes() == short_sample.read_bytes()
    assert chosen_stream(store, EP) == 0


def test_another_video_replaces_it_on_request_and_the_old_one_is_kept(
    store: ArtifactStore, short_sample: Path, other: Path
) -> None:
    register_video(store, EP, short_sample)
    for video in (other, other, short_sample, other):
        register_video(store, EP, video, replace=True)
        assert store.video(EP).read_bytes() == video.read_bytes()
    kept = sorted(path.read_bytes() for path in store.place.files(store.path("videos", EP, "replaced")))
    assert kept == sorted([short_sample.read_bytes(), other.read_bytes()])


def test_a_replacement_needs_a_video(store: ArtifactStore, short_sample: Path) -> None:
    register_video(store, EP, short_sample)
    with pytest.raises(UserError, match="--replace-video needs the new video"):
        register_video(store, EP, None, replace=True)


def test_a_killed_replacement_loses_neither_video(tmp_path: Path, short_sample: Path, other: Path) -> None:
    for number in range(1, 30):
        store = ArtifactStore(str(tmp_path / str(number)))
        register_video(store, EP, short_sample)
        is_complete = die_at(number, lambda store=store: register_video(store, EP, other, replace=True))
        folder = store.path("videos", EP)
        contents = {path.read_bytes() for path in store.place.files(folder) if not path.name.startswith(".")}
        assert short_sample.read_bytes() in contents
        register_video(store, EP, other, replace=True)
        assert store.video(EP).read_bytes() == other.read_bytes()
        kept = store.place.files(folder / "replaced")
        assert [path.read_bytes() for path in kept] == [short_sample.read_bytes()]
        if is_complete:
            return
    raise AssertionError("Expected the replacement to end before call 30")


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


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("ffconcat version 1.0\nfile '{good}'\n", id="concat-list"),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:4,\n{good}\n#EXT-X-ENDLIST\n", id="playlist"),
        pytest.param("a person is on screen\n" * 400, id="text"),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".ffconcat", ".txt"])
def test_a_text_never_replaces_a_video(
    store: ArtifactStore, short_sample: Path, tmp_path: Path, content: str, suffix: str
) -> None:
    register_video(store, EP, short_sample)
    text = tmp_path / f"list{suffix}"
    text.write_text(content.format(good=short_sample))
    with pytest.raises(UserError, match="cannot be read as a video"):
        register_video(store, EP, text)
    assert store.video(EP).read_bytes() == short_sample.read_bytes()


def two_streams(path: Path) -> Path:
    return write_streams(path, [(48, 32), (96, 64)], [0, Disposition.default])


def test_a_chosen_stream_is_kept_for_later_runs(store: ArtifactStore, tmp_path: Path) -> None:
    film = two_streams(tmp_path / "film.mkv")
    register_video(store, EP, film)
    assert chosen_stream(store, EP) is None
    register_video(store, EP, None, 0)
    assert chosen_stream(store, EP) == 0
    for video in (film, None):
        register_video(store, EP, video)
    assert chosen_stream(store, EP) == 0
    assert describe_video(EP, Path(str(store.video(EP))), "key", print, chosen_stream(store, EP)).width == 48


def test_another_video_ends_the_choice_of_a_stream(store: ArtifactStore, tmp_path: Path, short_sample: Path) -> None:
    register_video(store, EP, two_streams(tmp_path / "film.mkv"), 0)
    register_video(store, EP, short_sample, replace=True)
    assert chosen_stream(store, EP) is None


@pytest.mark.parametrize("registered", [True, False])
def test_a_stream_that_does_not_exist_changes_nothing(store: ArtifactStore, tmp_path: Path, registered: bool) -> None:
    film = two_streams(tmp_path / "film.mkv")
    if registered:
        register_video(store, EP, film, 1)
    with pytest.raises(UserError, match="has no video stream 2"):
        register_video(store, EP, film, 2)
    assert chosen_stream(store, EP) == (1 if registered else None)
    assert store.video(EP).exists() is registered


def test_another_choice_is_another_input(store: ArtifactStore) -> None:
    digests = {video_digest("a" * 64, stream) for stream in (None, 0, 1)}
    assert len(digests) == 3
    assert video_digest("a" * 64, None) == "a" * 64


def test_a_damaged_choice_is_reported(store: ArtifactStore, short_sample: Path) -> None:
    register_video(store, EP, short_sample, 0)
    store.path("videos", EP, "stream.json").write_text("{}")
    with pytest.raises(UserError, match=r"stream\.json is invalid. Run the episode with --stream N"):
        chosen_stream(store, EP)


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
