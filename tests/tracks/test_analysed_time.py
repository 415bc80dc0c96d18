"""Seconds that analysed frames represent: known sums."""

import pytest

from screenalytics_assets.tracks.analysed_time import AnalysedTime


def at(fps: float, frames: int, every: int) -> list[tuple[float, bool]]:
    return [(index / fps, index % every == 0) for index in range(frames)]


@pytest.mark.parametrize(
    ("frames", "end", "expected"),
    [
        pytest.param([], 0.0, 0.0, id="no-frame"),
        pytest.param(at(25, 250, 3), 10.0, 10.0, id="ordinary"),
        pytest.param(at(25, 250, 12), 10.0, 10.0, id="0.48-s-apart"),
        pytest.param(at(25, 250, 25), 10.0, 5.0, id="half-of-each-second"),
        pytest.param(at(25, 200, 200), 8.0, 0.5, id="once-in-200-frames"),
        pytest.param(at(1, 9, 1), 9.0, 9.0, id="slow-video-every-frame"),
        pytest.param(at(1, 9, 3), 9.0, 3.0, id="slow-video-every-third-frame"),
        pytest.param([(k / 25, k < 5) for k in range(25)], 1.0, 0.16 + 0.5, id="left-out-from-0.2-s"),
        pytest.param([(k / 25, False) for k in range(25)], 1.0, 0.0, id="none-analysed"),
        pytest.param([(0.0, True), (5.0, True)], 5.04, 5.04, id="frame-displayed-for-5-s"),
    ],
)
def test_known_sums(frames: list[tuple[float, bool]], end: float, expected: float) -> None:
    time = AnalysedTime()
    for ts, analysed in frames:
        time.add(ts, analysed)
    assert time.finish(end) == pytest.approx(expected)
