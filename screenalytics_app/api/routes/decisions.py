"""The log of an episode: its history, comparisons of identities, undo and redo."""

from typing import Annotated

from fastapi import APIRouter, Query

from screenalytics_app.actions.moderation import membership, season
from screenalytics_app.actions.moderation import undo as undoing
from screenalytics_app.actions.moderation.season import EpisodeIdentity
from screenalytics_app.api.context import EpisodeId, Store
from screenalytics_app.api.cursors import Cursor
from screenalytics_app.api.editor import EditorOf
from screenalytics_app.api.models.common import Page
from screenalytics_app.api.models.gestures import Compare, GestureResult, UndoRequest
from screenalytics_app.api.models.history import HistoryEntry
from screenalytics_app.api.present.episode_view import current_view
from screenalytics_app.api.present.history import history_page
from screenalytics_resources.errors import UnknownError

router = APIRouter(prefix="/episodes/{ep_id}", tags=["decisions"])
LATEST = UndoRequest()


@router.get("/decisions")
def decisions(
    ep_id: EpisodeId,
    store: Store,
    actor: Annotated[str | None, Query(max_length=100, description="only what this person did")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Page[HistoryEntry]:
    """Return what people did, the newest gesture first."""
    return history_page(store, current_view(store, ep_id), actor, cursor, limit)


@router.post("/decisions", status_code=201)
def compare(body: Compare, editor: EditorOf) -> GestureResult:
    """Say that two identities show one person, or two people."""
    if body.other_ep_id is not None and body.other_ep_id != editor.ep_id:
        one = EpisodeIdentity(editor.ep_id, body.identity_id)
        other = EpisodeIdentity(body.other_ep_id, body.other_id)
        request = editor.request(body.expect)
        return editor.edit_show(
            lambda store, cast: season.compare(store, cast, body.kind, one, other, request, body.confirm)
        )
    if body.kind == "same":
        return editor.edit(
            lambda view: membership.merge(view, body.identity_id, [body.other_id], confirm=body.confirm), body.expect
        )
    return editor.edit(lambda view: membership.keep_apart(view, body.identity_id, body.other_id), body.expect)


@router.post("/undo")
def undo(editor: EditorOf, body: UndoRequest = LATEST) -> GestureResult:
    """Take back a gesture, also one that compared two episodes; by default the person's own last one here."""
    try:
        return editor.edit(lambda view: undoing.undo(view, editor.actor, body.gesture_id))
    except UnknownError as unknown:
        try:
            return editor.edit_show(
                lambda store, cast: season.undo_in_show(store, cast, editor.show, editor.request(), body.gesture_id)
            )
        except UnknownError:
            raise unknown from None


@router.post("/redo")
def redo(editor: EditorOf) -> GestureResult:
    """Take back the person's own last undo."""
    return editor.edit(lambda view: undoing.redo(view, editor.actor))
