"""Decisions that this process has parsed, so that it does not parse a long log again for each append."""

from threading import Lock
from uuid import UUID

from screenalytics_resources.decisions.records import Decision

EPISODES = 4
"""Logs that are kept. One of 1,000 decisions about 24 tracks each takes tens of MB."""


class DecisionCache:
    """The committed decisions of the logs that were used last, by database and episode."""

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], tuple[UUID, tuple[Decision, ...]]] = {}
        self._turn = Lock()

    def get(self, database: str, ep_id: str, epoch: UUID) -> tuple[Decision, ...]:
        """Return the known decisions of a log from the first on; none if the epoch is another one."""
        known = self._logs.get((database, ep_id))
        return known[1] if known and known[0] == epoch else ()

    def put(self, database: str, ep_id: str, epoch: UUID, decisions: tuple[Decision, ...]) -> None:
        """Keep the committed decisions of a log."""
        with self._turn:
            self._logs.pop((database, ep_id), None)
            self._logs[database, ep_id] = (epoch, decisions)
            for oldest in list(self._logs)[:-EPISODES]:
                del self._logs[oldest]
