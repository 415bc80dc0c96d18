"""Search in the files of the embedded database."""

from collections.abc import Sequence
from pathlib import Path

LOG = "server.log"
_BLOCK = 1 << 24
"""Bytes read at a time."""


def files_with(folder: Path, needles: Sequence[bytes]) -> list[str]:
    """Return the files below `folder`, relative to it, that contain one of `needles`, except the server's own log."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.name != LOG and path.is_file() and _contains(path, needles):
            found.append(path.relative_to(folder).as_posix())
    return found


def _contains(path: Path, needles: Sequence[bytes]) -> bool:
    overlap = max(map(len, needles), default=1) - 1
    try:
        with path.open("rb") as file:
            rest = b""
            while block := file.read(_BLOCK):
                window = rest + block
                if any(needle in window for needle in needles):
                    return True
                rest = window[len(window) - overlap :] if overlap else b""
    except FileNotFoundError:  # the running server removes files
        return False
    return False
