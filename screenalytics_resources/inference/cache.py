"""Files that can be built again: the float32 forms of quantised models, and models compiled for a processor.

The SHA-256 of each file is stored next to it. A truncated or altered file no longer matches it and counts as missing.
Both are renamed into place. A reader that sees one new and one old file of a concurrent writer finds no match.
"""

import hashlib
import os
import uuid
from pathlib import Path


def default_cache_dir() -> Path:
    """Return `$SCREENALYTICS_CACHE_DIR`, or `~/.cache/screenalytics` if it is not set."""
    folder = os.environ.get("SCREENALYTICS_CACHE_DIR")
    return Path(folder) if folder else Path.home() / ".cache" / "screenalytics"


def read_intact(path: Path) -> bytes | None:
    """Return the content of a cached file, or None if it is missing, unreadable or damaged."""
    try:
        content = path.read_bytes()
        expected = _checksum_file(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == expected else None


def store(path: Path, content: bytes) -> None:
    """Write a cached file and its checksum, each atomically.

    Raises:
        OSError: if the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, content)
    _replace(_checksum_file(path), hashlib.sha256(content).hexdigest().encode("ascii"))


def _checksum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
