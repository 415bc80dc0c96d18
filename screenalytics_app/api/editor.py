"""Carries out the gestures of requests, and says what they changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from fastapi import Request as HttpRequest

from screenalytics_app.actions.moderation.apply_to_tracks import apply_after
from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.edit import (
    Change,
    Request,
    changed_identities,
    edit_and_view,
    gone_identities,
)
from screenalytics_app.actions.moderation.summary import NOTHING_CHANGED, Gestures, gestures_of, summary
from screenalytics_app.actions.moderation.view import View, open_episode, view_of
from screenalytics_app.api.context import Actor, EpisodeId, IdempotencyKey, Store
from screenalytics_app.api.database import Database
from screenalytics_app.api.models.gestures import GestureResult
from screenalytics_app.api.present.episode_view import current_view
from screenalytics_app.api.present.identity_cards import identity_cards
from screenalytics_app.api.track_rows import TrackRows, kinds_about_rows
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import people_names

if TYPE_CHECKING:
    from screenalytics_app.actions.moderation.season import Compared
    from screenalytics_resources.facebank.cast_store import CastStore

NOTHING_SEEN: Mapping[str, str] = {}


@dataclass(frozen=True)
class Editor:
    """What changes one episode in the name of one person."""

    store: ArtifactStore
    database: Database
    track_rows: TrackRows
    ep_id: str
    actor: str
    key: str | None
    fingerprint: str

    def edit(self, gesture: Callable[[View], Draft], saw: Mapping[str, str] = NOTHING_SEEN) -> GestureResult:
        """Carry out a gesture; see `edit_and_view`. `saw` are the versions that the person saw, by identity."""
        problems: tuple[str, ...] = ()
        with self.database.turn(self.ep_id) as cast:
            change = edit_and_view(self.store, cast, self.ep_id, self.request(saw), gesture)
            log = gestures_of(change.after.decisions)
            changing = kinds_about_rows(change.edited.decisions, log)
            if "cut" in changing:
                change, problems = self._with_new_tracks(change)
            elif changing:
                self.track_rows.follow(self.ep_id)
        return self._result(change, log, problems)

    def _with_new_tracks(self, change: Change) -> tuple[Change, tuple[str, ...]]:
        """Cut the tracks, and show the identities with both parts."""
        problems = apply_after(self.store, self.ep_id, change.edited.decisions)
        episode = open_episode(self.store, self.ep_id)
        return replace(change, after=view_of(self.store, episode, change.after.decisions)), problems

    def edit_show(self, gesture: "Callable[[ArtifactStore, CastStore], Compared]") -> GestureResult:
        """Carry out a gesture on the log of the show, which compares its episodes."""
        with self.database.turn(self.show) as cast:
            compared = gesture(self.store, cast)
            log = cast.decisions(self.show)
        view = current_view(self.store, self.ep_id)
        subjects = [subject for decision in compared.decisions for subject in decision.subjects]
        about = [s.identity_id for s in subjects if s.ep_id == self.ep_id and s.identity_id]
        return GestureResult(
            ep_id=self.ep_id,
            gesture_id=str(compared.gesture_id),
            last_seq=len(view.decisions),
            summary=summary(compared.decisions, gestures_of(log), people_names(self.store, self.show)),
            identities=tuple(identity_cards(self.store, view, about)),
            gone={},
            notes=(f"The next season of {self.show} follows it.",),
        )

    def request(self, saw: Mapping[str, str] = NOTHING_SEEN) -> Request:
        """Return who makes the request, and what they saw."""
        return Request(self.actor, saw, self.key, self.fingerprint)

    @property
    def show(self) -> str:
        """The show of the episode."""
        return parse_ep_id(self.ep_id).show

    def _result(self, change: Change, log: Gestures, problems: tuple[str, ...]) -> GestureResult:
        edited, after = change.edited, change.after
        changed = [identity.identity_id for identity in changed_identities(change.before, after)]
        names = people_names(self.store, self.show)
        said = summary(edited.decisions, log, names) if edited.decisions else NOTHING_CHANGED
        pictures = tuple(f"{name} has no picture for a thumbnail." for name in edited.without_thumbnail)
        return GestureResult(
            ep_id=self.ep_id,
            gesture_id=None if edited.gesture_id is None else str(edited.gesture_id),
            last_seq=len(after.decisions),
            summary=said,
            identities=tuple(identity_cards(self.store, after, changed)),
            gone=gone_identities(change.before, after),
            notes=(*problems, *pictures),
        )


async def _editor(
    http: HttpRequest, ep_id: EpisodeId, store: Store, actor: Actor, key: IdempotencyKey = None
) -> Editor:
    body = (await http.body()).decode(errors="replace")
    state = http.app.state
    return Editor(store, state.database, state.track_rows, ep_id, actor, key, f"{http.method} {http.url.path}\n{body}")


EditorOf = Annotated[Editor, Depends(_editor)]
"""The editor of the episode in the path."""
