"""Letterbox: scales and pads an image to a size that a detector's network accepts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELL = 32
"""The sides of the network's input, in pixels, are multiples of this, the coarsest stride of both detector families."""


@dataclass(frozen=True)
class Letterbox:
    """Size of a scaled image and of the padded input it is placed in, in pixels.

    The image is at the top left. The padding to the right and below is black.
    """

    width: int
    height: int
    padded_width: int
    padded_height: int


def fit(width: int, height: int, input_size: int) -> Letterbox:
    """Fit an image of `width` x `height` pixels into `input_size` pixels. It is never scaled up.

    >>> fit(1280, 720, 640)
    Letterbox(width=640, height=360, padded_width=640, padded_height=384)
    """
    scale = min(1.0, input_size / max(width, height))
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    return Letterbox(new_width, new_height, _round_up(new_width), _round_up(new_height))


def letterbox(image: NDArray[np.uint8], input_size: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Scale and pad `image` for a network.

    Args:
        image: shape (height, width, 3), not empty.
        input_size: longest side of the result in pixels, a multiple of 32.

    Returns:
        The padded image, shape (padded_height, padded_width, 3), and the scale, shape (2,). Divide x and y in
        the padded image by the scale to get x and y in `image`.
    """
    import cv2

    height, width = image.shape[:2]
    box = fit(width, height, input_size)
    padded = np.zeros((box.padded_height, box.padded_width, 3), np.uint8)
    if (box.width, box.height) == (width, height):
        padded[:height, :width] = image
    else:
        padded[: box.height, : box.width] = cv2.resize(image, (box.width, box.height))
    return padded, np.array([box.width / width, box.height / height], np.float32)


def _round_up(side: int) -> int:
    return -(-side // CELL) * CELL
