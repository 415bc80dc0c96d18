"""PATCH of an identity: lock, name, label and review in one gesture."""

from collections.abc import Callable, Iterator, Mapping

from screenalytics_app.actions.cast.named_person import find_named, person_named
from screenalytics_app.actions.moderation import marks, naming
from screenalytics_app.actions.moderation.draft import Draft, combined
from screenalytics_app.actions.moderation.edit import checked
from screenalytics_app.actions.moderation.view import View
from screenalytics_app.api.editor import Editor
from screenalytics_app.api.models.gestures import GestureResult, IdentityChange
from screenalytics_app.api.present.episode_view import current_view


def change_identity(
    editor: Editor, identity_id: str, body: IdentityChange, saw: Mapping[str, str]
) -> tuple[GestureResult, bool]:
    """Change an identity. Returns what changed, and whether a person was added to the cast.

    A name that the cast does not have adds the person, if the rest of the change is possible.

    Raises:
        NameConflictError: the cast has several people of this name.
        UserError: the change is refused.
    """
    labels = body.labels
    if labels is None or labels.name is None:
        person_id = labels.person_id if labels else None
        return editor.edit(lambda view: _draft(view, identity_id, body, person_id), saw), False
    with editor.database.cast() as cast:
        known = find_named(cast.people(editor.show), labels.name)
        if known is None:
            checked(current_view(editor.store, editor.ep_id), saw, lambda view: _draft(view, identity_id, body, ""))
        person, is_new = (known, False) if known else person_named(editor.store, cast, editor.show, labels.name)
    return editor.edit(lambda view: _draft(view, identity_id, body, person.person_id), saw), is_new


def _draft(view: View, identity_id: str, body: IdentityChange, person_id: str | None) -> Draft:
    view.identity(identity_id)
    return combined([part(view) for part in _parts(identity_id, body, person_id)])


def _parts(identity_id: str, body: IdentityChange, person_id: str | None) -> Iterator[Callable[[View], Draft]]:
    if body.labels is not None:
        yield lambda view: naming.name(view, identity_id, person_id, body.confirm)
    if "label" in body.model_fields_set:
        yield lambda view: naming.label(view, identity_id, body.label)
    if body.locked is not None:
        mark = marks.lock if body.locked else marks.unlock
        yield lambda view: mark(view, identity_id)
    if body.reviewed:
        yield lambda view: marks.review(view, identity_id)
