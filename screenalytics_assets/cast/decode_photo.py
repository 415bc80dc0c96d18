"""Decodes the bytes of a photo file, or raises an error that says why this is impossible."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.photo_header import read_header
from screenalytics_resources.errors import UserError

MAX_MEGAPIXELS = 50.0


def decode_photo(content: bytes, name: str) -> NDArray[np.uint8]:
    """Decode a photo to (H, W, 3) BGR, rotated according to its EXIF data. `name` is its name in messages.

    Raises:
        UserError: the file is not a JPEG or PNG, has more than 50 megapixels, is truncated, or cannot be decoded.
    """
    import cv2

    header = read_header(content)
    if header is None:
        raise UserError(f"{name} is not a readable JPEG or PNG file: convert it or choose another photo.")
    megapixels = header.width * header.height / 1e6
    if megapixels > MAX_MEGAPIXELS:
        raise UserError(
            f"{name} has {header.width} x {header.height} px ({megapixels:.0f} megapixels), and the limit is "
            f"{MAX_MEGAPIXELS:g} megapixels: scale it down."
        )
    if not header.complete:
        raise UserError(f"{name} is truncated after {len(content)} bytes: download or copy it again.")
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # raised for sizes that OpenCV refuses, such as zero pixels
        image = None
    if image is None:
        raise UserError(f"{name} is damaged and cannot be decoded: copy it again or choose another photo.")
    return np.asarray(image, np.uint8)
