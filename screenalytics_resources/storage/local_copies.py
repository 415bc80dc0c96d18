"""Local copies of videos in object storage. The least recently used are removed to keep within a limit.

The name of a copy contains the hashes of the object's key and ETag, so a copy of a replaced video is never used for the
new one. A shared lock protects each copy in use from removal.
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
    """Yield a local copy of the object at `path`. Downloads it if no copy exists.

    A `UserError` that the block raises names the object instead of the copy.

    Raises:
        UserError: the object does not exist, or is larger than the limit for all copies.
        UnavailableError: the download was truncated.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        facts = path.fs.info(path.path)
    except FileNotFoundError:
        raise UserError(f"There is no video at {path}: upload it first.") from None
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
    """Return `SCREENALYTICS_VIDEO_CACHE`, or a folder of this user below the machine's temporary folder."""
    default = Path(tempfile.gettempdir()) / f"screenalytics-videos-{os.getuid()}"
    return Path(os.environ.get(FOLDER_VARIABLE) or default)


def limit_bytes() -> int:
    """Return `SCREENALYTICS_VIDEO_CACHE_GB` in bytes. Raises `UserError` if it is not a positive number."""
    value = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_LIMIT_GB)
    try:
        limit = float(value)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise UserError(
            f"{LIMIT_VARIABLE} = {value!r} is invalid: it must be a positive number of gigabytes, such as "
            f"{DEFAULT_LIMIT_GB:.0f}."
        )
    return int(limit * 1e9)


def _hold(copy: Path) -> int | None:
    """Return a locked descriptor that protects the copy from removal; None if there is no copy."""
    try:
        descriptor = os.open(copy, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    if os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)  # removed between opening and locking it
    return None


def _download(path: "UPath", copy: Path, size: int) -> None:
    temporary = copy.with_name(f".partial-{copy.name}-{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        path.fs.get_file(path.path, str(temporary))
        if temporary.stat().st_size != size:
            raise UnavailableError(f"The download of {path} was truncated: try again later.")
        temporary.replace(copy)
    finally:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)


def _make_room(folder: Path, size: int, name: str) -> None:
    """Remove the least recently used copies until `size` more bytes fit. Copies in use stay."""
    limit = limit_bytes()
    if size > limit:
        raise UserError(
            f"{name} has {size / 1e9:.1f} GB, but the limit for all local copies is {limit / 1e9:.1f} GB: raise "
            f"{LIMIT_VARIABLE}."
        )
    copies = [(state.st_mtime, state.st_size, copy) for copy in folder.iterdir() if (state := _state(copy))]
    excess = sum(copy_size for _, copy_size, _ in copies) + size - limit
    for _, copy_size, copy in sorted(copies):
        if excess <= 0:
            return
        if _remove_unused(copy):
            excess -= copy_size


def _state(copy: Path) -> os.stat_result | None:
    try:
        return copy.stat()
    except FileNotFoundError:
        return None


def _remove_unused(copy: Path) -> bool:
    """Remove a copy that is not in use. Returns whether the copy is gone."""
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
