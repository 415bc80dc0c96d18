"""Changes of identities."""

from fastapi import APIRouter, Response

from screenalytics_app.actions.moderation import dismissal, marks, membership, naming
from screenalytics_app.api.change_identity import change_identity
from screenalytics_app.api.editor import EditorOf
from screenalytics_app.api.models.gestures import (
    DismissIdentity,
    GestureResult,
    IdentityChange,
    Merge,
    NotPerson,
    Represent,
    Split,
)
from screenalytics_app.api.preconditions import IfMatch, seen
from screenalytics_app.api.routes.identities import IdentityId

router = APIRouter(prefix="/episodes/{ep_id}", tags=["identities"])


@router.post("/identities/merge")
def merge(body: Merge, editor: EditorOf) -> GestureResult:
    """Merge identities into one, which keeps its id and the name that a person gave."""
    return editor.edit(
        lambda view: membership.merge(view, body.target_id, body.source_ids, body.keep_name, body.confirm), body.expect
    )


@router.post("/identities/split", status_code=201)
def split(body: Split, editor: EditorOf, response: Response) -> GestureResult:
    """Make a new identity of some tracks of an identity. `Location` is the new one."""
    result = editor.edit(lambda view: membership.split(view, body.identity_id, body.track_ids_to_split), body.expect)
    new = next(i.identity_id for i in result.identities if i.identity_id != body.identity_id)
    response.headers["Location"] = f"/episodes/{editor.ep_id}/identities/{new}"
    return result


@router.patch("/identities/{identity_id}")
def change(identity_id: IdentityId, body: IdentityChange, editor: EditorOf, etag: IfMatch) -> GestureResult:
    """Lock, name, label or review an identity, in one gesture."""
    return change_identity(editor, identity_id, body, seen(identity_id, etag))[0]


@router.post("/identities/{identity_id}/dismiss")
def dismiss(identity_id: IdentityId, body: DismissIdentity, editor: EditorOf) -> GestureResult:
    """Take all tracks of an identity out of the results. Their rows and pictures stay."""
    return editor.edit(lambda view: dismissal.dismiss_identity(view, identity_id, body.reason), body.expect)


@router.post("/identities/{identity_id}/restore")
def restore(identity_id: IdentityId, editor: EditorOf) -> GestureResult:
    """Bring back the dismissed tracks that were in this identity."""
    return editor.edit(lambda view: dismissal.restore_identity(view, identity_id))


@router.post("/identities/{identity_id}/not")
def not_person(identity_id: IdentityId, body: NotPerson, editor: EditorOf) -> GestureResult:
    """Say that an identity does not show this person. The name is not suggested for it again."""
    return editor.edit(lambda view: naming.not_person(view, identity_id, body.person_id), body.expect)


@router.post("/represent")
def represent(body: Represent, editor: EditorOf) -> GestureResult:
    """Make the picture of a track nearest to a time the thumbnail of its identity."""
    return editor.edit(lambda view: marks.represent(view, body.track_id, body.ts))
