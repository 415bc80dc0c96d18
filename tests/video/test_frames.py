"""Frames of real files: timestamps, rotation, and files that are damaged."""

import threading
from pathlib import Path

import numpy as np
import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.video import frames as frames_module
from screenalytics_resources.video.frames import Frame, FrameSource, effective_stride
from screenalytics_resources.video.probe import probe
from tests.video.conftest import HEIGHT, WIDTH, MakeVideo

IDENTITY = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def read(path: Path, stride: int = 1) -> tuple[list[Frame], FrameSource]:
    source = FrameSource(path, probe(path), stride)
    return list(source), source


def rotate(path: Path, quarter_turns: int) -> None:
    """Patch the display matrix in the track header, as a phone held upright does."""
    one = 0x10000
    rotations = {0: (one, 0, 0, one), 1: (0, one, -one, 0), 2: (-one, 0, 0, -one), 3: (0, -one, one, 0)}
    a, b, c, d = rotations[quarter_turns]
    matrix = np.array([a, b, 0, c, d, 0, 0, 0, 0x40000000], ">i4").tobytes()
    content = path.read_bytes()
    identity = np.array(IDENTITY, ">i4").tobytes()
    header = content.index(b"tkhd")
    offset = content.index(identity, header)
    path.write_bytes(content[:offset] + matrix + content[offset + len(identity) :])


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "clip.mov"])
def test_every_frame_of_each_container_is_decoded(make_video: MakeVideo, name: str) -> None:
    decoded, source = read(make_video(name, frames=30))
    assert [frame.index for frame in decoded] == list(range(30))
    assert (source.report.frames, source.report.corrupt_packets, source.report.truncated) == (30, 0, False)


def test_only_every_stride_th_frame_has_an_image(make_video: MakeVideo) -> None:
    decoded, _ = read(make_video(frames=10), stride=4)
    assert [frame.index for frame in decoded if frame.image is not None] == [0, 4, 8]
    assert {frame.thumbnail.shape[2] for frame in decoded} == {3}
    assert decoded[4].image is not None
    assert decoded[4].image.shape == (HEIGHT, WIDTH, 3)


def test_times_follow_the_stream_with_a_variable_frame_rate(make_video: MakeVideo) -> None:
    times = [0, 40, 80, 500, 520, 1500, 1540]
    decoded, _ = read(make_video("vfr.mkv", pts=times))
    assert [round(frame.ts, 3) for frame in decoded] == [time / 1000 for time in times]


def test_the_first_frame_is_at_zero_if_the_stream_starts_later(make_video: MakeVideo) -> None:
    decoded, _ = read(make_video("late.mkv", pts=[5000, 5040, 5080]))
    assert [round(frame.ts, 3) for frame in decoded] == [0.0, 0.04, 0.08]


@pytest.mark.parametrize(
    ("quarter_turns", "corner"),
    [
        pytest.param(0, (0, 0), id="upright"),
        pytest.param(1, (0, -1), id="rotated-right"),
        pytest.param(2, (-1, -1), id="upside-down"),
        pytest.param(3, (-1, 0), id="rotated-left"),
    ],
)
def test_rotation_is_applied_as_in_a_player(make_video: MakeVideo, quarter_turns: int, corner: tuple[int, int]) -> None:
    """The matrix rotates clockwise: one quarter turn moves the white corner from the top left to the top right."""
    path = make_video(frames=3, corner=True)
    rotate(path, quarter_turns)
    facts = probe(path)
    upright = (WIDTH, HEIGHT) if quarter_turns % 2 == 0 else (HEIGHT, WIDTH)
    assert (facts.width, facts.height) == upright
    image = read(path)[0][0].image
    assert image is not None
    assert image.shape[:2] == (upright[1], upright[0])
    rows = [slice(0, 8), slice(-8, None)]
    bright = {(r, c) for r in (0, -1) for c in (0, -1) if image[rows[r], rows[c]].mean() > 200}
    assert bright == {corner}


def test_a_truncated_file_yields_the_frames_that_decode(make_video: MakeVideo) -> None:
    path = make_video(frames=200, options={"movflags": "faststart"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    decoded, source = read(path)
    assert 50 < len(decoded) < 200
    assert source.report.truncated


def test_damaged_packets_are_skipped_or_concealed(make_video: MakeVideo) -> None:
    path = make_video("clip.mkv", frames=100, codec="libx264")
    content = bytearray(path.read_bytes())
    for offset in range(len(content) // 3, len(content) * 2 // 3, 97):
        content[offset] ^= 0xFF
    path.write_bytes(bytes(content))
    decoded, source = read(path)
    assert len(decoded) + source.report.corrupt_packets > 0
    assert [frame.index for frame in decoded] == list(range(len(decoded)))
    assert source.report.corrupt_packets > 0 or source.report.truncated or len(decoded) == 100


def test_a_consumer_that_stops_early_leaves_no_thread(make_video: MakeVideo) -> None:
    path = make_video(frames=120)
    iterator = iter(FrameSource(path, probe(path), 1))
    next(iterator)
    iterator.close()  # type: ignore[attr-defined]
    assert "decode" not in {thread.name for thread in threading.enumerate()}


def test_an_error_in_the_thread_reaches_the_consumer(make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(frames=5)
    source = FrameSource(path, probe(path), 1)
    monkeypatch.setattr(frames_module._Converter, "image", lambda converter, picture: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(source)


def test_a_deleted_video_is_reported(make_video: MakeVideo) -> None:
    path = make_video(frames=5)
    source = FrameSource(path, probe(path), 1)
    path.unlink()
    with pytest.raises(UserError, match="There is no video at"):
        list(source)


@pytest.mark.parametrize(
    ("stride", "fps", "cap", "effective"),
    [
        pytest.param(3, 25.0, None, 3, id="no-cap"),
        pytest.param(3, 25.0, 15.0, 3, id="below-the-cap"),
        pytest.param(1, 25.0, 15.0, 2, id="increased-to-keep-the-cap"),
        pytest.param(1, 30.0, 15.0, 2, id="exactly-at-the-cap"),
        pytest.param(1, 29.97, 29.97, 1, id="rounding-does-not-increase-it"),
        pytest.param(3, 120.0, 15.0, 8, id="high-speed-footage"),
    ],
)
def test_effective_stride(stride: int, fps: float, cap: float | None, effective: int) -> None:
    assert effective_stride(stride, fps, cap) == effective


@pytest.mark.parametrize(
    ("codec", "name", "pixels"),
    [
        pytest.param("mpeg4", "clip.mp4", "yuv420p", id="planar"),
        pytest.param("ffv1", "clip.mkv", "yuv444p", id="full-resolution-colour"),
        pytest.param("ffv1", "clip.mkv", "bgr0", id="packed"),
        pytest.param("libx264", "clip.mkv", "yuv420p10le", id="ten-bits"),
    ],
)
def test_thumbnails_match_the_image_in_each_pixel_format(
    make_video: MakeVideo, codec: str, name: str, pixels: str
) -> None:
    frame = read(make_video(name, frames=2, corner=True, codec=codec, pixels=pixels))[0][0]
    assert frame.image is not None
    assert frame.thumbnail.shape == (106, 160, 3)
    for rows, columns in ((slice(2, 20), slice(2, 30)), (slice(60, 100), slice(60, 150))):
        region = frame.image[
            rows.start * HEIGHT // 106 : rows.stop * HEIGHT // 106,
            columns.start * WIDTH // 160 : columns.stop * WIDTH // 160,
        ]
        np.testing.assert_allclose(frame.thumbnail[rows, columns].mean((0, 1)), region.mean((0, 1)), atol=4)
