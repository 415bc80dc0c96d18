"""Timelines: jumps of the clock, decoding times, and the same film in three containers."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from screenalytics_resources.video.clock import DISCONTINUITY_S, LONGEST_STILL_S, Clock
from tests.video.films import decoded, greys, remux, write_film

HOURS_3 = 3 * 3600 * 1000


@pytest.mark.parametrize(
    ("stamps", "expected", "jumps"),
    [
        pytest.param([0, 40, 80], [0, 40, 80], 0, id="even"),
        pytest.param([5000, 5040, 5080], [0, 40, 80], 0, id="starts-later"),
        pytest.param([-80, -40, 0], [0, 40, 80], 0, id="starts-below-zero"),
        pytest.param([0, 40, 500, 1500], [0, 40, 500, 1500], 0, id="variable-rate"),
        pytest.param([0, 40, None, None, 160], [0, 40, 80, 120, 160], 0, id="missing"),
        pytest.param([None, 40, 80], [0, 40, 80], 0, id="first-is-missing"),
        pytest.param([0, 40, 30, 80], [0, 40, 40.001, 80], 0, id="small-step-back-is-jitter"),
        pytest.param([0, 4000, 8000, 0, 4000], [0, 4000, 8000, 8040, 12040], 1, id="starts-again"),
        pytest.param([0, 40, HOURS_3, HOURS_3 + 40], [0, 40, 80, 120], 1, id="three-hours-ahead"),
        pytest.param([0, 40, 10080, 10120], [0, 40, 80, 120], 1, id="more-than-ten-seconds-ahead"),
        pytest.param([0, 40, 10030, 10070], [0, 40, 10030, 10070], 0, id="ten-seconds-ahead"),
        pytest.param([0, 40, HOURS_3, 80, 120], [0, 40, 80, 120, 160], 2, id="one-stray-timestamp"),
    ],
)
def test_known_timelines(stamps: list[int | None], expected: list[float], jumps: int) -> None:
    clock = Clock(Fraction(1, 1000), 0.04, DISCONTINUITY_S)
    seconds = [clock.seconds(stamp) for stamp in stamps]
    assert seconds == pytest.approx([time / 1000 for time in expected], abs=1e-9)
    assert clock.jumps == jumps == len(clock.places)


def test_a_container_with_a_steady_clock_may_stand_still_for_minutes() -> None:
    clock = Clock(Fraction(1, 1000), 0.04, LONGEST_STILL_S)
    assert [clock.seconds(stamp) for stamp in (0, 600_000)] == [0, 600.0]


def test_the_duration_of_the_last_frame_is_used() -> None:
    clock = Clock(Fraction(1, 1000), 1 / 60000, DISCONTINUITY_S)
    assert [clock.seconds(stamp, 100) for stamp in (5000, 5100, 0)] == pytest.approx([0, 0.1, 0.2])


@pytest.mark.parametrize(
    ("shift_s", "name"),
    [
        pytest.param(0.0, "starts-again", id="starts-again"),
        pytest.param(3 * 3600.0, "ahead", id="three-hours-ahead"),
    ],
)
def test_two_recordings_in_one_transport_stream(tmp_path: Path, shift_s: float, name: str) -> None:
    film = write_film(tmp_path / "film.mp4", greys(100), codec="libx264", preset="ultrafast")
    parts = [remux(film, tmp_path / f"{part}.ts", part * shift_s) for part in range(2)]
    joined = tmp_path / f"{name}.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, source = decoded(joined)
    assert len(frames) == 200
    steps = [after.ts - before.ts for before, after in pairwise(frames)]
    assert steps == pytest.approx([0.04] * 199, abs=0.002)
    assert source.probe.duration_s == pytest.approx(8.0, abs=0.1)
    assert (source.report.clock_jumps, source.report.truncated) == (1, False)
    assert source.report.clock_jumps_at == pytest.approx((3.96,), abs=0.01)


@pytest.mark.parametrize(
    ("gap_s", "duration_s", "jumps"),
    [
        pytest.param(60, 64, 0, id="a-slide-of-a-minute"),
        pytest.param(3 * 3600, 4, 1, id="three-hours-ahead"),
    ],
)
def test_gaps_in_matroska(tmp_path: Path, gap_s: int, duration_s: float, jumps: int) -> None:
    times = [*range(0, 2000, 40), *range(1000 * gap_s + 2000, 1000 * gap_s + 4000, 40)]
    path = write_film(tmp_path / "film.mkv", greys(100), milliseconds=times)
    frames, source = decoded(path)
    assert frames[-1].ts == pytest.approx(duration_s - 0.04)
    assert (source.report.clock_jumps, source.report.truncated) == (jumps, False)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        pytest.param("film.avi", "libx264", id="avi-h264"),
        pytest.param("film.avi", "mpeg4", id="avi-mpeg4"),
        pytest.param("film.mxf", "libx264", id="mxf-h264"),  # FFmpeg writes no index of its reordered frames
        pytest.param("film.mxf", "mpeg2video", id="mxf-mpeg2"),
    ],
)
def test_b_frames_have_an_even_timeline(tmp_path: Path, name: str, codec: str) -> None:
    path = write_film(tmp_path / name, greys(60), codec=codec, bf="2")
    frames, source = decoded(path)
    assert frames[0].ts == 0
    steps = [after.ts - before.ts for before, after in pairwise(frames)]
    assert steps == pytest.approx([0.04] * (len(frames) - 1))
    assert (len(frames), source.report.clock_jumps) == (60, 0)


def test_the_same_film_has_the_same_times_in_each_container(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", greys(75), codec="libx264", preset="veryfast", bf="2")
    times = {name: [frame.ts for frame in decoded(path)[0]] for name, path in {
        "mp4": film,
        "mkv": remux(film, tmp_path / "film.mkv"),
        "ts": remux(film, tmp_path / "film.ts"),
    }.items()}  # fmt: skip
    assert {name: len(stamps) for name, stamps in times.items()} == {"mp4": 75, "mkv": 75, "ts": 75}
    for stamps in times.values():
        assert stamps == pytest.approx(times["mp4"], abs=1 / 25)
