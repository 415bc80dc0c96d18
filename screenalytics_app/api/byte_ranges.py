"""Parts of a file (RFC 9110, section 14): what a player needs to seek."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from screenalytics_app.api.problems import ProblemError

if TYPE_CHECKING:
    from upath import UPath

CHUNK = 1 << 18
"""Bytes that are read at once."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte, and the byte after the last, that a `Range` header asks for; None for the complete file.

    A header that is malformed or asks for several parts is ignored, as the standard allows.

    Raises:
        ProblemError: the part begins after the end of the file.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or not (found[1] or found[2]):
        return None
    if found[1]:
        start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    else:
        start, end = max(0, size - int(found[2])), size
    if start >= size:
        detail = f"The file has {size} bytes, so it has no byte {start}: ask for a part before its end."
        raise ProblemError(416, "range", detail, {"Content-Range": f"bytes */{size}"})
    return start, end


def read_part(path: "UPath", start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes `start` to `end` of a file, without `end`."""
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (chunk := file.read(min(CHUNK, end - start))):
            start += len(chunk)
            yield chunk
