"""Clothing descriptors on drawn people: which area, which bins, and how similar."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from screenalytics_assets.contract.clothing_file import CLOTHING_DIM
from screenalytics_assets.tracks.clothing import (
    BINS,
    clothing_descriptor,
    clothing_similarity,
    torso_pixels,
    track_clothing,
)
from tests.tiny_episode import make_track

Colour = tuple[int, int, int]
BOX = np.array([100, 40, 140, 90], np.float32)
"""Face of 40 x 50 px: the torso spans x 80 to 160 and y 95 to 200."""
TORSO = (slice(95, 201), slice(80, 161))
RED: Colour = (30, 30, 200)
BLUE: Colour = (200, 60, 30)
GREY: Colour = (128, 128, 128)
WHITE: Colour = (250, 250, 250)


def person(cloth: Colour, elsewhere: Colour = GREY, height: int = 300) -> NDArray[np.uint8]:
    """Draw a frame (height, 240) whose torso below `BOX` has one colour."""
    image: NDArray[np.uint8] = np.full((height, 240, 3), elsewhere, np.uint8)
    image[TORSO] = cloth
    return image


def described(image: NDArray[np.uint8], box: NDArray[np.float32] = BOX) -> NDArray[np.uint8]:
    found = clothing_descriptor(image, box)
    assert found is not None
    assert (found.shape, found.dtype) == ((CLOTHING_DIM,), np.uint8)
    return found


def affinity(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(clothing_similarity(one[None], other[None])[0, 0])


def test_bins_match_the_stored_length() -> None:
    assert np.prod(BINS) == CLOTHING_DIM


def test_one_colour_fills_one_bin_and_only_the_torso_counts() -> None:
    one, other = described(person(RED, elsewhere=GREY)), described(person(RED, elsewhere=BLUE))
    assert np.flatnonzero(one).size == 1
    assert one.max() == 255
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        pytest.param(RED, RED, 1.0, 1.0, id="same"),
        pytest.param(RED, BLUE, 0.0, 0.0, id="other-colour"),
        pytest.param(GREY, WHITE, 0.0, 0.0, id="other-lightness"),
        pytest.param(GREY, (131, 126, 129), 1.0, 1.0, id="noise-of-grey"),
    ],
)
def test_affinity_of_plain_clothes(first: Colour, second: Colour, low: float, high: float) -> None:
    found = affinity(described(person(first)), described(person(second)))
    assert low - 1e-6 <= found <= high + 1e-6


def test_affinity_of_half_the_colour_is_the_bhattacharyya_coefficient() -> None:
    halves = person(RED)
    halves[:, 120:] = BLUE
    assert affinity(described(halves), described(person(RED))) == pytest.approx(np.sqrt(0.5), abs=0.02)


@pytest.mark.parametrize("scale", [0.5, 1, 4, 9])
def test_size_does_not_matter(scale: float) -> None:
    import cv2

    image = person(RED)
    image[95:148, 80:161] = BLUE
    size = (int(240 * scale), int(300 * scale))
    enlarged = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    found = described(enlarged, BOX * np.float32(scale))
    assert affinity(found, described(image)) > 0.99
    pixels = torso_pixels(enlarged, BOX * np.float32(scale))
    assert pixels is not None
    assert pixels.shape[1] <= 81


@pytest.mark.parametrize(
    ("height", "box", "visible"),
    [
        pytest.param(300, BOX, True, id="inside"),
        pytest.param(123, BOX, True, id="a-bit-more-than-a-quarter"),
        pytest.param(120, BOX, False, id="less-than-a-quarter"),
        pytest.param(95, BOX, False, id="nothing-below"),
        pytest.param(300, BOX + np.float32(300), False, id="outside"),
        pytest.param(300, np.array([-20, 40, 20, 90], np.float32), True, id="half-at-the-left-edge"),
        pytest.param(300, np.array([-60, 40, -20, 90], np.float32), False, id="beyond-the-left-edge"),
        pytest.param(300, np.array([220, 40, 260, 90], np.float32), True, id="half-at-the-right-edge"),
        pytest.param(300, np.array([100, 40, 100.2, 40.2], np.float32), False, id="smaller-than-a-pixel"),
    ],
)
def test_too_little_of_the_torso_gives_none(height: int, box: NDArray[np.float32], visible: bool) -> None:
    assert (clothing_descriptor(np.full((height, 240, 3), 90, np.uint8), box) is not None) == visible


def test_a_frame_as_wide_as_the_torso_is_copied() -> None:
    image: NDArray[np.uint8] = np.zeros((300, 60, 3), np.uint8)
    pixels = torso_pixels(image, np.array([10, 40, 50, 90], np.float32))
    assert pixels is not None
    assert not np.shares_memory(pixels, image)


@given(st.integers(0, 2**32 - 1))
def test_affinity_is_a_symmetric_matrix_in_the_unit_interval(seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 256, (4, CLOTHING_DIM)).astype(np.uint8)
    rows[0] = 0
    found = clothing_similarity(rows, rows)
    assert (found.shape, found.dtype) == ((4, 4), np.float32)
    assert found.min() >= 0 and found.max() <= 1
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(found), [0, 1, 1, 1], atol=1e-6)


def test_affinity_of_different_numbers_of_rows() -> None:
    assert clothing_similarity(np.eye(2, CLOTHING_DIM), np.eye(3, CLOTHING_DIM)).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_a_track_has_the_mean_histogram_of_its_crops() -> None:
    descriptors = np.zeros((5, CLOTHING_DIM), np.uint8)
    for row, bin_ in enumerate([7, 7, 7, 9]):
        descriptors[row, bin_] = 255
    rows_of = {1: (0, 1, 2, 3), 2: (3, None), 3: (None, None), 4: (4,)}
    tracks = [make_track(number, (0, 9), crop_frames=range(len(rows))) for number, rows in rows_of.items()]
    tracks = [
        track.model_copy(
            update={
                "crops": tuple(
                    crop.model_copy(update={"clothing_row": row})
                    for crop, row in zip(track.crops, rows_of[number], strict=True)
                )
            }
        )
        for number, track in enumerate(tracks, start=1)
    ]
    found = track_clothing(tracks, descriptors)
    assert found.vectors.shape == (4, CLOTHING_DIM)
    assert found.known.tolist() == [True, True, False, False], "crops without a row, and erased ones, do not count"
    np.testing.assert_allclose(found.vectors[0, [7, 9]], np.sqrt([0.75, 0.25]), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), [1, 1, 0, 0], atol=1e-6)


def test_no_tracks_have_no_clothing() -> None:
    found = track_clothing([], np.zeros((0, CLOTHING_DIM), np.uint8))
    assert (found.vectors.shape, found.known.shape) == ((0, CLOTHING_DIM), (0,))
