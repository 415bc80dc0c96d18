"""Flashes on drawn pictures: the shots are those without flashes, and real cuts next to a flash remain."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.tracks.cuts import CutDetector
from screenalytics_assets.tracks.flashes import without_flashes
from screenalytics_assets.tracks.shots import ShotList, place_frames
from screenalytics_resources.video.frames import Frame
from tests.tracks.test_shots import texture

Picture = NDArray[np.uint8]
Effect = Callable[[Picture], Picture]
FPS = 25.0
A, B, C = (texture(seed) for seed in (1, 2, 3))
DIM_A = (A // 3).astype(np.uint8)
WIDE = texture(4, width=400)
WHITE = np.full_like(A, 255)
BLACK = np.zeros_like(A)


def glare(picture: Picture, levels: int = 90) -> Picture:
    return np.clip(picture.astype(int) + levels, 0, 255).astype(np.uint8)


def pan(frames: int, speed: int = 1) -> list[Picture]:
    return [np.ascontiguousarray(WIDE[:, k * speed : k * speed + 160]) for k in range(frames)]


def flashed(pictures: list[Picture], at: Mapping[int, Effect]) -> list[Picture]:
    return [at[k](picture) if k in at else picture for k, picture in enumerate(pictures)]


def every(
    step: int, length: int, effect: Callable[[Picture], Picture], first: int = 0
) -> dict[int, Callable[..., Picture]]:
    return {k: effect for k in range(first, 200) if (k - first) % step < length}


def white(picture: Picture) -> Picture:
    return np.full_like(picture, 255)


def black(picture: Picture) -> Picture:
    return np.zeros_like(picture)


def read(pictures: list[Picture], fps: float = FPS) -> list[Frame]:
    frames = (Frame(k, k / fps, picture, picture) for k, picture in enumerate(pictures))
    return list(without_flashes(frames, fps))


def starts(pictures: list[Picture], fps: float = FPS) -> list[int]:
    shots = ShotList()
    for placed in place_frames(read(pictures, fps), CutDetector(3.0, 27.0)):
        shots.add(placed)
    return [shot.first_frame for shot in shots.shots()]


CUTS = [A] * 40 + [B] * 40 + [C] * 40


@pytest.mark.parametrize(
    ("pictures", "left_out", "expected"),
    [
        pytest.param(CUTS, [], [0, 40, 80], id="no-flash"),
        pytest.param(flashed(CUTS, {20: white}), [20], [0, 40, 80], id="one-white-frame"),
        pytest.param(flashed(CUTS, {20: black}), [20], [0, 40, 80], id="one-black-frame"),
        pytest.param(
            flashed(CUTS, {20: lambda _: C, 21: lambda _: C}), [20, 21], [0, 40, 80], id="two-frames-of-another"
        ),
        pytest.param(
            flashed(CUTS, dict.fromkeys(range(20, 24), glare)), [20, 21, 22, 23], [0, 40, 80], id="four-frames"
        ),
        pytest.param(flashed(CUTS, {0: white}), [0], [0, 40, 80], id="at-the-beginning"),
        pytest.param(flashed(CUTS, {0: glare, 1: glare}), [0, 1], [0, 40, 80], id="two-frames-at-the-beginning"),
        pytest.param(flashed(CUTS, {119: white}), [119], [0, 40, 80], id="at-the-end"),
        pytest.param(
            flashed(CUTS, {20: white, 21: lambda p: glare(p, 60), 22: lambda p: glare(p, 30)}),
            [20, 21, 22],
            [0, 40, 80],
            id="afterglow",
        ),
        pytest.param(flashed(CUTS, every(12, 1, white)), list(range(0, 120, 12)), [0, 40, 80], id="strobe"),
        pytest.param(
            flashed(CUTS, every(15, 2, glare)),
            [k for k in range(120) if k % 15 < 2],
            [0, 40, 80],
            id="strobe-that-shows-the-picture",
        ),
        pytest.param(flashed(pan(80), every(12, 1, white, 6)), list(range(6, 80, 12)), [0], id="strobe-in-a-pan"),
        # Real cuts.
        pytest.param(flashed(CUTS, {39: white}), [], [0, 40, 80], id="flash-then-cut"),
        pytest.param(flashed(CUTS, {38: white}), [38], [0, 40, 80], id="flash-one-frame-before-a-cut"),
        pytest.param(flashed(CUTS, {37: white}), [37], [0, 40, 80], id="flash-two-frames-before-a-cut"),
        pytest.param(flashed(CUTS, {41: white}), [41], [0, 40, 80], id="flash-one-frame-after-a-cut"),
        pytest.param(flashed(CUTS, {42: white}), [42], [0, 40, 80], id="flash-two-frames-after-a-cut"),
        pytest.param([A] * 20 + [B] * 3 + [A] * 20, [], [0, 20, 23], id="shot-of-three-frames-is-no-flash"),
        pytest.param([DIM_A] * 20 + [A] * 5 + [DIM_A] * 20, [], [0], id="five-bright-frames-are-no-flash"),
        pytest.param([DIM_A] * 20 + [B] * 5 + [DIM_A] * 20, [], [0, 20, 25], id="five-bright-frames-of-another-shot"),
        pytest.param([DIM_A] * 20 + [A] * 20, [], [0], id="light-switched-on"),
        pytest.param([A] * 20 + [BLACK] * 20, [], [0, 20], id="cut-to-black"),
    ],
)
def test_shots_with_flashes(pictures: list[Picture], left_out: list[int], expected: list[int]) -> None:
    assert [frame.index for frame in read(pictures) if frame.image is None] == left_out
    assert [frame.index for frame in read(pictures) if frame.in_flash] == left_out
    assert starts(pictures) == expected


@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 30])
def test_no_frame_is_lost(count: int) -> None:
    frames = read(flashed([A] * count, every(12, 1, white)))
    assert [(frame.index, frame.ts) for frame in frames] == [(k, k / FPS) for k in range(count)]


@pytest.mark.parametrize(("fps", "longest"), [(1.0, 2), (25.0, 4), (60.0, 10)])
def test_the_longest_flash_depends_on_the_rate(fps: float, longest: int) -> None:
    for length in (longest, longest + 1):
        pictures = [DIM_A] * 40 + [A] * length + [DIM_A] * 40
        left_out = sum(frame.image is None for frame in read(pictures, fps))
        assert left_out == (longest if length == longest else 0)


def test_a_film_of_white_frames_alone_is_analysed() -> None:
    assert all(frame.image is not None for frame in read([WHITE] * 30))
