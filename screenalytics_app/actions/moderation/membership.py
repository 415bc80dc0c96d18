"""Gestures that change which tracks are one identity: merge, split and move."""

from collections.abc import Sequence

from screenalytics_app.actions.moderation.draft import NOTHING, Draft, every_track, homes, memberships, selected, whole
from screenalytics_app.actions.moderation.errors import ConflictError, NameConflictError
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.record_types import identity_id_of
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.decisions.records import NewDecision, Subject, Value, anchors_in
from screenalytics_resources.errors import UserError


def merge(
    view: View, target: str, sources: Sequence[str], keep_name: str | None = None, confirm: bool = False
) -> Draft:
    """Merge `sources` into `target`, which keeps its id.

    Args:
        view: the episode.
        target: identity that stays.
        sources: identities that join it.
        keep_name: person id of the name that stays if people gave the identities different names.
        confirm: merge also identities that share a frame (a mirror, a split screen) or that people kept apart.

    Raises:
        NameConflictError: the names differ and `keep_name` is None.
        ConflictError: the merge needs `confirm`.
        UserError: an identity is unknown or merged with itself, or `keep_name` is the name of none.
    """
    kept = view.identity(target)
    joining = [view.identity(source) for source in dict.fromkeys(sources)]
    if not joining:
        raise UserError(f"No identity is named to merge into {target}: give at least one.")
    if target in sources:
        raise UserError(f"{target} cannot be merged with itself: name two identities.")
    _refuse_two_names([kept, *joining], keep_name)
    if not confirm:
        for number, identity in enumerate(joining):
            for earlier in (kept, *joining[:number]):
                _refuse_apart(view, earlier, identity)
                refuse_shared_frame(view, earlier.identity_id, earlier.track_ids, identity.track_ids)
    # No track joins a locked identity by likeness, so a merge with one has to name all tracks.
    subject_of = every_track if any(identity.locked for identity in (kept, *joining)) else whole
    subjects = (subject_of(view, kept), *(subject_of(view, identity, "other") for identity in joining))
    decisions = [NewDecision(kind="same", subjects=subjects)]
    if keep_name is not None:
        decisions.append(NewDecision(kind="is_person", subjects=subjects, value=Value(person_id=keep_name)))
    moving = [track for identity in joining for track in identity.track_ids]
    touched = (target, *(identity.identity_id for identity in joining))
    return Draft(tuple(decisions), touched, memberships(view, moving))


def split(view: View, identity_id: str, tracks: Sequence[str]) -> Draft:
    """Make a new identity of some tracks of an identity.

    Raises:
        UserError: a track or the identity is unknown, a track is in another identity, or no track would be left.
    """
    identity, chosen = view.identity(identity_id), view.tracks(tracks)
    _refuse_other_home(view, chosen, identity_id)
    rest = [track for track in identity.track_ids if track not in chosen]
    if not rest:
        raise UserError(f"These are all tracks of {identity_id}: leave at least one, so that there are two identities.")
    new = identity_id_of(view.moderated.next_identity_number)
    part = selected(view, chosen)
    same = NewDecision(kind="same", subjects=(part,), value=Value(identity_id=new))
    decisions = (_apart(view, part, identity, rest), same, *_name_again(view, identity, rest))
    return Draft(decisions, (identity_id,), memberships(view, chosen))


def move(view: View, tracks: Sequence[str], to: str, origin: str | None = None, confirm: bool = False) -> Draft:
    """Move tracks to the identity `to`. Tracks that are there already stay, so a repeated move changes nothing.

    Args:
        view: the episode.
        tracks: tracks to move.
        to: identity that gets them.
        origin: identity that the tracks are in; None takes them from wherever they are.
        confirm: move also tracks that share a frame with one of the identity.

    Raises:
        ConflictError: a track is in another identity than `origin`, or the move needs `confirm`.
        UserError: a track or identity is unknown, or a track is deleted.
    """
    target = view.identity(to)
    chosen = [track for track in view.tracks(tracks) if view.home.get(track) != to]
    if not chosen:
        return NOTHING
    refuse_dismissed(view, chosen)
    if origin is not None:
        view.identity(origin)
        _refuse_other_home(view, chosen, origin)
    if not confirm:
        refuse_shared_frame(view, to, target.track_ids, chosen)
    decisions, names = [], list(_name_again(view, target, (*target.track_ids, *chosen)))
    for name in homes(view, chosen):
        leaving = [track for track in chosen if view.home.get(track) == name]
        left = view.identity(name)
        rest = [track for track in left.track_ids if track not in leaving]
        if rest:
            decisions.append(_apart(view, selected(view, leaving), left, rest))
            names += _name_again(view, left, rest)
    same = NewDecision(kind="same", subjects=(whole(view, target), selected(view, chosen, "other")))
    touched = tuple(sorted({to, *homes(view, chosen)}))
    return Draft((*decisions, same, *names), touched, memberships(view, chosen))


