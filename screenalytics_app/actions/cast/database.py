"""The cast database of a data root."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore
    from screenalytics_resources.facebank.unfinished import Command


@contextmanager
def open_cast(store: ArtifactStore) -> Iterator["CastStore"]:
    """Open the cast database of the data root; its libraries are loaded on first use.

    The files of the cast are brought in line with the database first, if a command on it was killed.
    """
    with open_repaired_cast(store) as (cast, _):
        yield cast


@contextmanager
def open_repaired_cast(store: ArtifactStore) -> Iterator[tuple["CastStore", tuple["Command", ...]]]:
    """Open the cast like `open_cast`, and also yield the killed commands that were finished.

    With them, repeating a killed command is not an error.
    """
    from screenalytics_resources.facebank.cast_store import open_cast_store
    from screenalytics_resources.facebank.unfinished import finish_killed_commands

    with open_cast_store(store.root) as cast:
        yield cast, finish_killed_commands(store, cast)


def finish_killed_commands_of(store: ArtifactStore, show: str) -> None:
    """Finish commands on the cast of the show that were killed. Without any, no database is needed."""
    from screenalytics_resources.facebank.unfinished import has_killed_commands

    if has_killed_commands(store, show):
        with open_cast(store):
            pass
