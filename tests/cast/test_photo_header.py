"""Headers of photo files."""

import cv2
import numpy as np
import pytest

from screenalytics_assets.cast.photo_header import PhotoHeader, read_header

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)


def encoded(suffix: str, *flags: int) -> bytes:
    return bytes(cv2.imencode(suffix, PICTURE, list(flags))[1])


JPEG, PNG = encoded(".jpg"), encoded(".png")
PROGRESSIVE = encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
THUMBNAIL = JPEG[:2] + b"\xff\xe1" + (len(JPEG) + 2).to_bytes(2, "big") + JPEG + JPEG[2:]
"""JPEG file with a complete JPEG thumbnail in a segment, as cameras write it."""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(JPEG, PhotoHeader(60, 40, True), id="jpeg"),
        pytest.param(PROGRESSIVE, PhotoHeader(60, 40, True), id="progressive"),
        pytest.param(PNG, PhotoHeader(60, 40, True), id="png"),
        pytest.param(JPEG + b"trailer", PhotoHeader(60, 40, True), id="jpeg-with-something-after"),
        pytest.param(JPEG[:2] + b"\xff" + JPEG[2:], PhotoHeader(60, 40, True), id="fill-byte"),
        pytest.param(THUMBNAIL, PhotoHeader(60, 40, True), id="thumbnail"),
        pytest.param(THUMBNAIL[:-200], PhotoHeader(60, 40, False), id="truncated-after-a-thumbnail"),
        pytest.param(JPEG[:-2], PhotoHeader(60, 40, False), id="jpeg-without-its-end"),
        pytest.param(JPEG[: len(JPEG) // 2], PhotoHeader(60, 40, False), id="half-a-jpeg"),
        pytest.param(PNG[: len(PNG) // 2], PhotoHeader(60, 40, False), id="half-a-png"),
        pytest.param(JPEG[:100], None, id="jpeg-before-its-size"),
        pytest.param(PNG[:20], None, id="png-before-its-size"),
        pytest.param(encoded(".bmp"), None, id="another-format"),
        pytest.param(b"", None, id="empty"),
        pytest.param(b"\xff\xd8\xff", None, id="three-bytes"),
    ],
)
def test_header(content: bytes, expected: PhotoHeader | None) -> None:
    assert read_header(content) == expected
