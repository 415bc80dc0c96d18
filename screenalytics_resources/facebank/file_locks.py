"""File locks that the operating system frees when their last holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: set[int] = set()
"""Open descriptors of this process. A forked child closes its copies: they would keep a lock that was given back."""


def _close_in_child() -> None:
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_close_in_child)


def open_lock(path: Path) -> int:
    """Descriptor of a lock file, not locked yet."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _held.add(descriptor)
    return descriptor


def close_lock(descriptor: int) -> None:
    """Give the lock back, unless it was handed over, or this is a fork of the opener."""
    if descriptor in _held:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone would wait for copies that forks have not closed yet
        hand_over(descriptor)


def hand_over(descriptor: int) -> None:
    """Leave the lock to the programs that inherited the descriptor: it is free when the last of them ends."""
    _held.remove(descriptor)
    os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it alone."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        close_lock(descriptor)


@contextmanager
def shared_lock(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it together with others."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        close_lock(descriptor)


@contextmanager
def try_locked(path: Path) -> Iterator[int | None]:
    """Hold the lock alone, yielding its descriptor, or yield None at once where somebody else holds it."""
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
