"""The lock that allows one writer per episode. It is released when its holder dies, even if the holder is killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.promotion import recover

_held: dict[tuple[str, int], int] = {}
"""Number of times that each thread has acquired each lock, by path and thread. A run and its stages share one lock."""


@contextmanager
def episode_lock(store: ArtifactStore, ep_id: str, finish_promotion: bool = True) -> Iterator[None]:
    """Hold the lock of an episode or a show for this thread.

    A promotion that a killed process left incomplete is finished or rolled back first, unless `finish_promotion` is
    False.

    Raises:
        UserError: immediately, if another process or thread holds the lock, or the journal of the promotion is damaged.
    """
    path = store.lock(ep_id)
    key = (str(path), get_ident())
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
            if finish_promotion and is_ep_id(ep_id):
                recover(store, ep_id)
            yield
        finally:
            del _held[key]
