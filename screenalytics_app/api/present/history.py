"""The history of an episode, one entry per gesture."""

from screenalytics_app.actions.moderation.history import history
from screenalytics_app.actions.moderation.summary import gestures_of, summary
from screenalytics_app.actions.moderation.view import View
from screenalytics_app.api.cursors import page_of
from screenalytics_app.api.models.common import Page
from screenalytics_app.api.models.history import HistoryEntry
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import people_names


def history_page(
    store: ArtifactStore, view: View, actor: str | None, cursor: str | None, limit: int
) -> Page[HistoryEntry]:
    """Return a page of the history, the newest gesture first: of everybody, or of one actor."""
    names, gestures = people_names(store, parse_ep_id(view.episode.ep_id).show), gestures_of(view.decisions)
    page = page_of(
        [e for e in history(view) if actor in (None, e.actor)], lambda entry: (-entry.first_seq,), cursor, limit
    )
    items = tuple(
        HistoryEntry(
            gesture_id=str(entry.gesture_id),
            seq=entry.first_seq,
            at=entry.at,
            actor=entry.actor,
            kinds=entry.kinds,
            about=entry.about,
            status=entry.status,
            reason=entry.reason,
            summary=summary(gestures[entry.gesture_id], gestures, names),
        )
        for entry in page.items
    )
    return Page(items=items, next=page.next)
