"""Reads a file that the user names, without trusting that it is a file or that it is small."""

import errno
import os
import stat
from pathlib import Path

from screenalytics_resources.errors import UserError

MAX_TEXT_BYTES = 100_000_000
"""Limit for a truth file, review sheet or labels file. A row of labels has about 50 bytes, so 2 million rows fit."""


def read_regular_file(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file of at most `max_bytes`.

    FIFOs, devices, sockets and folders are refused without waiting for them, and large files before they are read.

    Raises:
        UserError: the file cannot be opened, is not a regular file, or is too large.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _read(descriptor, path, max_bytes)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): check the path.") from None


def _read(descriptor: int, path: Path, max_bytes: int) -> bytes:
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{path} is a device or a pipe, not a regular file: save its content to a file first.")
    content = b""
    if status.st_size <= max_bytes:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(max_bytes + 1)  # files of /proc state a size of 0, and a file can grow
    size = max(status.st_size, len(content))
    if size > max_bytes:
        limit = max_bytes / 1e6
        raise UserError(f"{path} has {size / 1e6:,.1f} MB, and the limit is {limit:,.1f} MB: give a smaller file.")
    return content
