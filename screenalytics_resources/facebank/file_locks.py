"""File locks that the operating system releases when the last holder ends, even if it is killed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_open_descriptors: set[int] = set()
"""Open lock descriptors of this process. A forked child closes its copies, which would keep a released lock held."""


def _close_in_child() -> None:
    for descriptor in _open_descriptors:
        os.close(descriptor)
    _open_descriptors.clear()


os.register_at_fork(after_in_child=_close_in_child)


def open_lock(path: Path) -> int:
    """Open a lock file without locking it, and return its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _open_descriptors.add(descriptor)
    return descriptor


def close_lock(descriptor: int) -> None:
    """Release the lock. Does nothing if child programs keep it, or in a fork of the process that opened it."""
    if descriptor in _open_descriptors:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone keeps the lock until forks have closed their copies
        leave_to_children(descriptor)


def leave_to_children(descriptor: int) -> None:
    """Leave the lock to the programs that inherited the descriptor. It is released when the last of them ends."""
    _open_descriptors.remove(descriptor)
    os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it exclusively."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        close_lock(descriptor)


@contextmanager
def shared_lock(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it together with other shared holders."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        close_lock(descriptor)


@contextmanager
def try_locked(path: Path) -> Iterator[int | None]:
    """Hold the lock exclusively and yield its descriptor, or yield None at once if another process holds it."""
    descriptor = open_lock(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        close_lock(descriptor)
