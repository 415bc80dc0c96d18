"""The name of an identity, by the path that other tools know."""

from fastapi import APIRouter, Response

from screenalytics_app.api.change_identity import change_identity
from screenalytics_app.api.editor import EditorOf
from screenalytics_app.api.models.gestures import ClusterLabel, GestureResult, IdentityChange, Labels
from screenalytics_app.api.routes.identities import IdentityId

router = APIRouter(prefix="/api/v1/faces/clusters", tags=["identities"])


@router.post("/{identity_id}/label", responses={201: {"model": GestureResult, "description": "with a new person"}})
def label(identity_id: IdentityId, body: ClusterLabel, editor: EditorOf, response: Response) -> GestureResult:
    """Say whom an identity shows. A name that the cast does not have adds the person."""
    change = IdentityChange(labels=Labels(name=body.name), confirm=body.confirm)
    result, is_new = change_identity(editor, identity_id, change, body.expect)
    if is_new:
        response.status_code = 201
    return result
