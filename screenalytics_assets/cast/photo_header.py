"""What the bytes of a photo file say before it is decoded: its format, its size, and whether it is whole.

A decoder allocates what the header asks for, and shows a file that was cut off with grey where the rest would be.
"""

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = 0xDA
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of segments that give the picture's size: SOF0 to SOF15 (ITU-T T.81, table B.1)."""


@dataclass(frozen=True)
class PhotoHeader:
    """Width and height in px as stored, before any turning, and whether the file has its end."""

    width: int
    height: int
    whole: bool


def read_header(content: bytes) -> PhotoHeader | None:
    """The header of a JPEG or PNG file; None where it is neither, or ends before it says its size."""
    if content.startswith(_PNG):
        return _png(content)
    return _jpeg(content) if content.startswith(_JPEG) else None


def _png(content: bytes) -> PhotoHeader | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return PhotoHeader(width, height, whole=b"IEND" in content[-32:])


def _jpeg(content: bytes) -> PhotoHeader | None:
    """Walk the segments up to the first scan; each has a marker of two bytes and a length that counts itself."""
    size: tuple[int, int] | None = None
    at = len(_JPEG)
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a byte that fills up
            at += 1
            continue
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            size = width, height
        at += 2 + length
        if marker == _JPEG_SCAN:
            break
    # A thumbnail inside an earlier segment has an end of its own.
    return None if size is None else PhotoHeader(*size, whole=content.find(_JPEG_END, at) >= 0)
