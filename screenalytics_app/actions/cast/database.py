"""The cast database of a data root."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore


@contextmanager
def open_cast(store: ArtifactStore) -> Iterator["CastStore"]:
    """Open the cast database of the data root; its libraries are loaded on first use."""
    from screenalytics_resources.facebank.cast_store import open_cast_store

    with open_cast_store(store.root) as cast:
        yield cast