def keep_apart(view: View, one: str, other: str | None, tracks: Sequence[str] = ()) -> Draft:
    """Say that the identity `one` shows another person than the identity `other`, or than `tracks`, if that is None.

    Raises:
        ConflictError: people gave both identities the same name.
        UserError: an identity or track is unknown, or both are the same.
    """
    if one == other:
        raise UserError(f"{one} cannot differ from itself: name two identities.")
    target = view.identity(one)
    if other is None:
        subject, touched = selected(view, view.tracks(tracks), "other"), (one, *homes(view, tracks))
    else:
        identity = view.identity(other)
        if identity.person_id is not None and identity.person_id == target.person_id:
            raise ConflictError(f"People gave {one} and {other} the name {identity.person_id}: change one name first.")
        subject, touched = whole(view, identity, "other"), (one, other)
    return Draft((NewDecision(kind="differ", subjects=(whole(view, target), subject)),), touched)


def refuse_shared_frame(view: View, name: str, tracks: Sequence[str], others: Sequence[str]) -> None:
    """Raise `ConflictError` if a track of the identity `name` shares a frame with one of `others`."""
    pair = view.sharing(tracks, others)
    if pair is not None:
        one, other = pair
        raise ConflictError(
            f"{other.track_id} shares a frame with {one.track_id} of {name}, at {max(one.first_ts, other.first_ts):.2f}"
            f" s, so they show two people: confirm it if it is one person in a mirror or a split screen.",
            needs_confirm=True,
        )


def refuse_dismissed(view: View, tracks: Sequence[str]) -> None:
    """Raise `ConflictError` if one of the tracks is deleted."""
    for track in tracks:
        if track in view.moderated.dismissed:
            raise ConflictError(f"{track} is deleted: restore it first.")


def _name_again(view: View, identity: ModeratedIdentity, tracks: Sequence[str]) -> tuple[NewDecision, ...]:
    """Say the name of an identity again, of the tracks that it has from now on.

    The decision that gave the name names tracks that leave, and would take it along.
    """
    if identity.person_id is None:
        return ()
    subject = whole(view, ModeratedIdentity(identity.identity_id, tuple(tracks)))
    return (NewDecision(kind="is_person", subjects=(subject,), value=Value(person_id=identity.person_id)),)


def _apart(view: View, part: Subject, identity: ModeratedIdentity, rest: Sequence[str]) -> NewDecision:
    """Say that selected tracks show another person than the rest of their identity."""
    left = ModeratedIdentity(identity.identity_id, tuple(rest))
    return NewDecision(kind="differ", subjects=(part, whole(view, left, "other")))


def _refuse_other_home(view: View, tracks: Sequence[str], identity_id: str) -> None:
    refuse_dismissed(view, tracks)
    for track in tracks:
        home = view.home.get(track)
        if home != identity_id:
            there = f"in {home}, so name that one" if home else "in no identity: move it to one"
            raise ConflictError(f"{track} is not in {identity_id}: it is {there}.")


def _refuse_two_names(identities: Sequence[ModeratedIdentity], keep_name: str | None) -> None:
    named = {i.identity_id: i.person_id for i in identities if i.person_id is not None}
    people = tuple(dict.fromkeys(named.values()))
    said = ", ".join(f"{identity} is {person}" for identity, person in named.items())
    if keep_name is not None and keep_name not in people:
        raise UserError(f"{keep_name} is the name of none of these identities ({said or 'they have no names'}).")
    if keep_name is None and len(people) > 1:
        raise NameConflictError(
            f"People gave these identities different names ({said}): choose the one that applies.", people
        )


def _refuse_apart(view: View, one: ModeratedIdentity, other: ModeratedIdentity) -> None:
    holding = {o.seq for o in view.moderation.outcomes if o.kind == "differ" and o.status in ("applied", "partial")}
    first, second = set(one.track_ids), set(other.track_ids)
    for decision in view.decisions:
        if decision.seq not in holding:
            continue
        by_role = ([s for s in decision.subjects if s.role == role] for role in ("target", "other"))
        left, right = (set(view.tracks_of(anchors_in(subjects))) for subjects in by_role)
        if (first & left and second & right) or (first & right and second & left):
            raise ConflictError(
                f"{decision.actor} said that {one.identity_id} and {other.identity_id} are different people (decision "
                f"{decision.seq}): confirm it to merge them all the same.",
                needs_confirm=True,
            )
