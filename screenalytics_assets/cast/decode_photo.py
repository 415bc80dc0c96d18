"""A photo file's bytes become a picture, or one sentence that says why not."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.photo_header import read_header
from screenalytics_resources.errors import UserError

MOST_MEGAPIXELS = 50.0


def decode_photo(content: bytes, name: str) -> NDArray[np.uint8]:
    """The photo (H, W, 3) BGR, turned as its EXIF data says; `name` is what messages call it.

    Raises:
        UserError: it is no JPEG or PNG, has more than 50 megapixels, was cut off, or cannot be decoded.
    """
    import cv2

    header = read_header(content)
    if header is None:
        raise UserError(f"{name} is no JPEG or PNG file that can be read: convert it or choose another photo.")
    megapixels = header.width * header.height / 1e6
    if megapixels > MOST_MEGAPIXELS:
        raise UserError(
            f"{name} has {header.width} x {header.height} px, {megapixels:.0f} megapixels, and {MOST_MEGAPIXELS:g} is "
            "the most: scale it down."
        )
    if not header.whole:
        raise UserError(f"{name} ends early after {len(content)} bytes, the rest is missing: fetch it again.")
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # a header that promises what no decoder takes, such as no pixels
        image = None
    if image is None:
        raise UserError(f"{name} is damaged and cannot be decoded: fetch it again or choose another photo.")
    return np.asarray(image, np.uint8)
