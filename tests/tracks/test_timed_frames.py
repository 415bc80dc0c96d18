"""Frames of real files with sane and with absurd stated rates."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_assets.tracks.timed_frames import first_timestamps, timed_frames
from screenalytics_resources.video.frames import FrameSource, effective_stride
from screenalytics_resources.video.probe import probe
from tests.video.field_pictures import write_fields

FRAMES = 24


def write(path: Path, fps: Fraction, codec: str = "mpeg4") -> Path:
    """Write a video of `FRAMES` frames, each grey in a tone of its own."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 20 + 8 * index, np.uint8), "rgb24")
            frame.pts, frame.time_base = index, 1 / fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def with_images(frames: FrameSource) -> list[int]:
    """Return the index of each frame with an image. The image must be that of the frame."""
    chosen = []
    for frame in frames:
        if frame.image is not None:
            assert frame.image.mean() == pytest.approx(20 + 8 * frame.index, abs=4)
            chosen.append(frame.index)
    return chosen


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "clip.ts"])
@pytest.mark.parametrize(
    ("fps", "stride", "cap"),
    [
        pytest.param(Fraction(25), 3, 15.0, id="25"),
        pytest.param(Fraction(24000, 1001), 3, 15.0, id="film"),
        pytest.param(Fraction(30000, 1001), 1, 15.0, id="ntsc-and-cap"),
        pytest.param(Fraction(60), 3, 8.0, id="60-and-cap"),
        pytest.param(Fraction(25), 1, None, id="all-of-25"),
    ],
)
def test_constant_rate_is_sampled_by_count(
    tmp_path: Path, name: str, fps: Fraction, stride: int, cap: float | None
) -> None:
    path = write(tmp_path / name, fps, "mpeg2video" if name.endswith("ts") else "mpeg4")
    frames = timed_frames(path, probe(path), DetectionSettings(stride=stride, analysis_fps_max=cap))
    assert frames.stride == effective_stride(stride, float(fps), cap)
    assert with_images(frames) == list(range(0, FRAMES, frames.stride))


@pytest.mark.parametrize("stated", [60000.0, 1000.0, 2.0])
def test_an_absurd_stated_rate_is_replaced(tmp_path: Path, stated: float) -> None:
    path = write(tmp_path / "clip.mkv", Fraction(25), "libx264")
    frames = timed_frames(path, replace(probe(path), fps=stated), DetectionSettings())
    assert (frames.probe.fps, frames.stride) == (pytest.approx(25.0), 3)
    assert with_images(frames) == list(range(0, FRAMES, 3))


def test_every_frame_of_slow_video_is_analysed(tmp_path: Path) -> None:
    path = write(tmp_path / "slow.mp4", Fraction(1))
    assert with_images(timed_frames(path, probe(path), DetectionSettings())) == list(range(FRAMES))


def test_a_truncated_file_has_the_timestamps_before_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mkv", Fraction(25))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert 2 < len(first_timestamps(path)) < FRAMES


def test_stride_one_analyses_frames_of_equal_time(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", Fraction(25))
    settings = DetectionSettings(stride=1, analysis_fps_max=None)
    assert with_images(timed_frames(path, replace(probe(path), fps=1.0), settings)) == list(range(FRAMES))


@pytest.mark.parametrize("name", ["film.ts", "film.mkv"])
@pytest.mark.parametrize(
    ("codec", "states_rate"),
    [
        pytest.param("h264", True, id="h264"),
        pytest.param("h264", False, id="h264-without-a-rate"),
        pytest.param("mpeg2", True, id="mpeg2"),
    ],
)
@pytest.mark.parametrize("per_packet", [1, 2], ids=["packet-per-field", "packet-per-frame"])
def test_fields_are_not_counted_as_frames(
    tmp_path: Path, name: str, codec: str, states_rate: bool, per_packet: int
) -> None:
    path = write_fields(tmp_path / name, FRAMES, per_packet, states_rate, codec)
    frames = timed_frames(path, probe(path), DetectionSettings(stride=3))
    assert [frame.index for frame in frames if frame.image is not None] == list(range(0, FRAMES, 3))
    assert (frames.probe.fps, frames.stride) == (pytest.approx(25.0), 3)
