"""Gestures that delete tracks and bring them back. Their rows and pictures stay until somebody purges them."""

from collections.abc import Sequence

from screenalytics_app.actions.moderation.draft import NOTHING, Draft, every_track, homes, memberships, selected
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.moderation.fold import live
from screenalytics_resources.decisions.records import NewDecision, Reason, Value
from screenalytics_resources.errors import UnknownError


def dismiss(view: View, tracks: Sequence[str], reason: Reason) -> Draft:
    """Take tracks out of the results. Tracks that were dismissed for the same reason stay as they are.

    Raises:
        UserError: a track is unknown.
    """
    chosen = [track for track in view.tracks(tracks) if view.moderated.dismissed.get(track) != reason]
    if not chosen:
        return NOTHING
    decision = NewDecision(kind="dismiss", subjects=(selected(view, chosen),), value=Value(reason=reason))
    return Draft((decision,), homes(view, chosen), memberships(view, chosen))


def dismiss_identity(view: View, identity_id: str, reason: Reason) -> Draft:
    """Take all tracks of an identity out of the results.

    Raises:
        UserError: the identity is unknown.
    """
    identity = view.identity(identity_id)
    decision = NewDecision(kind="dismiss", subjects=(every_track(view, identity),), value=Value(reason=reason))
    return Draft((decision,), (identity_id,), memberships(view, identity.track_ids))


def restore(view: View, tracks: Sequence[str]) -> Draft:
    """Bring deleted tracks back. Tracks that are not deleted stay as they are.

    Raises:
        UserError: a track is unknown.
    """
    chosen = [track for track in view.tracks(tracks) if track in view.moderated.dismissed]
    if not chosen:
        return NOTHING
    decision = NewDecision(kind="restore", subjects=(selected(view, chosen),))
    return Draft((decision,), (), memberships(view, chosen))


def restore_identity(view: View, identity_id: str) -> Draft:
    """Bring back the deleted tracks that were in this identity, which need not exist any more.

    Raises:
        UnknownError: none of the deleted tracks was in it.
    """
    memberships_before = [m for decision in live(view.decisions) for m in decision.before if decision.kind == "dismiss"]
    anchors = [anchor for m in memberships_before if m.identity_id == identity_id for anchor in m.anchors]
    tracks = [track for track in view.tracks_of(anchors) if track in view.moderated.dismissed]
    if not tracks:
        raise UnknownError(f"{identity_id} of {view.episode.ep_id} has no deleted tracks: there is nothing to restore.")
    return restore(view, tracks)
