"""The picture's own length, next to sound and subtitles of other lengths, and its start against the sound."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.video.films import add_video, decoded, greys

PICTURE_S = 2.0


def write_with_company(
    path: Path, sound: tuple[float, float] | None, subtitles_s: float | None, picture_start_s: float = 0.0
) -> Path:
    """Write a picture of 2 s with sound from and to these seconds, and a subtitle line that ends at `subtitles_s`."""
    images = list(greys(50))
    codec = "flv" if path.suffix == ".flv" else "mpeg4"
    lines = write_subtitles(path.with_suffix(".srt"), subtitles_s) if subtitles_s else None
    with av.open(str(path), "w") as output:
        video = add_video(output, images[0], codec, "yuv420p", 25, {})
        audio: Any = output.add_stream("aac", rate=16000, layout="mono") if sound else None
        text: Any = output.add_stream_from_template(lines.streams[0]) if lines else None
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = index + round(25 * picture_start_s), Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if sound:
            for start in range(round(16000 * sound[0]), round(16000 * sound[1]), 1024):
                samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
                samples.rate, samples.pts, samples.time_base = 16000, start, Fraction(1, 16000)
                output.mux(audio.encode(samples))
            output.mux(audio.encode(None))
        if lines:
            for line in lines.demux():
                if line.dts is not None:
                    line.stream = text
                    output.mux(line)
    return path


def write_subtitles(path: Path, end_s: float) -> Any:
    """Write two lines, the second of which ends at `end_s`, below 1000 s; return them opened."""
    clock = f"{int(end_s) // 60:02}:{int(end_s) % 60:02}"
    path.write_text(f"1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\n00:00:03,000 --> 00:{clock},000\ny\n")
    return av.open(str(path))


def without_duration_tags(path: Path) -> Path:
    """Rename Matroska's tags with durations; FFmpeg writes them and other programs do not."""
    path.write_bytes(path.read_bytes().replace(b"DURATION", b"XURATION"))
    return path


@pytest.mark.parametrize("tags", [True, False], ids=["tagged", "untagged"])
@pytest.mark.parametrize(
    ("sound", "subtitles_s"),
    [
        pytest.param(None, None, id="alone"),
        pytest.param((0, 2), None, id="sound"),
        pytest.param((0, 9), None, id="longer-sound"),
        pytest.param((0, 1), None, id="shorter-sound"),
        pytest.param(None, 600, id="longer-subtitles"),
        pytest.param((0, 9), 600, id="both"),
    ],
)
def test_length_in_matroska(
    tmp_path: Path, sound: tuple[float, float] | None, subtitles_s: float | None, tags: bool
) -> None:
    path = write_with_company(tmp_path / "film.mkv", sound, subtitles_s)
    _, source = decoded(path if tags else without_duration_tags(path))
    assert source.probe.duration_s == pytest.approx(PICTURE_S, abs=0.05)
    assert not source.report.truncated


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.flv", "film.ts", "film.avi", "film.wmv", "film.nut"])
def test_length_with_longer_sound(tmp_path: Path, name: str) -> None:
    _, source = decoded(write_with_company(tmp_path / name, (0, 9), None))
    assert source.probe.duration_s == pytest.approx(PICTURE_S, abs=0.1)
    assert not source.report.truncated


@pytest.mark.parametrize("tags", [True, False], ids=["tagged", "untagged"])
def test_a_truncated_matroska_file_is_noticed(tmp_path: Path, tags: bool) -> None:
    path = write_with_company(tmp_path / "film.mkv", (0, 2), None)
    if not tags:
        without_duration_tags(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 4])
    assert decoded(path)[1].report.truncated


@pytest.mark.parametrize("tags", [True, False], ids=["tagged", "untagged"])
@pytest.mark.parametrize("sound", [None, (0, 2), (0, 9)], ids=["alone", "sound", "longer-sound"])
def test_length_of_a_picture_that_starts_late(tmp_path: Path, sound: tuple[float, float] | None, tags: bool) -> None:
    path = write_with_company(tmp_path / "film.mkv", sound, None, picture_start_s=5.0)
    _, source = decoded(path if tags else without_duration_tags(path))
    assert source.probe.duration_s == pytest.approx(PICTURE_S, abs=0.05)
    assert not source.report.truncated


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4", "film.mov"])
@pytest.mark.parametrize(
    ("sound", "picture_start_s", "offset_s"),
    [
        pytest.param(None, 0.0, 0.0, id="no-sound"),
        pytest.param((0, 2), 0.0, 0.0, id="together"),
        pytest.param((0, 2), 0.6, 0.6, id="picture-later"),
        pytest.param((0.5, 2), 0.0, -0.5, id="sound-later"),
    ],
)
def test_start_of_the_picture_against_the_sound(
    tmp_path: Path, name: str, sound: tuple[float, float] | None, picture_start_s: float, offset_s: float
) -> None:
    path = write_with_company(tmp_path / name, sound, None, picture_start_s)
    frames, source = decoded(path)
    # The encoder of the sound starts up to 1024 samples early.
    assert source.probe.start_offset_s == pytest.approx(offset_s, abs=0.08)
    assert frames[0].ts == 0
