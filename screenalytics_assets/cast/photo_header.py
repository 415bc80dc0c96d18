"""Reads the header of a photo file before decoding: format, size, and whether the file is complete.

A decoder allocates as much memory as the header requests, and it fills the missing part of a truncated file with grey.
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
    """Width and height in px as stored, before any EXIF rotation; `complete` if the file has its end marker."""

    width: int
    height: int
    complete: bool


def read_header(content: bytes) -> PhotoHeader | None:
    """Read the header of a JPEG or PNG file. Returns None for other files and if the file ends before its size."""
    if content.startswith(_PNG):
        return _png(content)
    return _jpeg(content) if content.startswith(_JPEG) else None


def _png(content: bytes) -> PhotoHeader | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return PhotoHeader(width, height, complete=b"IEND" in content[-32:])


def _jpeg(content: bytes) -> PhotoHeader | None:
    """Walk the segments up to the first scan. Each has a two-byte marker and a length that includes itself."""
    size: tuple[int, int] | None = None
    offset = len(_JPEG)
    while offset + 9 <= len(content) and content[offset] == 0xFF:
        marker = content[offset + 1]
        if marker == 0xFF:  # fill byte
            offset += 1
            continue
        (length,) = struct.unpack(">H", content[offset + 2 : offset + 4])
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[offset + 5 : offset + 9])
            size = width, height
        offset += 2 + length
        if marker == _JPEG_SCAN:
            break
    # A thumbnail in an earlier segment has its own end marker.
    return None if size is None else PhotoHeader(*size, complete=content.find(_JPEG_END, offset) >= 0)
