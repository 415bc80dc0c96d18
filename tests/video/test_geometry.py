"""Display matrix and pixel shape: known orientations and sizes, in the numbers and in the frames of real files."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from screenalytics_resources.video.geometry import geometry, orientation, square_size
from tests.video.films import corners_of, first_image, quadrants, write_film

ONE = 0x10000
HUNDREDTH = 11
"""Sine of 0.01 degrees in 16.16 fixed point."""


def matrix(a: int, b: int, c: int, d: int) -> list[int]:
    return [a, b, 0, c, d, 0, 0, 0, 0x40000000]


# Name, matrix, corners of the displayed picture (0 is the stored top left, 1 the top right), whether width and height
# change places, and whether the probe has a note.
MATRICES = [
    pytest.param(matrix(ONE, 0, 0, ONE), [0, 1, 2, 3], False, False, id="identity"),
    pytest.param(matrix(0, ONE, -ONE, 0), [2, 0, 3, 1], True, False, id="quarter-turn-clockwise"),
    pytest.param(matrix(-ONE, 0, 0, -ONE), [3, 2, 1, 0], False, False, id="half-turn"),
    pytest.param(matrix(0, -ONE, ONE, 0), [1, 3, 0, 2], True, False, id="quarter-turn-counter-clockwise"),
    pytest.param(matrix(-ONE, 0, 0, ONE), [1, 0, 3, 2], False, False, id="mirrored-front-camera"),
    pytest.param(matrix(ONE, 0, 0, -ONE), [2, 3, 0, 1], False, False, id="flipped"),
    pytest.param(matrix(0, ONE, ONE, 0), [0, 2, 1, 3], True, False, id="transposed"),
    pytest.param(matrix(0, -ONE, -ONE, 0), [3, 1, 2, 0], True, False, id="transposed-over-the-other-diagonal"),
    pytest.param(matrix(0, 0, 0, 0), [0, 1, 2, 3], False, True, id="all-zero"),
    pytest.param(matrix(HUNDREDTH, ONE, -ONE, HUNDREDTH), [2, 0, 3, 1], True, True, id="89.99-degrees"),
    pytest.param(matrix(ONE - 960, 11240, -11240, ONE - 960), [0, 1, 2, 3], False, True, id="ten-degrees"),
]


@pytest.mark.parametrize(("values", "corners", "upended", "noted"), MATRICES)
def test_display_matrices_as_a_player_applies_them(
    tmp_path: Path, values: list[int], corners: list[int], upended: bool, noted: bool
) -> None:
    path = write_film(tmp_path / "film.mp4", [quadrants()] * 3, matrix=values)
    image, facts = first_image(path)
    assert (facts.width, facts.height) == ((64, 96) if upended else (96, 64))
    assert image.shape[:2] == (facts.height, facts.width)
    assert corners_of(image) == corners
    assert bool(facts.notes) is noted


def test_a_scaled_matrix_keeps_its_orientation() -> None:
    content = np.array(matrix(0, 2 * ONE, -2 * ONE, 0), "<i4").tobytes()
    assert orientation(content) == (False, 3, ())


@pytest.mark.parametrize(
    ("content", "note"),
    [
        pytest.param(None, "", id="no-matrix"),
        pytest.param(b"\0" * 35, "", id="truncated"),
        pytest.param(b"\0" * 36, "The display matrix is all zero and was ignored.", id="all-zero"),
        pytest.param(
            np.array(matrix(HUNDREDTH, ONE, -ONE, HUNDREDTH), "<i4").tobytes(),
            "The display matrix turns by -89.99 degrees; it was rounded to 270 degrees.",
            id="nearly-a-quarter",
        ),
    ],
)
def test_notes_of_odd_matrices(content: bytes | None, note: str) -> None:
    assert " ".join(orientation(content)[2]) == note


@pytest.mark.parametrize(
    ("stored", "ratio", "square", "noted"),
    [
        pytest.param((720, 576), None, (720, 576), False, id="unknown"),
        pytest.param((720, 576), Fraction(0), (720, 576), False, id="zero"),
        pytest.param((720, 576), Fraction(1), (720, 576), False, id="square"),
        pytest.param((720, 576), Fraction(64, 45), (1024, 576), False, id="pal-wide"),
        pytest.param((720, 576), Fraction(16, 15), (768, 576), False, id="pal"),
        pytest.param((720, 480), Fraction(8, 9), (720, 540), False, id="ntsc"),
        pytest.param((1440, 1080), Fraction(4, 3), (1920, 1080), False, id="hdv"),
        pytest.param((320, 480), Fraction(2), (640, 480), False, id="half-width"),
        pytest.param((640, 240), Fraction(1, 2), (640, 480), False, id="half-height"),
        pytest.param((1280, 720), Fraction(1280, 1281), (1280, 720), False, id="rounding"),
        pytest.param((1280, 720), Fraction(1000), (1280, 720), True, id="implausible"),
        pytest.param((1280, 720), Fraction(-2), (1280, 720), True, id="negative"),
    ],
)
def test_sizes_in_square_pixels(
    stored: tuple[int, int], ratio: Fraction | None, square: tuple[int, int], noted: bool
) -> None:
    size, notes = square_size(*stored, ratio)
    assert size == square
    assert bool(notes) is noted


def test_pixel_shape_comes_before_the_turn() -> None:
    content = np.array(matrix(0, ONE, -ONE, 0), "<i4").tobytes()
    assert geometry(720, 576, Fraction(64, 45), content).displayed == (576, 1024)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi"])
@pytest.mark.parametrize(
    ("stored", "ratio"),
    [
        pytest.param((48, 64), Fraction(2), id="2:1"),
        pytest.param((96, 32), Fraction(1, 2), id="1:2"),
        pytest.param((90, 80), Fraction(64, 45), id="64:45"),
    ],
)
def test_frames_have_square_pixels(tmp_path: Path, name: str, stored: tuple[int, int], ratio: Fraction) -> None:
    path = write_film(tmp_path / name, [quadrants(*stored)] * 3, sar=ratio)
    image, facts = first_image(path)
    assert (facts.width, facts.height) == square_size(*stored, ratio)[0]
    assert (facts.stored_width, facts.stored_height, facts.sample_aspect_ratio) == (*stored, ratio)
    assert image.shape[:2] == (facts.height, facts.width)
    assert corners_of(image) == [0, 1, 2, 3]
