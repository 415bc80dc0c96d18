"""Choice of frames by time: measured rates, and the frames chosen at constant and at variable rates."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from screenalytics_assets.tracks.frame_choice import analysis_stride, true_fps
from screenalytics_resources.video.frame_chooser import FrameChooser
from screenalytics_resources.video.frames import effective_stride

NTSC_FILM, NTSC, NTSC_DOUBLE = 24000 / 1001, 30000 / 1001, 60000 / 1001
ORDINARY = [NTSC_FILM, 24.0, 25.0, NTSC, 30.0, 48.0, 50.0, NTSC_DOUBLE, 60.0, 100.0, 120.0, 144.0, 240.0]
STRIDES = [1, 2, 3, 4, 6, 10, 25, 250]
CAPS = [None, 5.0, 8.0, 15.0, 30.0]


def constant(fps: float, frames: int = 300) -> list[float]:
    return [index / fps for index in range(frames)]


def chosen(timestamps: Sequence[float], stated: float, stride: int = 3, cap: float | None = 15.0) -> list[int]:
    """Return the indices of the chosen frames of a video."""
    fps = true_fps(stated, timestamps)
    chooser = FrameChooser(analysis_stride(stride, fps, cap), fps)
    return [index for index, ts in enumerate(timestamps) if chooser.chooses(ts)]


@pytest.mark.parametrize(("fps", "stride", "cap"), list(product(ORDINARY, STRIDES, CAPS)))
def test_constant_rate_is_sampled_by_count(fps: float, stride: int, cap: float | None) -> None:
    expected = list(range(0, 300, effective_stride(stride, fps, cap)))
    exact = constant(fps)
    assert chosen(exact, fps, stride, cap) == expected
    assert chosen([round(ts, 3) for ts in exact], fps, stride, cap) == expected, "timestamps in whole milliseconds"
    assert chosen([round(ts * 90000) / 90000 for ts in exact], fps, stride, cap) == expected, "90 kHz clock"


@pytest.mark.parametrize(
    ("fps", "stated"),
    [
        pytest.param(25.0, 60000.0, id="raw-dv"),
        pytest.param(25.0, 1000.0, id="default-duration-of-a-millisecond"),
        pytest.param(25.0, 50.0, id="fields-stated-as-frames"),
        pytest.param(30.0, 1.0, id="stated-too-low"),
        pytest.param(NTSC, 90000.0, id="clock-stated-as-rate"),
    ],
)
def test_wrong_stated_rate_changes_nothing(fps: float, stated: float) -> None:
    assert chosen(constant(fps), stated) == chosen(constant(fps), fps)


@pytest.mark.parametrize(
    ("fps", "stride", "cap", "every"),
    [
        pytest.param(0.2, 3, 15.0, 1, id="slides"),
        pytest.param(1.0, 3, 15.0, 1, id="one-per-second"),
        pytest.param(5.0, 3, 15.0, 1, id="surveillance"),
        pytest.param(10.0, 3, 15.0, 1, id="webcam"),
        pytest.param(12.0, 3, 15.0, 2, id="animation"),
        pytest.param(15.0, 3, 15.0, 2, id="old-webcam"),
        pytest.param(20.0, 3, 15.0, 2, id="nearly-film"),
        pytest.param(10.0, 6, 8.0, 2, id="cap-applies-to-slow-video"),
        pytest.param(1.0, 25, 15.0, 1, id="large-stride"),
    ],
)
def test_slow_video_is_analysed_as_densely_as_film(fps: float, stride: int, cap: float, every: int) -> None:
    assert chosen(constant(fps), fps, stride, cap) == list(range(0, 300, every))


@pytest.mark.parametrize(
    ("timestamps", "expected"),
    [
        pytest.param([], [], id="no-frame"),
        pytest.param([0.0], [0], id="one-frame"),
        pytest.param([0.0, 0.04], [0], id="two-frames"),
        # The gap is longer than the interval of 0.12 s, so the frame after it is chosen.
        pytest.param([0.0, 0.04, 0.08, 1.0, 1.04, 1.08, 1.12], [0, 3, 6], id="gap"),
        pytest.param([k / 25 for k in range(6)] + [1 + k for k in range(4)], [0, 3, 6, 7, 8, 9], id="slows-down"),
        pytest.param([0.0, 0.04, 0.04, 0.04, 0.08, 0.12, 0.16], [0, 5], id="duplicates-do-not-count"),
    ],
)
def test_variable_rate(timestamps: list[float], expected: list[int]) -> None:
    chooser = FrameChooser(3, 25.0)
    assert [index for index, ts in enumerate(timestamps) if chooser.chooses(ts)] == expected


@pytest.mark.parametrize(
    ("stated", "timestamps", "expected"),
    [
        pytest.param(25.0, [], 25.0, id="no-timestamps"),
        pytest.param(25.0, [0.0, 0.1], 25.0, id="one-step-is-too-few"),
        pytest.param(25.0, [3.0] * 9, 25.0, id="all-the-same"),
        pytest.param(NTSC, [round(k / NTSC, 3) for k in range(100)], NTSC, id="stated-rate-is-more-exact"),
        pytest.param(60000.0, constant(25.0), 25.0, id="absurd"),
        pytest.param(19.0, [k / 30 for k in range(300) if k % 3], 30.0, id="average-of-a-recording-with-gaps"),
        pytest.param(1000.0, [0.0, 0.08, 0.04, 0.16, 0.12, 0.2], 25.0, id="order-of-decoding"),
        pytest.param(NTSC, np.cumsum([0.0] + [1 / NTSC, 1.5 / NTSC] * 50).tolist(), NTSC_FILM, id="soft-pulldown"),
    ],
)
def test_true_fps(stated: float, timestamps: list[float], expected: float) -> None:
    assert true_fps(stated, timestamps) == pytest.approx(expected, rel=1e-6)
