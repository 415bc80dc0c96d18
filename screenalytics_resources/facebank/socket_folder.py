"""Folder of the embedded server's socket: the data folder, or a short private folder for paths that clients refuse."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable

MAX_SOCKET_PATH = 103
"""Bytes, the limit of macOS. Linux allows 107."""
IN_DATA = "."
"""Setting that puts the socket into the server's working folder, which is the data folder."""


def socket_folder(data: Path, port: int) -> str:
    """Return the socket folder for the data folder: `.`, or a private folder of its owner, which is created if needed.

    Clients refuse paths that are too long for a socket or not UTF-8. The private folder is named after the device and
    the inode of `data`, so no two existing data folders share it. The path would not do: a folder that replaces a moved
    one has the same path while the server of the moved one still runs.

    Raises:
        UserError: another user has the private folder, or others can read it.
    """
    if _is_usable(data, port):
        return IN_DATA
    owner = data.stat()
    folder = next(path for path in _private_folders(owner) if _is_usable(path, port))
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner.st_uid or stat.S_IMODE(status.st_mode) != 0o700:
        raise UserError(f"{folder} is not a private folder of the database's owner: remove it.")
    return str(folder)


def _private_folders(owner: os.stat_result) -> Iterator[Path]:
    name = f"screenalytics-{owner.st_dev:x}-{owner.st_ino:x}"
    yield Path(tempfile.gettempdir()) / name
    yield Path("/tmp") / name  # noqa: S108 - the folder is private, and TMPDIR may be too long for a socket


def _is_usable(folder: Path, port: int) -> bool:
    path = folder / f".s.PGSQL.{port}"
    return len(os.fsencode(path)) <= MAX_SOCKET_PATH and printable(str(folder)) == str(folder)
