"""Tracks and identities that a command names by their ids or by who is on screen at a time."""

from collections.abc import Sequence

from screenalytics_app.actions.moderation.on_screen import identity_at, parse_time, track_at
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.errors import UserError


def identity_named(view: View, identity_id: str | None, at: str | None) -> str:
    """Return the identity that is named by its id or by a time. Raises `UserError` unless exactly one is given."""
    if (identity_id is None) == (at is None):
        raise UserError("Name one identity: give either --identity or --at.")
    return identity_id if identity_id is not None else identity_at(view, parse_time(at or ""))


def tracks_named(view: View, track_ids: Sequence[str], at: str | None) -> tuple[str, ...]:
    """Return the tracks that are named by their ids or by a time. Raises `UserError` unless exactly one is given."""
    if bool(track_ids) == (at is not None):
        raise UserError("Name the tracks: give either --track or --at.")
    return tuple(track_ids) or (track_at(view, parse_time(at or "")),)
