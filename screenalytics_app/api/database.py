"""The cast database of the server. It is opened on first use and stays open, because opening takes long."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnavailableError

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore


class Database:
    """The cast database. Threads share it."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store
        self._opened: tuple[CastStore, ExitStack] | None = None
        self._opening = Lock()
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    @contextmanager
    def cast(self) -> Iterator["CastStore"]:
        """Yield the database. If it does not answer, it is opened again by the next request.

        Raises:
            UserError: the database cannot be used.
        """
        cast = self._open()
        try:
            yield cast
        except UnavailableError:
            self._forget(cast)
            raise

    @contextmanager
    def turn(self, log_id: str) -> Iterator["CastStore"]:
        """Yield the database to one request at a time per episode or show.

        The log lets one gesture in after the other anyway, and waiting here takes no connection.
        """
        with self._turns[log_id], self.cast() as cast:
            yield cast

    def close(self) -> None:
        """Close the database. An embedded server stops when its last user closes it."""
        with self._opening:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()

    def _open(self) -> "CastStore":
        with self._opening:
            if self._opened is None:
                with ExitStack() as stack:
                    cast = stack.enter_context(open_cast(self._store))
                    self._opened = cast, stack.pop_all()
            return self._opened[0]

    def _forget(self, cast: "CastStore") -> None:
        """Close this database, unless another thread did. Requests that still use it fail as this one did."""
        with self._opening:
            if self._opened is None or self._opened[0] is not cast:
                return
            stale, self._opened = self._opened, None
        stale[1].close()
