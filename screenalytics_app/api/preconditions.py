"""Preconditions: which version of an identity a request may change."""

from typing import Annotated

from fastapi import Depends, Header

from screenalytics_app.actions.moderation.errors import StaleError
from screenalytics_app.actions.moderation.view import View
from screenalytics_app.api.problems import ProblemError

ANY = "*"


def _if_match(
    given: Annotated[
        str | None, Header(alias="If-Match", description="etag of the identity that you saw, or *", max_length=200)
    ] = None,
) -> str:
    if given is None:
        message = "This request needs If-Match: send the etag of the identity that you saw, or * to change any version."
        raise ProblemError(428, "precondition-required", message)
    tag = given.strip()
    if tag == ANY:
        return ANY
    if len(tag) < 2 or tag[0] != '"' or tag[-1] != '"' or '"' in tag[1:-1]:
        message = f'If-Match must be one etag in quotation marks, or *, but it is {given}: send such as "0123abcd".'
        raise ProblemError(422, "invalid", message)
    return tag[1:-1]


IfMatch = Annotated[str, Depends(_if_match)]
"""The etag that the request names, without its quotation marks, or `ANY`."""


def seen(identity_id: str, etag: str) -> dict[str, str]:
    """Return what `Request.saw` has to be for a change of this identity."""
    return {} if etag == ANY else {identity_id: etag}


def refuse_changed_track(view: View, track_id: str, etag: str) -> None:
    """Raise `StaleError` unless the identity that a track is in has this version. A track in none has no version."""
    home = view.home.get(track_id)
    identity = None if home is None else view.identity(home)
    if etag not in (ANY, identity.version if identity else None):
        where = f"is now in {home}, which" if home else "is in no identity now, or its identity"
        raise StaleError(
            f"{track_id} {where} changed since you saw it: look at it again, and repeat the change if it applies.",
            [identity] if identity else [],
        )
