"""Changes of tracks."""

from fastapi import APIRouter

from screenalytics_app.actions.moderation import dismissal, marks, membership
from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.view import View
from screenalytics_app.api.editor import EditorOf
from screenalytics_app.api.models.gestures import (
    Cut,
    DismissTracks,
    GestureResult,
    MoveTrack,
    MoveTracks,
    RestoreTracks,
)
from screenalytics_app.api.preconditions import IfMatch, refuse_changed_track
from screenalytics_app.api.routes.tracks import TrackId

router = APIRouter(prefix="/episodes/{ep_id}/tracks", tags=["tracks"])


@router.post("/move")
def move_tracks(body: MoveTracks, editor: EditorOf) -> GestureResult:
    """Move tracks to another identity in one gesture."""
    return editor.edit(
        lambda view: membership.move(view, body.track_ids, body.to_identity_id, body.from_identity_id, body.confirm),
        body.expect,
    )


@router.post("/dismiss")
def dismiss_tracks(body: DismissTracks, editor: EditorOf) -> GestureResult:
    """Take tracks out of the results. Their rows and pictures stay."""
    return editor.edit(lambda view: dismissal.dismiss(view, body.track_ids, body.reason), body.expect)


@router.post("/restore")
def restore_tracks(body: RestoreTracks, editor: EditorOf) -> GestureResult:
    """Bring dismissed tracks back."""
    return editor.edit(lambda view: dismissal.restore(view, body.track_ids))


@router.post("/{track_id}/move")
def move_track(track_id: TrackId, body: MoveTrack, editor: EditorOf) -> GestureResult:
    """Move one track to another identity."""
    return editor.edit(
        lambda view: membership.move(view, [track_id], body.to_identity_id, body.from_identity_id, body.confirm),
        body.expect,
    )


@router.post("/{track_id}/restore")
def restore_track(track_id: TrackId, editor: EditorOf) -> GestureResult:
    """Bring a dismissed track back."""
    return editor.edit(lambda view: dismissal.restore(view, [track_id]))


@router.post("/{track_id}/cut")
def cut(track_id: TrackId, body: Cut, editor: EditorOf) -> GestureResult:
    """Cut a track that shows another person from a time on. The next run applies it."""
    return editor.edit(lambda view: marks.cut(view, track_id, body.ts))


@router.delete("/{track_id}", status_code=204)
def delete(track_id: TrackId, editor: EditorOf, etag: IfMatch) -> None:
    """Delete a track. If-Match is the etag of its identity."""

    def gesture(view: View) -> Draft:
        view.track(track_id)
        refuse_changed_track(view, track_id, etag)
        return dismissal.dismiss(view, [track_id], "deleted")

    editor.edit(gesture)
