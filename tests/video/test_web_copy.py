"""Copies for browsers: they play, show the same at the same time, and let players seek."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from screenalytics_assets.episode_video.describe_video import describe_video
from screenalytics_assets.episode_video.playable import plays_in_browsers
from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import VideoProbe, probe
from screenalytics_resources.video.web_copy import write_web_copy
from tests.video.films import CORNERS, decoded, greys, quadrants, write_film


def copied(source: Path) -> tuple[Path, VideoProbe]:
    target = source.with_name("copy.mp4")
    found = write_web_copy(source, target, probe(source), lambda done: None)
    made = probe(target)
    assert (made.width, made.height) == (found.width, found.height)
    assert made.duration_s == pytest.approx(found.duration_s, abs=0.05)
    video = describe_video("demo-s01e01", target, "key", lambda done: None)
    assert plays_in_browsers(video)
    return target, made


def add_sound(source: Path, target: Path, starts_s: float, seconds: float) -> Path:
    """Copy a film and add a tone that starts later by `starts_s`, in MP2 like a broadcast."""
    with av.open(str(source)) as film, av.open(str(target), "w") as output:
        stream = film.streams.video[0]
        copy, tone = output.add_stream_from_template(stream), output.add_stream("mp2", rate=48_000, layout="stereo")
        for packet in film.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                output.mux(packet)
        samples = np.zeros((1, 2 * 1152), np.int16)
        for index in range(round(seconds * 48_000 / 1152)):
            frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
            frame.sample_rate, frame.time_base = 48_000, Fraction(1, 48_000)
            frame.pts = round(starts_s * 48_000) + 1152 * index
            output.mux(tone.encode(frame))
        output.mux(tone.encode(None))
    return target


def test_an_old_film_becomes_one_that_browsers_play(tmp_path: Path) -> None:
    source = write_film(tmp_path / "film.avi", greys(60))
    _, made = copied(source)
    assert (made.codec, made.pixel_format, made.sound_codec, made.height) == ("h264", "yuv420p", "none", 64)
    assert made.duration_s == pytest.approx(probe(source).duration_s, abs=0.05)


def test_pictures_keep_their_times(tmp_path: Path) -> None:
    times = [0, 40, 200, 220, 1500, 2900]
    source = write_film(tmp_path / "film.mkv", greys(6), milliseconds=times)
    target, _ = copied(source)
    assert [frame.ts for frame in decoded(target)[0]] == pytest.approx([ms / 1000 for ms in times], abs=0.002)


def test_every_second_begins_with_a_key_frame(tmp_path: Path) -> None:
    target, _ = copied(write_film(tmp_path / "film.avi", greys(80)))
    with av.open(str(target)) as film:
        packets = [packet for packet in film.demux(film.streams.video[0]) if packet.is_keyframe]
    keys = [float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None and packet.time_base]
    assert {0.0, 1.0, 2.0, 3.0} <= {round(key, 3) for key in keys}  # and more where the picture changes suddenly


def test_a_rotated_film_is_upright_and_a_large_one_smaller(tmp_path: Path) -> None:
    quarter = [0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30]
    source = write_film(tmp_path / "film.mp4", [quadrants(1600, 400)] * 3, matrix=quarter)
    assert probe(source).height == 1600
    target, made = copied(source)
    assert (made.width, made.height, made.rotation) == (180, 720, 0)
    shown, expected = decoded(target)[0][0].image, decoded(source)[0][0].image
    assert shown is not None and expected is not None
    for y, x in ((1, 1), (1, 3), (3, 1), (3, 3)):
        ours = shown[made.height * y // 4, made.width * x // 4].astype(int)
        assert np.abs(ours - expected[1600 * y // 4, 400 * x // 4].astype(int)).max() < 40
    assert len(CORNERS) == 4


@pytest.mark.parametrize(
    "starts_s",
    [pytest.param(0.0, id="together"), pytest.param(0.5, id="sound later"), pytest.param(-0.5, id="sound earlier")],
)
def test_sound_and_picture_keep_their_distance(tmp_path: Path, starts_s: float) -> None:
    times = [round(1000 * max(0.0, -starts_s)) + 40 * index for index in range(50)]
    silent = write_film(tmp_path / "silent.mkv", greys(50), milliseconds=times)
    source = add_sound(silent, tmp_path / "film.mkv", max(0.0, starts_s), 2.0)
    offset = probe(source).start_offset_s
    assert offset == pytest.approx(-starts_s, abs=0.03)
    _, made = copied(source)
    assert made.sound_codec == "aac"
    assert made.start_offset_s == pytest.approx(offset, abs=0.05)


def test_what_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    source = write_film(tmp_path / "film.avi", greys(5))
    facts = probe(source)
    source.write_bytes(source.read_bytes()[:3000])
    with pytest.raises(UserError):
        write_web_copy(source, tmp_path / "copy.mp4", facts, lambda done: None)
