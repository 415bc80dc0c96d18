"""A log of decisions in memory about the tiny episode, and short names of its tracks and identities.

Ann is A with the tracks T1 and T3, Ben is B with T2 and T4. T5 is in no identity.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.edit import checked
from screenalytics_app.actions.moderation.view import Episode, View, open_episode
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS, Tracks
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Gesture, decisions_of
from screenalytics_resources.sealed_files import save_table
from tests.tiny_episode import EP_ID

A, B = "identity-00001", "identity-00002"
T1, T2, T3, T4, T5 = (f"track-{number:05d}" for number in range(1, 6))
START = datetime(2026, 1, 2, tzinfo=UTC)


def side_by_side(store: ArtifactStore) -> None:
    """Move the faces of Ben to the right, so that Ann and Ben share frames as two people."""
    tracks = load_artifact(store, TRACKS, EP_ID)
    rows = [
        track.model_copy(
            update={"boxes": tuple(box.model_copy(update={"bbox": (200, 20, 240, 70)}) for box in track.boxes)}
        )
        if track.track_id in (T2, T4)
        else track
        for track in tracks.rows
    ]
    save_table(store, TRACKS, Tracks(EP_ID, rows, tracks.provenance, tracks.model_pack, tracks.documents))


class Log:
    """Appends gestures to decisions in memory."""

    def __init__(self, store: ArtifactStore) -> None:
        episode = open_episode(store, EP_ID)
        self.view = View(Episode(EP_ID, episode.scene, episode.identities, NO_EXCEPTIONS), ())

    def say(self, gesture: Callable[[View], Draft], actor: str = "ann", saw: dict[str, str] | None = None) -> UUID:
        """Append a gesture that has something to do; return its id."""
        draft = checked(self.view, saw or {}, gesture)
        appended = Gesture(actor=actor, decisions=draft.decisions, before=draft.before)
        last = len(self.view.decisions)
        rows = decisions_of(appended, EP_ID, last, START + timedelta(seconds=last))
        self.view = View(self.view.episode, (*self.view.decisions, *rows))
        return rows[0].gesture_id

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        return {identity.identity_id: identity.track_ids for identity in self.view.moderated.identities}
