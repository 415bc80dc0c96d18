"""Gestures about one identity or track that change no membership: lock, review, thumbnail and cut."""

from screenalytics_app.actions.moderation.draft import NOTHING, Draft, every_track, selected
from screenalytics_app.actions.moderation.membership import refuse_dismissed
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.moderation.cut_tracks import cut_problem
from screenalytics_resources.decisions.records import NewDecision, Value
from screenalytics_resources.errors import UserError


def lock(view: View, identity_id: str) -> Draft:
    """Keep the machine from changing an identity's tracks. People still can."""
    identity = view.identity(identity_id)
    if identity.locked:
        return NOTHING
    return Draft((NewDecision(kind="lock", subjects=(every_track(view, identity),)),), (identity_id,))


def unlock(view: View, identity_id: str) -> Draft:
    """Let the machine change an identity's tracks again."""
    identity = view.identity(identity_id)
    if not identity.locked:
        return NOTHING
    return Draft((NewDecision(kind="unlock", subjects=(every_track(view, identity),)),), (identity_id,))


def review(view: View, identity_id: str) -> Draft:
    """Say that a person has looked at all tracks of an identity."""
    identity = view.identity(identity_id)
    if identity.reviewed:
        return NOTHING
    return Draft((NewDecision(kind="reviewed", subjects=(every_track(view, identity),)),), (identity_id,))


def represent(view: View, track_id: str, ts: float) -> Draft:
    """Make the stored picture of a track nearest to `ts` the thumbnail of its identity.

    Raises:
        UserError: the track is unknown, in no identity or not on screen at `ts`, or it has no picture.
    """
    track = view.track(track_id)
    refuse_dismissed(view, [track_id])
    home = view.home.get(track_id)
    if home is None:
        raise UserError(f"{track_id} is in no identity, so it cannot be the thumbnail of one: move it to one first.")
    if not track.first_ts <= ts <= track.last_ts:
        raise UserError(f"{track_id} is not on screen at {ts:.2f} s: {_span(track)}.")
    if not track.crops:
        raise UserError(f"{track_id} has no stored picture: choose another track of {home}.")
    if view.identity(home).representative == (track_id, ts):
        return NOTHING
    decision = NewDecision(kind="represent", subjects=(selected(view, [track_id]),), value=Value(ts=ts))
    return Draft((decision,), (home,))


def cut(view: View, track_id: str, ts: float) -> Draft:
    """Say that a track shows another person from `ts` on.

    Raises:
        UserError: the track is unknown, or does not go on both before and after `ts`.
    """
    track = view.track(track_id)
    refuse_dismissed(view, [track_id])
    problem = cut_problem(track, ts)
    if problem is not None:
        raise UserError(problem)
    near = view.episode.scene.frame_s / 2
    if any(known.track_id == track_id and abs(known.ts - ts) < near for known in view.moderation.cuts):
        return NOTHING
    home = view.home.get(track_id)
    decision = NewDecision(kind="cut", subjects=(selected(view, [track_id]),), value=Value(ts=ts))
    return Draft((decision,), () if home is None else (home,))


def _span(track: Track) -> str:
    return f"it is on screen from {track.first_ts:.2f} to {track.last_ts:.2f} s"
