"""Local copies of videos in object storage, bounded: the least recently used go when room is needed.

A copy is named by the hashes of its key and its ETag, so a video that was replaced is never taken for the new one.
Copies in use are held by a shared lock, and stay.
"""

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UnavailableError, UserError

if TYPE_CHECKING:
    from upath import UPath

FOLDER_VARIABLE = "SCREENALYTICS_VIDEO_CACHE"
LIMIT_VARIABLE = "SCREENALYTICS_VIDEO_CACHE_GB"
DEFAULT_LIMIT_GB = 20.0
"""Ten episodes of 40 minutes at 6 Mbit/s."""


@contextmanager
def local_copy(path: "UPath") -> Iterator[Path]:
    """Yield a local copy of the object at `path`, downloading it where there is none.

    What the block tells the user about the copy is said of the object.

    Raises:
        UserError: there is no such object, or it alone is larger than all copies together may be.
        UnavailableError: it could not be read to its end.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        facts = path.fs.info(path.path)
    except FileNotFoundError:
        raise UserError(f"There is no video at {path}: put it there first.") from None
    copy = folder / f"{_hash(path.path)}-{_hash(str(facts['ETag']))}{path.suffix}"
    descriptor = _hold(copy)
    while descriptor is None:
        _make_room(folder, int(facts["size"]), str(path))
        _download(path, copy, int(facts["size"]))
        descriptor = _hold(copy)
    try:
        os.utime(copy)
        yield copy
    except UserError as error:
        raise type(error)(str(error).replace(str(copy), str(path))) from error
    finally:
        os.close(descriptor)


def cache_folder() -> Path:
    """`SCREENALYTICS_VIDEO_CACHE`, else a folder of this user below the machine's temporary folder."""
    own = Path(tempfile.gettempdir()) / f"screenalytics-videos-{os.getuid()}"
    return Path(os.environ.get(FOLDER_VARIABLE) or own)


def limit_bytes() -> int:
    """`SCREENALYTICS_VIDEO_CACHE_GB` in bytes; raises `UserError` for what is no positive number."""
    given = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_LIMIT_GB)
    try:
        limit = float(given)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise UserError(f"{LIMIT_VARIABLE} = {given!r} is no size: write gigabytes, such as {DEFAULT_LIMIT_GB:.0f}.")
    return int(limit * 1e9)


def _hold(copy: Path) -> int | None:
    """Descriptor that keeps the copy from being removed; None where there is none."""
    try:
        descriptor = os.open(copy, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    if os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)  # removed between the two
    return None


def _download(path: "UPath", copy: Path, size: int) -> None:
    temporary = copy.with_name(f".partial-{copy.name}-{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        path.fs.get_file(path.path, str(temporary))
        if temporary.stat().st_size != size:
            raise UnavailableError(f"{path} could not be read to its end: try again later.")
        temporary.replace(copy)
    finally:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)


def _make_room(folder: Path, size: int, name: str) -> None:
    """Remove the copies that were used longest ago until `size` bytes fit; those in use stay."""
    limit = limit_bytes()
    if size > limit:
        raise UserError(
            f"{name} has {size / 1e9:.1f} GB and all local copies together may have {limit / 1e9:.1f} GB: raise "
            f"{LIMIT_VARIABLE}."
        )
    there = [(state.st_mtime, state.st_size, copy) for copy in folder.iterdir() if (state := _state(copy))]
    too_much = sum(held for _, held, _ in there) + size - limit
    for _, held, copy in sorted(there):
        if too_much <= 0:
            return
        if _remove_unused(copy):
            too_much -= held


def _state(copy: Path) -> os.stat_result | None:
    try:
        return copy.stat()
    except FileNotFoundError:
        return None


def _remove_unused(copy: Path) -> bool:
    """Remove a copy unless somebody reads it; whether it is gone."""
    try:
        descriptor = os.open(copy, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        copy.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
