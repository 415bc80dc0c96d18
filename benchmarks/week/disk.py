"""A small disk in memory, for the data root, that can be filled to its last byte and freed again."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screenalytics_resources.errors import UserError

_FILLER = "filler"
_BLOCK = 4096


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """Mount a tmpfs of `size_bytes` at `folder`, and unmount it afterwards.

    Raises:
        UserError: this process may not mount.
    """
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603
    if mounted.returncode:
        raise UserError(
            f"A small disk cannot be mounted ({mounted.stderr.strip()}). Run the benchmark as root, or in a namespace "
            f"of its own: `unshare --map-root-user --mount make bench-week`."
        )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def fill(folder: Path) -> None:
    """Fill the disk of `folder`: afterwards no block is free."""
    with (folder / _FILLER).open("wb", buffering=0) as file:
        free = os.statvfs(folder).f_bavail * _BLOCK
        try:
            os.posix_fallocate(file.fileno(), 0, max(free - 16 * _BLOCK, _BLOCK))
            file.seek(0, os.SEEK_END)
            while file.write(b"\0" * _BLOCK):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def free(folder: Path) -> None:
    """Delete what `fill` wrote."""
    (folder / _FILLER).unlink()
