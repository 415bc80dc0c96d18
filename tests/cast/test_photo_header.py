"""Headers of photo files."""

import cv2
import numpy as np
import pytest

from screenalytics_assets.cast.photo_header import PhotoSize, photo_suffix, read_size

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)


def encoded(suffix: str, *flags: int) -> bytes:
    return bytes(cv2.imencode(suffix, PICTURE, list(flags))[1])


JPEG, PNG = encoded(".jpg"), encoded(".png")
PROGRESSIVE = encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
THUMBNAIL = JPEG[:2] + b"\xff\xe1" + (len(JPEG) + 2).to_bytes(2, "big") + JPEG + JPEG[2:]
"""JPEG file with a complete JPEG thumbnail in a segment, as cameras write it."""
TABLES = JPEG.find(b"\xff\xdb")
SIZE = PhotoSize(60, 40)


def with_stray(stray: bytes) -> bytes:
    """Return the JPEG file with these bytes between two segments."""
    return JPEG[:TABLES] + stray + JPEG[TABLES:]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(JPEG, SIZE, id="jpeg"),
        pytest.param(PROGRESSIVE, SIZE, id="progressive"),
        pytest.param(PNG, SIZE, id="png"),
        pytest.param(JPEG + b"trailer", SIZE, id="jpeg-with-something-after"),
        pytest.param(PNG + bytes(64), SIZE, id="png-with-something-after"),
        pytest.param(JPEG[:2] + b"\xff" + JPEG[2:], SIZE, id="fill-byte"),
        pytest.param(with_stray(bytes(4)), SIZE, id="stray-zeros"),
        pytest.param(with_stray(b"stray \xff\x00 \xff\xd0 \xff\x01"), SIZE, id="stray-markers-without-a-length"),
        pytest.param(THUMBNAIL, SIZE, id="thumbnail"),
        pytest.param(JPEG[: len(JPEG) // 2], SIZE, id="half-a-jpeg"),
        pytest.param(PNG[: len(PNG) // 2], SIZE, id="half-a-png"),
        pytest.param(JPEG[:100], None, id="jpeg-before-its-size"),
        pytest.param(PNG[:20], None, id="png-before-its-size"),
        pytest.param(encoded(".bmp"), None, id="another-format"),
        pytest.param(b"", None, id="empty"),
        pytest.param(b"\xff\xd8\xff", None, id="three-bytes"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 100, None, id="segments-without-a-length"),
    ],
)
def test_size(content: bytes, expected: PhotoSize | None) -> None:
    assert read_size(content) == expected


@pytest.mark.parametrize(("content", "suffix"), [(JPEG, ".jpg"), (THUMBNAIL, ".jpg"), (PNG, ".png")])
def test_suffix(content: bytes, suffix: str) -> None:
    assert photo_suffix(content) == suffix
