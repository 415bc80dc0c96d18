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
PICTURE[:20, 30:] = (255, 0, 0)
"""Red at its upper left, blue at its upper right, black below."""


def encoded(suffix: str, picture: np.ndarray = PICTURE) -> bytes:
    return bytes(cv2.imencode(suffix, picture)[1])


def with_orientation(jpeg: bytes, orientation: int, order: str = ">") -> bytes:
    """Return `jpeg` with an EXIF segment that contains only the orientation (tag 0x0112), in this byte order."""
    mark = b"MM" if order == ">" else b"II"
    tiff = mark + struct.pack(f"{order}HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
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


@pytest.mark.parametrize("order", [pytest.param(">", id="big-endian"), pytest.param("<", id="little-endian")])
@pytest.mark.parametrize(
    ("orientation", "shape", "red"),
    [
        pytest.param(1, (40, 60), (5, 5), id="upright"),
        pytest.param(2, (40, 60), (5, 55), id="mirrored"),
        pytest.param(3, (40, 60), (35, 55), id="upside-down"),
        pytest.param(4, (40, 60), (35, 5), id="flipped"),
        pytest.param(5, (60, 40), (5, 5), id="transposed"),
        pytest.param(6, (60, 40), (5, 35), id="turned-right"),
        pytest.param(7, (60, 40), (55, 35), id="transposed-over-the-other-diagonal"),
        pytest.param(8, (60, 40), (55, 5), id="turned-left"),
    ],
)
def test_exif_orientation(orientation: int, shape: tuple[int, int], red: tuple[int, int], order: str) -> None:
    image = decode_photo(with_orientation(encoded(".jpg"), orientation, order), "ann")
    assert image.shape[:2] == shape
    np.testing.assert_allclose(image[red], (0, 0, 255), atol=4)
    blue = image[red[0], 59 - red[1]] if shape == (40, 60) else image[59 - red[0], red[1]]
    np.testing.assert_allclose(blue, (255, 0, 0), atol=4)


def cmyk_jpeg(cyan: int, magenta: int, yellow: int, black: int) -> bytes:
    """Return a JPEG file of 60 x 40 px with these inks, 0..255, at its left, as Photoshop writes it.

    It is put together from grey files: each component has a scan of its own. The marker APP14 states that the values
    are inverted CMYK.
    """
    planes = np.full((4, 40, 60), 255, np.uint8)
    for plane, ink in zip(planes, (cyan, magenta, yellow, black), strict=True):
        plane[:, :30] = 255 - ink
    greys = [encoded(".jpg", plane) for plane in planes]
    head, frame, tables, scan = (
        greys[0].find(marker) for marker in (b"\xff\xdb", b"\xff\xc0", b"\xff\xc4", b"\xff\xda")
    )
    components = b"".join(bytes([number, 0x11, 0]) for number in range(1, 5))
    content = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + greys[0][head:frame]
    content += b"\xff\xc0\0\x14\x08" + struct.pack(">HH", 40, 60) + b"\x04" + components + greys[0][tables:scan]
    for number, grey in enumerate(greys, start=1):
        begin = grey.find(b"\xff\xda")
        content += grey[begin : begin + 5] + bytes([number]) + grey[begin + 6 : -2]
    return content + b"\xff\xd9"


@pytest.mark.parametrize(
    ("inks", "colour"),
    [
        pytest.param((0, 0, 0, 0), (255, 255, 255), id="white"),
        pytest.param((0, 255, 255, 0), (0, 0, 255), id="red"),
        pytest.param((255, 0, 0, 0), (255, 255, 0), id="cyan"),
        pytest.param((0, 0, 0, 255), (0, 0, 0), id="black"),
        pytest.param((20, 80, 110, 40), (123, 148, 198), id="skin"),
    ],
)
def test_cmyk(inks: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    image = decode_photo(cmyk_jpeg(*inks), "ann")
    assert image.shape == (40, 60, 3)
    np.testing.assert_allclose(image[20, 10], colour, atol=4)
    np.testing.assert_allclose(image[20, 50], (255, 255, 255), atol=4)


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
