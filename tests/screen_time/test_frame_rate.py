"""Frame rates and timecodes with known answers."""

from fractions import Fraction

import pytest

from screenalytics_assets.screen_time.frame_rate import (
    frame_at,
    frame_of_timecode,
    frame_rate,
    nearest_standard,
    timecode,
)

FILM, NTSC, DOUBLE = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("fps", "rate", "standard"),
    [
        pytest.param(23.976, FILM, FILM, id="film on television"),
        pytest.param(23.98, FILM, FILM, id="film on television, rounded"),
        pytest.param(24.0, Fraction(24), Fraction(24), id="film"),
        pytest.param(25.0, Fraction(25), Fraction(25), id="PAL"),
        pytest.param(25.0003, Fraction(25), Fraction(25), id="PAL, measured"),
        pytest.param(29.97, NTSC, NTSC, id="NTSC"),
        pytest.param(30.0, Fraction(30), Fraction(30), id="30"),
        pytest.param(59.94, DOUBLE, DOUBLE, id="NTSC, double"),
        pytest.param(12.5, Fraction(25, 2), FILM, id="half of PAL"),
        pytest.param(26.31, Fraction(2631, 100), Fraction(25), id="variable rate"),
    ],
)
def test_frame_rate(fps: float, rate: Fraction, standard: Fraction) -> None:
    assert frame_rate(fps) == rate
    assert nearest_standard(rate) == standard


def test_a_frame_rate_is_positive() -> None:
    with pytest.raises(ValueError, match="positive frame rate, got 0"):
        frame_rate(0)


TIMECODES = [
    pytest.param(0, Fraction(25), "00:00:00:00", id="start"),
    pytest.param(90_000, Fraction(25), "01:00:00:00", id="an hour of PAL"),
    pytest.param(86_400, FILM, "01:00:00:00", id="an hour of timecode of film, which lasts 3603.6 s"),
    pytest.param(1799, NTSC, "00:00:59;29", id="last frame before a minute"),
    pytest.param(1800, NTSC, "00:01:00;02", id="numbers 0 and 1 of a minute are left out"),
    pytest.param(17_981, NTSC, "00:09:59;29", id="last frame before ten minutes"),
    pytest.param(17_982, NTSC, "00:10:00;00", id="not those of every tenth minute"),
    pytest.param(107_892, NTSC, "01:00:00;00", id="an hour of NTSC"),
    pytest.param(3600, DOUBLE, "00:01:00;04", id="four numbers at the double rate"),
    pytest.param(35_964, DOUBLE, "00:10:00;00", id="ten minutes at the double rate"),
]


@pytest.mark.parametrize(("frame", "rate", "text"), TIMECODES)
def test_timecode_there_and_back(frame: int, rate: Fraction, text: str) -> None:
    assert timecode(frame, rate) == text
    assert frame_of_timecode(text, rate) == frame


@pytest.mark.parametrize("rate", [FILM, Fraction(25), NTSC, DOUBLE], ids=str)
def test_timecodes_agree_with_opentimelineio(rate: Fraction) -> None:
    from opentimelineio.opentime import RationalTime, to_timecode

    for frame in (*range(1700, 1900), *range(17_900, 18_100), 107_891, 107_892, 500_000):
        assert timecode(frame, rate) == to_timecode(RationalTime(frame, float(rate)), float(rate))


def test_timecodes_begin_again_after_a_day() -> None:
    assert timecode(24 * 90_000 + 1, Fraction(25)) == "00:00:00:01"


@pytest.mark.parametrize(
    ("text", "rate", "words"),
    [
        pytest.param("1:00:00:00", Fraction(25), "is not a timecode", id="one digit"),
        pytest.param("01:00:00", Fraction(25), "is not a timecode", id="no frames"),
        pytest.param("01:00:00:25", Fraction(25), "at 25 frames per second", id="too many frames"),
        pytest.param("01:60:00:00", Fraction(25), "at 25 frames per second", id="too many minutes"),
        pytest.param("00:01:00;01", NTSC, "leaves out", id="a number that is left out"),
        pytest.param("०१:00:00:00", Fraction(25), "is not a timecode", id="other digits"),
    ],
)
def test_what_is_no_timecode_is_refused(text: str, rate: Fraction, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        frame_of_timecode(text, rate)


@pytest.mark.parametrize(
    ("seconds", "rate", "frame"),
    [
        pytest.param(1.0, Fraction(25), 25, id="PAL"),
        pytest.param(0.042, FILM, 1, id="a rounded time is on its frame"),
        pytest.param(3603.6, FILM, 86_400, id="no drift after an hour of film"),
        pytest.param(3600.0, NTSC, 107_892, id="no drift after an hour of NTSC"),
    ],
)
def test_frame_at(seconds: float, rate: Fraction, frame: int) -> None:
    assert frame_at(seconds, rate) == frame
