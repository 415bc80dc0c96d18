"""New videos: complete ones, waiting ones, and refused ones, which are reported once."""

import os
from pathlib import Path

import pytest

from screenalytics_assets.library.new_videos import (
    STABLE_S,
    Memory,
    ScanResult,
    VideoFile,
    bring_in,
    list_videos,
    scan,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe

LATER = 1000.0 + STABLE_S


def file(key: str = "demo-s01e01.mp4", size: int = 10, changed_ns: int = 5) -> VideoFile:
    name = key.split("/", maxsplit=1)[0].removesuffix(".mp4").removesuffix(".txt")
    return VideoFile(key, name if name.startswith("demo-s") else None, size, changed_ns)


def accept(video: VideoFile) -> None:
    """Accept every file."""


def refuse(video: VideoFile) -> None:
    raise UserError(f"{video.key} has no video stream.")


def scans(*moments: tuple[float, list[VideoFile]], check: object = accept) -> ScanResult:
    """Return the last of several scans. Each gets the memory of the previous one."""
    memory = Memory()
    for now, files in moments:
        result = scan(files, memory, now, check)  # type: ignore[arg-type]
        memory = Memory.model_validate_json(result.memory.model_dump_json())
    return result


def test_a_file_is_complete_after_it_has_not_changed_for_a_while() -> None:
    first = scans((1000.0, [file()]))
    assert (first.ready, first.waiting) == ((), ("demo-s01e01.mp4",))
    assert scans((1000.0, [file()]), (LATER - 0.1, [file()])).ready == ()
    assert scans((1000.0, [file()]), (LATER, [file()])).ready == (file(),)


@pytest.mark.parametrize(
    "changed", [pytest.param(file(size=11), id="grows"), pytest.param(file(changed_ns=6), id="is-written-again")]
)
def test_a_changed_file_waits_again(changed: VideoFile) -> None:
    result = scans((1000.0, [file()]), (LATER, [changed]))
    assert (result.ready, result.waiting) == ((), ("demo-s01e01.mp4",))
    assert scans((1000.0, [file()]), (LATER, [changed]), (LATER + STABLE_S, [changed])).ready == (changed,)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        pytest.param(
            file("holiday.mp4"),
            "videos/holiday.mp4 does not have an episode id as its name",
            id="name",
        ),
        pytest.param(file("demo-s01e02.txt"), "does not have the suffix of a video. Give it the suffix", id="suffix"),
    ],
)
def test_a_refused_name_is_reported_once(bad: VideoFile, words: str) -> None:
    moments = [(1000.0, [bad]), (LATER, [bad]), (LATER + 100, [bad])]
    refused = [scans(*moments[: n + 1]).refused for n in range(3)]
    sentences = [sentence for of_one in refused for sentence in of_one.values()]
    assert len(sentences) == 1
    assert words in sentences[0]


def test_an_invalid_video_is_reported_once_and_checked_again_after_a_change() -> None:
    assert scans((1000.0, [file()]), (LATER, [file()]), check=refuse).refused == {
        "demo-s01e01.mp4": "demo-s01e01.mp4 has no video stream."
    }
    assert scans((1000.0, [file()]), (LATER, [file()]), (LATER + 1, [file()]), check=refuse).refused == {}
    changed = file(size=99)
    again = scans(
        (1000.0, [file()]), (LATER, [file()]), (LATER + 1, [changed]), (LATER + 1 + STABLE_S, [changed]), check=refuse
    )
    assert list(again.refused) == ["demo-s01e01.mp4"]


def test_deleted_and_complete_files_are_not_remembered() -> None:
    assert scans((1000.0, [file()]), (LATER, [file()])).memory == Memory()
    assert scans((1000.0, [file()]), (1001.0, [])).memory == Memory()


@pytest.mark.parametrize(
    "error",
    [ValueError("bad"), OverflowError("large"), PermissionError(13, "Permission denied"), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_one_bad_file_does_not_keep_others_from_being_found(error: Exception) -> None:
    files = [file("demo-s01e01.mp4"), file("demo-s01e02.mp4")]

    def check(video: VideoFile) -> None:
        if video.ep_id == "demo-s01e01":
            raise error

    found = scans((1000.0, files), (LATER, files), check=check)
    assert found.ready == (files[1],)
    assert f"videos/demo-s01e01.mp4 cannot be checked ({type(error).__name__}" in found.refused["demo-s01e01.mp4"]
    assert scans((1000.0, files), (LATER, files), (LATER + 1, files), check=check).refused == {}


def test_a_file_that_cannot_be_checked_now_waits() -> None:
    def check(video: VideoFile) -> None:
        raise ConnectionError("no route")

    found = scans((1000.0, [file()]), (LATER, [file()]), check=check)
    assert (found.waiting, found.refused) == (("demo-s01e01.mp4",), {})
    assert scans((1000.0, [file()]), (LATER, [file()])).ready == (file(),)


def test_names_that_are_not_utf_8_can_be_remembered(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / os.fsdecode(b"latin\xe9.mp4")).write_bytes(b"video")
    (tmp_path / "videos" / os.fsdecode(b"latin\xe9")).mkdir()
    (tmp_path / "videos" / os.fsdecode(b"latin\xe9") / "episode.mp4").write_bytes(b"video")
    files = list_videos(ArtifactStore(str(tmp_path)), ())
    assert [(video.key, video.ep_id) for video in files] == [
        (r"latin\xe9/episode.mp4", None),
        (r"latin\xe9.mp4", None),
    ]
    assert len(scans((1000.0, files)).refused) == 2


def test_links_that_lead_nowhere_are_listed_and_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "demo-s01e03").symlink_to("demo-s01e03")
    (tmp_path / "videos" / "demo-s01e01.mp4").symlink_to("demo-s01e01.mp4")
    (tmp_path / "videos" / "demo-s01e02.mp4").symlink_to("gone.mp4")
    files = list_videos(ArtifactStore(str(tmp_path)), ())

    def check(video: VideoFile) -> None:
        probe(tmp_path / "videos" / video.key)

    refused = scans((1000.0, files), (LATER, files), check=check).refused
    assert sorted(refused) == ["demo-s01e01.mp4", "demo-s01e02.mp4", "demo-s01e03"]
    for key, reason in refused.items():
        assert f"videos/{key}" in reason


def test_listing_covers_both_layouts_and_skips_known_episodes(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    assert list_videos(store, ()) == []
    for key in (
        "demo-s01e01/episode.mp4",
        "demo-s01e02.mkv",
        "demo-s01e03.mp4",
        "notes.txt",
        ".partial-x",
        "demo-s01e04/x",
        "demo-s01e05/episode.mp4",
        "demo-s01e06.srt",
    ):
        path = tmp_path / "videos" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"video")
    listed = {video.key: video.ep_id for video in list_videos(store, {"demo-s01e05", "demo-s01e06"})}
    assert listed == {
        "demo-s01e01/episode.mp4": "demo-s01e01",
        "demo-s01e02.mkv": "demo-s01e02",
        "demo-s01e03.mp4": "demo-s01e03",
        "notes.txt": None,
    }


def test_bring_in_moves_a_file_and_keeps_one_that_is_in_place(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "demo-s01e02.mkv").write_bytes(b"video")
    (dropped,) = list_videos(store, ())
    assert bring_in(store, dropped) == "demo-s01e02"
    assert (tmp_path / "videos/demo-s01e02/episode.mp4").read_bytes() == b"video"
    (placed,) = list_videos(store, ())
    assert bring_in(store, placed) == "demo-s01e02"
    assert list_videos(store, {"demo-s01e02"}) == []
