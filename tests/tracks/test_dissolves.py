"""Dissolves between shots of real photographs, and camera moves, cuts and changes of light that are none."""

import cv2
import numpy as np
import pytest

from screenalytics_assets.tracks.dissolves import Dissolve, DissolveDetector
from screenalytics_resources.video.frames import Frame
from tests.tracks.photo_shots import Picture, View, dissolve, shot

LEFT, MIDDLE, RIGHT = ((0.3, x, 0.4) for x in (0.0, 0.35, 0.95))
"""Views of the party: its people on the left, in the middle and on the right."""
SHOTS: dict[str, tuple[str, View, View]] = {
    "left": ("party", LEFT, LEFT),
    "right": ("party", RIGHT, RIGHT),
    "middle-pan": ("party", MIDDLE, (0.3, 0.45, 0.4)),
    "woman": ("astronaut", (0.5, 0.4, 0.1), (0.5, 0.4, 0.1)),
    "woman-zoom": ("astronaut", (0.5, 0.4, 0.1), (0.6, 0.4, 0.1)),
    "rocket": ("rocket", (0.9, 0.5, 0.5), (0.9, 0.5, 0.5)),
    "coffee": ("coffee", (0.9, 0.5, 0.5), (0.8, 0.5, 0.5)),
}
PAIRS = [("left", "right"), ("left", "woman"), ("middle-pan", "woman-zoom"), ("woman", "right"), ("coffee", "rocket")]
MOVING = {"middle-pan", "woman-zoom"}
LENGTHS_S = [0.6, 0.8, 1.0, 1.4, 2.0]


def of(name: str, frames: int) -> list[Picture]:
    photograph, start, end = SHOTS[name]
    return shot(photograph, frames, start, end)


def found(pictures: list[Picture], fps: float = 25.0) -> list[Dissolve]:
    detector = DissolveDetector(fps)
    reports = [detector.feed(Frame(k, k / fps, picture, None)) for k, picture in enumerate(pictures)]
    return [dissolve for dissolve in [*reports, detector.restart()] if dissolve is not None]


@pytest.mark.parametrize("length_s", LENGTHS_S)
@pytest.mark.parametrize(("before", "after"), PAIRS)
@pytest.mark.parametrize("fps", [12.5, 25.0, 60.0])
def test_a_dissolve_is_cut_in_its_middle(before: str, after: str, length_s: float, fps: float) -> None:
    length, solo = round(length_s * fps), round(1.2 * fps)
    pictures = dissolve(of(before, solo + length), of(after, solo + length), length)
    (one,) = found(pictures, fps)
    assert abs(one.cut - (solo + (length - 1) / 2)) <= 0.3 * fps
    # Where both cameras move, the beginning of a dissolve does not stand out from the motion.
    faint = (0.3 if before in MOVING and after in MOVING else 0.15) * length
    assert one.first <= solo + faint
    assert one.last >= solo + length - faint - 1
    assert one.last - one.first <= length + 0.4 * fps, "more is left out than the dissolve"


def test_two_dissolves_in_one_shot() -> None:
    first = dissolve(of("left", 55), of("woman", 75), 25)
    pictures = dissolve(first, of("coffee", 55), 25)
    assert [abs(one.cut - middle) <= 4 for one, middle in zip(found(pictures), [42, 92], strict=True)] == [True, True]


def test_a_fade_to_black_and_back_is_cut_twice() -> None:
    black = [np.zeros((90, 160, 3), np.uint8)] * 60
    pictures = dissolve(dissolve(of("left", 55), black, 20), of("right", 55), 20)
    fade_out, fade_in = found(pictures)
    assert fade_out.first <= 45 <= fade_out.last < fade_in.first <= 85 <= fade_in.last


MOVES: dict[str, tuple[str, View, View]] = {
    "slow-pan": ("party", (0.5, 0.2, 0.4), (0.5, 0.5, 0.4)),
    "pan": ("party", (0.4, 0.0, 0.4), (0.4, 1.0, 0.4)),
    "pan-of-a-close-up": ("party", LEFT, RIGHT),
    "tilt": ("astronaut", (0.5, 0.4, 0.0), (0.5, 0.4, 1.0)),
    "zoom-out": ("party", (0.3, 0.5, 0.4), (1.0, 0.5, 0.4)),
    "zoom-in": ("astronaut", (1.0, 0.4, 0.1), (0.4, 0.4, 0.1)),
    "diagonal": ("rocket", (0.5, 0.0, 0.0), (0.6, 1.0, 1.0)),
    "table": ("coffee", (0.4, 0.0, 1.0), (0.6, 1.0, 0.0)),
}


@pytest.mark.parametrize("frames", [12, 20, 30, 50, 100, 200])
@pytest.mark.parametrize("move", MOVES)
def test_a_camera_move_is_no_dissolve(move: str, frames: int) -> None:
    photograph, start, end = MOVES[move]
    hold = 20
    pictures = [
        *shot(photograph, hold, start),
        *shot(photograph, frames, start, end),
        *shot(photograph, hold, end),
    ]
    assert found(pictures) == []


def lit(pictures: list[Picture], first: float, last: float) -> list[Picture]:
    factors = np.linspace(first, last, len(pictures))
    return [cv2.convertScaleAbs(p, alpha=float(f)).astype(np.uint8) for p, f in zip(pictures, factors, strict=True)]


LEFT_40, RIGHT_40 = of("left", 40), of("right", 40)


@pytest.mark.parametrize(
    "pictures",
    [
        pytest.param([], id="no-frame"),
        pytest.param(LEFT_40[:1], id="one-frame"),
        pytest.param(LEFT_40, id="still"),
        pytest.param([*LEFT_40, *RIGHT_40], id="hard-cut"),
        pytest.param(dissolve(LEFT_40, RIGHT_40, 1), id="cut-with-a-blended-frame"),
        pytest.param(lit(LEFT_40, 0.3, 1.0), id="light-goes-on"),
        pytest.param(lit(RIGHT_40, 1.2, 0.4), id="light-goes-down"),
    ],
)
def test_other_changes_are_no_dissolves(pictures: list[Picture]) -> None:
    assert found(pictures) == []


def test_no_dissolve_crosses_a_restart() -> None:
    pictures = dissolve(of("left", 50), of("right", 50), 20)
    detector = DissolveDetector(25.0)
    for index, picture in enumerate(pictures):
        if index == 40:
            assert detector.restart() is None
        assert detector.feed(Frame(index, index / 25, picture, None)) is None
    assert detector.restart() is None
