"""From stored to displayed pixels: the shape of a pixel, then a reflection, then quarter turns.

Players apply the sample aspect ratio to the stored picture and the display matrix to the result. The same rule gives
the displayed size and every displayed frame.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

QUARTER_TURN = np.array([[0, 1], [-1, 0]])
"""Counter-clockwise, for coordinates whose y points down."""
REFLECTION = np.array([[-1, 0], [0, 1]])
"""Left and right change places."""
MATRIX_TOLERANCE = 1e-4
"""Largest deviation of a matrix entry from a quarter turn. 0.01 degrees is 1.7e-4; fixed point rounds by 1.5e-5."""
SQUARE_TOLERANCE = 0.005
"""Pixels count as square up to this relative deviation. Rounded ratios such as 1280:1281 are not worth scaling."""
WIDEST_PIXEL = 8
"""Sample aspect ratios beyond 8:1 and 1:8 are damage. The widest in use is below 4:1."""


@dataclass(frozen=True)
class Geometry:
    """How a stored picture becomes the displayed one.

    Scaled to `square` (width, height) in pixels, then mirrored left to right, then turned counter-clockwise. `notes`
    has one sentence for each correction of what the file states.
    """

    square: tuple[int, int]
    mirrored: bool = False
    quarter_turns: int = 0
    notes: tuple[str, ...] = ()

    @property
    def displayed(self) -> tuple[int, int]:
        """Width and height of the displayed picture."""
        width, height = self.square
        return (height, width) if self.quarter_turns % 2 else (width, height)

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Mirror and turn a picture of size `square`. Without either it is returned as it is."""
        if not self.mirrored and not self.quarter_turns:
            return image
        return np.ascontiguousarray(np.rot90(image[:, ::-1] if self.mirrored else image, self.quarter_turns))


def geometry(width: int, height: int, sample_aspect_ratio: Fraction | None, matrix: bytes | None) -> Geometry:
    """Return the geometry of a picture of `width` x `height` stored px with these pixels and this display matrix."""
    square, pixel_notes = square_size(width, height, sample_aspect_ratio)
    mirrored, turns, matrix_notes = orientation(matrix)
    return Geometry(square, mirrored, turns, (*pixel_notes, *matrix_notes))


def square_size(width: int, height: int, ratio: Fraction | None) -> tuple[tuple[int, int], tuple[str, ...]]:
    """Return the size in square pixels, and a note if `ratio`, the width of a pixel over its height, is ignored.

    The axis that is too short is scaled up, so that no detail is lost.
    """
    if not ratio:
        return (width, height), ()
    if not Fraction(1, WIDEST_PIXEL) <= ratio <= WIDEST_PIXEL:
        return (width, height), (f"The sample aspect ratio {_text(ratio)} is implausible and was ignored.",)
    if abs(ratio - 1) <= SQUARE_TOLERANCE:
        return (width, height), ()
    if ratio > 1:
        return (round(width * ratio), height), ()
    return (width, round(height / ratio)), ()


def orientation(matrix: bytes | None) -> tuple[bool, int, tuple[str, ...]]:
    """Return whether a display matrix mirrors, its counter-clockwise quarter turns, and a note if it is neither.

    `matrix` is FFmpeg's side data: nine little-endian int32, (a b u, c d v, x y w), with a to d in 16.16 fixed point.
    It maps (x, y) to (ax + cy, bx + dy), y pointing down.
    """
    if matrix is None or len(matrix) != 36:
        return False, 0, ()
    a, b, _, c, d = np.frombuffer(matrix, "<i4")[:5].astype(float) / 65536
    linear = np.array([[a, c], [b, d]])
    if not linear.any():
        return False, 0, ("The display matrix is all zero and was ignored.",)
    lengths = np.hypot(*linear)
    unit = linear / np.where(lengths > 0, lengths, 1)
    candidates = [(mirrored, turns) for mirrored in (False, True) for turns in range(4)]
    mirrored, turns = max(candidates, key=lambda candidate: float((_matrix(*candidate) * unit).sum()))
    if np.abs(unit - _matrix(mirrored, turns)).max() <= MATRIX_TOLERANCE:
        return mirrored, turns, ()
    degrees = -math.degrees(math.atan2(b, a))
    shown = f"{90 * turns} degrees{' and a reflection' if mirrored else ''}"
    return mirrored, turns, (f"The display matrix turns by {degrees:.2f} degrees; it was rounded to {shown}.",)


def _matrix(mirrored: bool, turns: int) -> NDArray[np.int_]:
    turned = np.linalg.matrix_power(QUARTER_TURN, turns)
    return turned @ REFLECTION if mirrored else turned


def _text(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"
