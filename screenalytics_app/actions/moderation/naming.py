"""Gestures that say who an identity is, or who it is not."""

from screenalytics_app.actions.moderation.draft import NOTHING, Draft, every_track, whole
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.decisions.records import NewDecision, Value
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable

MAX_LABEL = 200


def name(view: View, identity_id: str, person_id: str | None, confirm: bool = False) -> Draft:
    """Say who an identity is, or with None withdraw the name that a person gave.

    `confirm` also names an identity that shares a frame with another one of this name.

    Raises:
        ConflictError: the name needs `confirm`.
        UserError: the identity is unknown.
    """
    identity = view.identity(identity_id)
    if identity.person_id == person_id:
        return NOTHING
    if person_id is not None and not confirm:
        _refuse_twice_in_a_frame(view, identity_id, person_id)
    subject = every_track(view, identity) if person_id is None else whole(view, identity)
    decision = NewDecision(kind="is_person", subjects=(subject,), value=Value(person_id=person_id))
    return Draft((decision,), (identity_id,))


def not_person(view: View, identity_id: str, person_id: str) -> Draft:
    """Say that an identity does not show this person. Raises `UserError` if the identity is unknown."""
    identity = view.identity(identity_id)
    if person_id in identity.not_people and identity.person_id != person_id:
        return NOTHING
    decision = NewDecision(kind="not_person", subjects=(whole(view, identity),), value=Value(person_id=person_id))
    return Draft((decision,), (identity_id,))


def label(view: View, identity_id: str, text: str | None) -> Draft:
    """Write a free text on an identity, or with None remove it.

    Raises:
        UserError: the identity is unknown, or the text is blank or longer than `MAX_LABEL`.
    """
    identity = view.identity(identity_id)
    text = None if text is None else printable(text.strip())
    if text is not None and not 0 < len(text) <= MAX_LABEL:
        raise UserError(f"A label has 1 to {MAX_LABEL} characters, but this one has {len(text)}.")
    if identity.label == text:
        return NOTHING
    decision = NewDecision(kind="label", subjects=(every_track(view, identity),), value=Value(text=text))
    return Draft((decision,), (identity_id,))


def _refuse_twice_in_a_frame(view: View, identity_id: str, person_id: str) -> None:
    tracks = view.identity(identity_id).track_ids
    for other in view.moderated.identities:
        named = other.person_id == person_id and other.identity_id != identity_id
        if named and view.sharing(tracks, other.track_ids) is not None:
            raise ConflictError(
                f"{identity_id} shares a frame with {other.identity_id}, which is named {person_id}: a person is twice "
                f"in a frame only in a mirror or a split screen; confirm it if that is so.",
                needs_confirm=True,
            )
