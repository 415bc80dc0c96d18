"""The polls of this server: one per job and one per watched episode, however many people listen."""

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.jobs.progress import Progress, job_progress
from screenalytics_app.actions.jobs.records import JobRecord
from screenalytics_app.actions.library_changes import LibraryWatch, Moment
from screenalytics_app.api.live.shared_poll import SharedPoll
from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from dagster import DagsterInstance

EVERY_S = 1.0
T = TypeVar("T")


class Hub:
    """Shared polls, and the Dagster instance that they and the routes read. It is opened on first use."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store
        self._polls: dict[Hashable, SharedPoll[Any]] = {}
        self._resources = ExitStack()
        self._instance: DagsterInstance | None = None
        self._turn = Lock()
        self.is_stopping = False

    @property
    def instance(self) -> "DagsterInstance":
        """The Dagster instance. Threads can share it."""
        with self._turn:
            if self._instance is None:
                self._instance = self._resources.enter_context(open_instance())
            return self._instance

    def job(self, record: JobRecord) -> SharedPoll[Progress]:
        """Return the poll of a job's progress."""
        return self._shared(
            ("job", record.job_id),
            lambda: job_progress(self._store, self.instance, record),
            lambda progress: progress.status.is_over,
        )

    def library(self, ep_id: str | None) -> SharedPoll[Moment]:
        """Return the poll of an episode, or of all episodes with None."""
        watch: list[LibraryWatch] = []

        def look() -> Moment:
            watch[:] = watch or [LibraryWatch(self._store, self.instance, ep_id)]
            return watch[0].look()

        return self._shared(("library", ep_id), look, lambda moment: False)

    def hurry(self) -> None:
        """Poll at once, because this server has just changed something."""
        for poll in self._polls.values():
            poll.hurry()

    def stop(self) -> None:
        """End all streams, so that the server can stop."""
        self.is_stopping = True
        for poll in self._polls.values():
            poll.stop()

    def close(self) -> None:
        """Close the Dagster instance, after all requests."""
        with self._turn:
            self._instance = None
            self._resources.close()

    def _shared(self, key: Hashable, poll: Callable[[], T], is_last: Callable[[T], bool]) -> SharedPoll[T]:
        for ended in [known for known, one in self._polls.items() if one.is_stopped]:
            del self._polls[ended]
        found: SharedPoll[T] | None = self._polls.get(key)
        if found is None:
            found = self._polls[key] = SharedPoll(poll, EVERY_S, is_last)
            if self.is_stopping:
                found.stop()
        return found
