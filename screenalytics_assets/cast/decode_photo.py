"""Decodes the bytes of a photo file, or raises an error that says why this is impossible."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.photo_header import read_size
from screenalytics_resources.errors import UserError

MAX_MEGAPIXELS = 50.0
MAX_BYTES = 200_000_000
"""Largest photo file that is read. A picture of 50 megapixels has 150 MB without compression."""


def decode_photo(content: bytes, name: str) -> NDArray[np.uint8]:
    """Decode a photo to (H, W, 3) BGR, rotated according to its EXIF data. `name` is its name in messages.

    The decoder decides what is readable: it accepts bytes after the end and stray bytes between segments, and it
    refuses truncated files.

    Raises:
        UserError: the file is not a JPEG or PNG, has more than 50 megapixels, or is truncated or damaged.
    """
    import cv2

    size = read_size(content)
    if size is None:
        raise UserError(f"{name} is not a readable JPEG or PNG file: convert it or choose another photo.")
    megapixels = size.width * size.height / 1e6
    if megapixels > MAX_MEGAPIXELS:
        raise UserError(
            f"{name} has {size.width} x {size.height} px ({megapixels:.0f} megapixels), and the limit is "
            f"{MAX_MEGAPIXELS:g} megapixels: scale it down."
        )
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # raised for sizes that OpenCV refuses, such as zero pixels
        image = None
    if image is None:
        raise UserError(f"{name} is truncated or damaged: copy it again or choose another photo.")
    return np.asarray(image, np.uint8)
