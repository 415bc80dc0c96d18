"""File names with any bytes, and paths that are no files, in every command that takes a path."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.cast_bench import people, photo, pictures
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, write_tiny_episode

EP = "demo-s01e01"
NAMES = [
    pytest.param(b"Show - S01E01 [dqw4w9wgxcq].x", "Show - S01E01 [dqw4w9wgxcq].x", id="brackets"),
    pytest.param(b"a[/b].x", "a[/b].x", id="closing-tag"),
    pytest.param(b"[red]b.x", "[red]b.x", id="style"),
    pytest.param(b"latin\xe9.x", r"latin\xe9.x", id="not-utf-8"),
    pytest.param(b"\x1b[2J\x07.x", r"\x1b[2J\x07.x", id="escape-sequence"),
    pytest.param(b"a\nforged: b.x", r"a\nforged: b.x", id="newline"),
    pytest.param("日本 Zoë.x".encode(), "日本 Zoë.x", id="other-scripts"),
]
FOLDER = "2026-01-01T20:15 a["
WORST = b"b][red]\x1b[2J\n\xe9"
WORST_SHOWN = r"b][red]\x1b[2J\n\xe9"
"""A name with everything at once, in a folder that makes it a closing tag, and how the name is shown."""


@pytest.mark.parametrize(("name", "expected"), NAMES)
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["run", "--ep-id", EP, "--video"], id="video"),
        pytest.param(["run", "--ep-id", EP, "--truth"], id="truth-of-a-run"),
        pytest.param(["calibrate", "--pack", "opencv_zoo", "--labels"], id="labels"),
    ],
)
def test_a_file_that_is_missing_is_named_as_it_is(
    screen: Screen, tmp_path: Path, arguments: list[str], name: bytes, expected: str
) -> None:
    sentence = screen.refused(*arguments, str(tmp_path / os.fsdecode(name)))
    assert f"{tmp_path}/{expected} " in sentence.replace("There is no video at ", "").replace(". Check", " Check")
    assert "\x1b" not in screen.err


def test_a_video_with_any_name_is_run(screen: Screen, home: Path, tmp_path: Path) -> None:
    write_noise(tmp_path / "plain.mp4")
    video = (tmp_path / "plain.mp4").rename(worst_path(tmp_path, b".mp4"))
    assert screen.call("run", "--ep-id", EP, "--video", str(video)) == 0
    assert ArtifactStore(str(home)).video(EP).read_bytes() == video.read_bytes()
    for document in (home / "manifests" / EP).glob("*.json"):
        document.read_bytes().decode("utf-8")
        json.loads(document.read_bytes())


def test_a_photo_with_any_name_becomes_a_reference_face(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    screen.call("cast", "add", "--show", show, "--person", "g", "--name", os.fsdecode(b"G\xe9[/b]\x1b[2J"))
    assert r"G\xe9[/b]\x1b[2J is g" in screen.out
    odd = photo(tmp_path, "person-g", "plain.jpg").rename(worst_path(tmp_path, b".J\xe9G"))
    add = ("facebank", "add", "--show", show, "--person", "g")
    assert screen.call(*add, str(odd), "--keep-original") == 0
    assert f"from {WORST_SHOWN}.J\\xe9G" in screen.out
    assert {path.name.rpartition("_")[2] for path in pictures(root, show)} == {"d.png", "e.png", "orig.jpg"}
    assert people(root, show)["g"]["name"] == r"G\xe9[/b]\x1b[2J"
    assert f"({WORST_SHOWN}" in screen.refused(*add, str(odd))

    faceless = worst_path(tmp_path, b".png")
    faceless.write_bytes(bytes(cv2.imencode(".png", np.zeros((200, 200, 3), np.uint8))[1]))
    assert f"{WORST_SHOWN}.png shows no face" in screen.refused(*add, str(faceless), str(faceless))
    assert f"{WORST_SHOWN}.png shows no face" in screen.out


@pytest.mark.parametrize("kind", ["fifo", "device"])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["run", "--ep-id", EP, "--video"], "odd is not a file", id="video"),
        pytest.param(["run", "--ep-id", EP, "--truth"], "odd is a device or a pipe", id="truth-of-a-run"),
        pytest.param(["evaluate", "--ep-id", EP_ID, "--truth"], "odd is a device or a pipe", id="truth"),
        pytest.param(["evaluate", "--ep-id", EP_ID, "--reviewed"], "odd is a device or a pipe", id="review-sheet"),
        pytest.param(["calibrate", "--pack", "opencv_zoo", "--labels"], "odd is a device or a pipe", id="labels"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(
    screen: Screen, store: ArtifactStore, tmp_path: Path, arguments: list[str], sentence: str, kind: str
) -> None:
    assert sentence in screen.refused(*arguments, str(odd_file(tmp_path, kind)))


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_a_photo_that_is_no_regular_file_is_refused_at_once(
    screen: Screen, root: Path, show: str, tmp_path: Path, kind: str
) -> None:
    screen.call("cast", "add", "--show", show, "--person", "g")
    odd = str(odd_file(tmp_path, kind))
    assert "odd is a device or a pipe" in screen.refused("facebank", "add", "--show", show, "--person", "g", odd)


def test_a_data_root_with_any_name(screen: Screen, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = worst_path(tmp_path, b"")
    shown = f"{tmp_path}/{FOLDER}/{WORST_SHOWN}"
    write_tiny_episode(root)
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", str(root))
    assert screen.call("status", "--wide") == 0
    assert shown in screen.out
    assert screen.call("show", "--ep-id", EP_ID) == 0
    assert f"{shown}/frames" in screen.out
    assert screen.call("status", "--json") == 0
    assert json.loads(screen.out)["root"] == str(root)
    assert screen.call("export", "--ep-id", EP_ID, "--out", str(root / "export")) == 0
    assert f"{shown}/export/tracks.parquet" in screen.out
    assert screen.call("cast", "add", "--show", "tiny", "--person", "g", "--name", "[red]G[/red]") == 0
    assert screen.call("cast", "list", "--show", "tiny") == 0
    assert "[red]G[/red]" in screen.out


def test_a_terminal_without_utf_8_gets_escapes(home: Path, tmp_path: Path) -> None:
    root = tmp_path / "日本"
    root.mkdir()
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "SCREENALYTICS_DATA_ROOT": str(root), "COLUMNS": "250"}
    program = (
        "import sys; sys.argv = ['screenalytics', 'status']; from screenalytics_app.cli.main import process; process()"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u65e5\u672c" in done.stdout


def worst_path(folder: Path, suffix: bytes) -> Path:
    (folder / FOLDER).mkdir(exist_ok=True)
    return folder / FOLDER / os.fsdecode(WORST + suffix)


def odd_file(folder: Path, kind: str) -> Path:
    path = folder / "odd"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


def write_noise(path: Path) -> None:
    """Write a video of half a second that shows no face."""
    generator = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(12):
            frame = av.VideoFrame.from_ndarray(generator.integers(0, 255, (120, 160, 3), np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
