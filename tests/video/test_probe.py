"""The probe: facts of valid files, and the message for each kind of invalid file."""

from pathlib import Path

import av
import numpy as np
import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe
from tests.video.conftest import HEIGHT, WIDTH, MakeVideo


def test_facts_of_a_valid_file(make_video: MakeVideo) -> None:
    facts = probe(make_video(frames=50))
    assert (facts.codec, facts.width, facts.height, facts.rotation) == ("mpeg4", WIDTH, HEIGHT, 0)
    assert facts.fps == pytest.approx(25, rel=0.02)
    assert facts.duration_s == pytest.approx(2.0, abs=0.05)
    assert facts.frames_stated == 50


def audio_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for index in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.rate, frame.pts = 44100, 1024 * index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def with_empty_packets(path: Path, original: Path) -> Path:
    """Copy a video with all packet contents replaced by zeros, so that no frame can be decoded."""
    with av.open(str(original)) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                hollow = av.Packet(bytes(packet.size))
                hollow.pts, hollow.dts, hollow.time_base, hollow.stream = packet.pts, packet.dts, packet.time_base, copy
                target.mux(hollow)
    return path


def error_of(path: Path) -> str:
    with pytest.raises(UserError) as error:
        probe(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "There is no video at", id="missing"),
        pytest.param(b"", "is empty (0 bytes)", id="empty"),
        pytest.param(b"just some words\n" * 50, "cannot be read as a video", id="text"),
        pytest.param(b"\x00\x00\x00\x18ftypisom" + b"\x00" * 300, "cannot be read as a video", id="header-only"),
    ],
)
def test_invalid_files_are_rejected(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    assert message in error_of(path)
    assert str(path) in error_of(path)


def test_a_folder_is_rejected(tmp_path: Path) -> None:
    assert "is not a file" in error_of(tmp_path)


def test_audio_without_video_is_rejected(tmp_path: Path) -> None:
    assert "has no video stream (it contains: audio)" in error_of(audio_only(tmp_path / "sound.mp4"))


def test_a_stream_without_decodable_frames_is_rejected(tmp_path: Path, make_video: MakeVideo) -> None:
    path = with_empty_packets(tmp_path / "none.mkv", make_video("original.mkv", frames=3))
    assert "but none of its frames can be decoded" in error_of(path)


def test_a_video_too_small_for_a_face_is_rejected(make_video: MakeVideo) -> None:
    assert "is 1x1 px, too small to show a face" in error_of(make_video("dot.mkv", codec="ffv1", size=(1, 1), frames=3))


def test_a_file_truncated_before_its_index_is_rejected(make_video: MakeVideo) -> None:
    path = make_video(frames=50)
    path.write_bytes(path.read_bytes()[:-200])
    assert "its index is truncated" in error_of(path)
