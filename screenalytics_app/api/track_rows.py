"""Brings the rows of tracks in line with gestures, some time after the last one.

A gesture has its effect at once, because readers lay the decisions over the rows. Rewriting the rows of an episode with
1,000 tracks takes about a second, too long to wait for. If the server is killed before, the next run does it.
"""

import logging
from collections.abc import Sequence
from threading import Lock, Timer

from screenalytics_app.actions.moderation.apply_to_tracks import apply_to_tracks
from screenalytics_app.actions.moderation.summary import Gestures
from screenalytics_app.api.database import Database
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Decision, Kind
from screenalytics_resources.errors import UserError

QUIET_S = 20.0
"""Time without a gesture about rows before they are rewritten, s."""
_log = logging.getLogger(__name__)


class TrackRows:
    """Rewrites the rows of tracks after a quiet time. Threads share it."""

    def __init__(self, store: ArtifactStore, database: Database) -> None:
        self._store, self._database = store, database
        self._waiting: dict[str, Timer] = {}
        self._turn = Lock()

    def follow(self, ep_id: str) -> None:
        """Rewrite the rows of the episode once it is quiet."""
        timer = Timer(QUIET_S, self._apply, [ep_id])
        timer.daemon = True
        with self._turn:
            earlier = self._waiting.pop(ep_id, None)
            self._waiting[ep_id] = timer
        if earlier is not None:
            earlier.cancel()
        timer.start()

    def finish(self) -> None:
        """Rewrite now what waits."""
        with self._turn:
            waiting = tuple(self._waiting)
        for ep_id in waiting:
            self._apply(ep_id)

    def _apply(self, ep_id: str) -> None:
        with self._turn:
            timer = self._waiting.pop(ep_id, None)
        if timer is None:
            return  # another thread has done it
        timer.cancel()
        try:
            with self._database.turn(ep_id):
                apply_to_tracks(self._store, ep_id)
        except UserError as error:
            _log.warning("The rows of the tracks follow with the next run of %s: %s", ep_id, error)


def kinds_about_rows(decisions: Sequence[Decision], log: Gestures) -> frozenset[Kind]:
    """Return which kinds of a gesture change rows: `dismiss`, `restore` and `cut`, also those that an undo is about."""
    kinds: set[Kind] = {decision.kind for decision in decisions}
    for decision in decisions:
        if decision.kind == "undo" and decision.value.gesture_id is not None:
            kinds |= kinds_about_rows(log.get(decision.value.gesture_id, ()), log)
    return frozenset(kinds & {"dismiss", "restore", "cut"})
