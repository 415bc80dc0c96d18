"""One writer an episode: a lock that is free again when its holder dies, however it dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.promotion import recover

_held: dict[str, int] = {}
"""Locks of this process by path, with how often each was taken: a run and its stages share one."""


@contextmanager
def episode_lock(store: ArtifactStore, ep_id: str) -> Iterator[None]:
    """Hold the episode for this process, or raise `UserError` at once if another process holds it.

    What a killed process left of a promotion is finished or undone first.
    """
    path = store.lock(ep_id)
    key = str(path)
    if key in _held:
        _held[key] += 1
        try:
            yield
        finally:
            _held[key] -= 1
        return
    with store.place.lock(path, ep_id):
        _held[key] = 1
        try:
            if is_ep_id(ep_id):
                recover(store, ep_id)
            yield
        finally:
            del _held[key]
