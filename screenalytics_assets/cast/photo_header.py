"""Reads the size of a photo from its header, because a decoder allocates as much memory as the header requests."""

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and RST0 to RST7 (ITU-T T.81, table B.1)."""
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of segments that give the picture's size: SOF0 to SOF15 (ITU-T T.81, table B.1)."""


@dataclass(frozen=True)
class PhotoSize:
    """Width and height in px as stored, before any EXIF rotation."""

    width: int
    height: int


def photo_suffix(content: bytes) -> str:
    """Return the suffix of a JPEG or PNG file, by its content: `.png` or `.jpg`."""
    return ".png" if content.startswith(_PNG) else ".jpg"


def read_size(content: bytes) -> PhotoSize | None:
    """Read the size of a JPEG or PNG file. Returns None for other files and if the file ends before its size."""
    if content.startswith(_PNG):
        return _png(content)
    return _jpeg(content) if content.startswith(_JPEG) else None


def _png(content: bytes) -> PhotoSize | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    return PhotoSize(*struct.unpack(">II", content[16:24]))


def _jpeg(content: bytes) -> PhotoSize | None:
    """Find the first frame segment. Like libjpeg, skip stray bytes, fill bytes and stuffed zeros between segments.

    A segment is a two-byte marker, a length that includes its own two bytes, and the rest.
    """
    offset = len(_JPEG)
    while (offset := content.find(0xFF, offset)) >= 0 and offset + 9 <= len(content):
        marker = content[offset + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[offset + 5 : offset + 9])
            return PhotoSize(width, height)
        if marker == 0xFF:
            offset += 1
        elif marker == 0 or marker in _JPEG_STANDALONE:
            offset += 2
        else:
            offset += 2 + struct.unpack(">H", content[offset + 2 : offset + 4])[0]
    return None
