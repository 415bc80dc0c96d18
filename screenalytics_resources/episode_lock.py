"""One writer an episode: a lock that the operating system frees when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from screenalytics_resources.artifact_store import ArtifactStore, local_path
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.promotion import recover

_held: dict[str, int] = {}
"""Locks of this process by path, with how often each was taken: a run and its stages share one."""


@contextmanager
def episode_lock(store: ArtifactStore, ep_id: str) -> Iterator[None]:
    """Hold the episode for this process, or raise `UserError` at once if another process holds it.

    What a killed process left of a promotion is finished or undone first.
    """
    path = str(local_path(store.lock(ep_id)))
    if path in _held:
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    descriptor = _lock(path, ep_id)
    _held[path] = 1
    try:
        if is_ep_id(ep_id):
            recover(store, ep_id)
        yield
    finally:
        del _held[path]
        os.close(descriptor)


def _lock(path: str, ep_id: str) -> int:
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - a descriptor, not a Path, is locked
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise UserError(
            f"{ep_id} is being worked on by another process (pid {holder}): wait for it, or stop it first."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
