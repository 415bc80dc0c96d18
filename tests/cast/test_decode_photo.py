"""Photo files that can and cannot be decoded."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from screenalytics_assets.cast.decode_photo import decode_photo
from screenalytics_resources.errors import UserError

PICTURE = np.zeros((40, 60, 3), np.uint8)
PICTURE[:20, :30] = (0, 0, 255)
"""Red at its upper left."""


def encoded(suffix: str, picture: np.ndarray = PICTURE) -> bytes:
    return bytes(cv2.imencode(suffix, picture)[1])


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Return `jpeg` with an EXIF segment that contains only the orientation (tag 0x0112)."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG file whose header states another size."""
    content = encoded(".png")
    header = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


@pytest.mark.parametrize("suffix", [pytest.param(".jpg", id="jpeg"), pytest.param(".png", id="png")])
def test_decodes(suffix: str) -> None:
    image = decode_photo(encoded(suffix), "ann")
    assert (image.shape, image.dtype) == ((40, 60, 3), np.uint8)
    np.testing.assert_allclose(image[5, 5], (0, 0, 255), atol=4)


@pytest.mark.parametrize(
    "picture",
    [pytest.param(PICTURE[..., 2], id="grey"), pytest.param(np.dstack([PICTURE, PICTURE[..., 0]]), id="alpha")],
)
def test_other_channels_become_three(picture: np.ndarray) -> None:
    assert decode_photo(encoded(".png", picture), "ann").shape == (40, 60, 3)


@pytest.mark.parametrize(
    ("orientation", "shape", "red"),
    [
        pytest.param(1, (40, 60), (5, 5), id="upright"),
        pytest.param(3, (40, 60), (35, 55), id="upside-down"),
        pytest.param(6, (60, 40), (5, 35), id="turned-right"),
        pytest.param(8, (60, 40), (55, 5), id="turned-left"),
    ],
)
def test_exif_orientation(orientation: int, shape: tuple[int, int], red: tuple[int, int]) -> None:
    image = decode_photo(with_orientation(encoded(".jpg"), orientation), "ann")
    assert image.shape[:2] == shape
    np.testing.assert_allclose(image[red], (0, 0, 255), atol=4)


JPEG, PNG = encoded(".jpg"), encoded(".png")
PROGRESSIVE = bytes(cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1])
TABLES = JPEG.find(b"\xff\xdb")


def with_stray(jpeg: bytes, stray: bytes) -> bytes:
    """Return `jpeg` with these bytes between its first two segments."""
    return jpeg[:TABLES] + stray + jpeg[TABLES:]


@pytest.mark.parametrize(
    ("content", "clean"),
    [
        pytest.param(PNG + bytes(64), PNG, id="png-with-zeros-after-its-end"),
        pytest.param(PNG + PNG, PNG, id="png-with-another-after-its-end"),
        pytest.param(JPEG + b"trailer", JPEG, id="jpeg-with-a-trailer"),
        pytest.param(with_stray(JPEG, bytes(4)), JPEG, id="jpeg-with-stray-zeros"),
        pytest.param(with_stray(JPEG, b"stray"), JPEG, id="jpeg-with-stray-text"),
        pytest.param(with_stray(PROGRESSIVE, bytes(4)), PROGRESSIVE, id="progressive-with-stray-zeros"),
    ],
)
def test_bytes_that_belong_to_no_segment_are_ignored(content: bytes, clean: bytes) -> None:
    np.testing.assert_array_equal(decode_photo(content, "ann"), decode_photo(clean, "ann"))


def jpeg_claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """Return `jpeg` with another size in its header."""
    offset = jpeg.find(b"\xff\xc0") + 5
    return jpeg[:offset] + struct.pack(">HH", height, width) + jpeg[offset + 4 :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", r"ann\.jpg is not a readable JPEG or PNG file: convert it", id="empty"),
        pytest.param(b"<html>", "is not a readable JPEG or PNG file", id="web-page"),
        pytest.param(JPEG[:-40], "is truncated or damaged: copy it again", id="truncated-jpeg"),
        pytest.param(JPEG[:-2], "is truncated or damaged", id="jpeg-without-its-end"),
        pytest.param(PROGRESSIVE[: len(PROGRESSIVE) * 3 // 4], "is truncated or damaged", id="truncated-progressive"),
        pytest.param(PNG[:-40], "is truncated or damaged", id="truncated-png"),
        pytest.param(PNG[:60] + b"\0" * 4 + PNG[64:], "is truncated or damaged", id="damaged-png"),
        pytest.param(jpeg_claiming(JPEG, 30000, 30000), r"and the limit is 50 megapixels", id="huge-jpeg"),
        pytest.param(
            jpeg_claiming(with_stray(JPEG, bytes(4)), 30000, 30000), r"the limit is 50 megapixels", id="huge-with-stray"
        ),
        pytest.param(
            png_claiming(30000, 30000),
            r"30000 x 30000 px \(900 megapixels\), and the limit is 50 megapixels",
            id="huge",
        ),
        pytest.param(png_claiming(10000, 5001), r"10000 x 5001 px \(50 megapixels\)", id="just-too-large"),
        pytest.param(png_claiming(0, 40), "is truncated or damaged", id="no-pixels"),
    ],
)
def test_files_that_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        decode_photo(content, "ann.jpg")
