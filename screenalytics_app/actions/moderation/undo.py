"""Undo and redo. Both append a decision that takes a gesture back; redo takes back an undo."""

from collections.abc import Sequence
from uuid import UUID

from screenalytics_app.actions.moderation.draft import Draft, homes, memberships
from screenalytics_app.actions.moderation.errors import LaterDecisionsError, UnknownError
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.moderation.fold import live, undone_gestures
from screenalytics_resources.decisions.records import Anchor, Decision, NewDecision, Value, anchors_in
from screenalytics_resources.errors import UserError


def undo(view: View, actor: str, gesture_id: UUID | None = None) -> Draft:
    """Take back a gesture, by default the actor's last one that counts. There is no time limit.

    Raises:
        LaterDecisionsError: later decisions of other people, which count, are about the same tracks.
        UnknownError: there is no such gesture.
        UserError: the gesture is undone already, or the actor has none to undo.
    """
    if gesture_id is None:
        own = _gestures(view.decisions, actor)
        if not own:
            raise UserError(f"{actor} has nothing to undo in {view.episode.ep_id}.")
        gesture_id = own[-1]
    return _taken_back(view, actor, gesture_id)


def redo(view: View, actor: str) -> Draft:
    """Take back the actor's last undo. A new gesture of the actor ends what can be redone.

    Raises:
        LaterDecisionsError: later decisions of other people, which count, are about the same tracks.
        UserError: the actor has nothing to redo.
    """
    undos = _undos(view.decisions, actor)
    if not undos:
        raise UserError(f"{actor} has nothing to redo in {view.episode.ep_id}: redo follows an undo.")
    return _taken_back(view, actor, undos[-1])


def _taken_back(view: View, actor: str, gesture_id: UUID) -> Draft:
    gesture = [decision for decision in view.decisions if decision.gesture_id == gesture_id]
    if not gesture:
        raise UnknownError(
            f"There is no gesture {gesture_id} in {view.episode.ep_id}: `screenalytics identity history` lists them."
        )
    if gesture_id in undone_gestures(view.decisions):
        raise UserError(f"Gesture {gesture_id} is undone already.")
    tracks = view.tracks_of(_anchors(view.decisions, gesture))
    _refuse_later(view, actor, gesture[-1].seq, frozenset(tracks))
    decision = NewDecision(kind="undo", value=Value(gesture_id=gesture_id))
    return Draft((decision,), homes(view, tracks), memberships(view, tracks))


def _anchors(decisions: Sequence[Decision], gesture: Sequence[Decision]) -> list[Anchor]:
    """Return the anchors that a gesture is about; those of an undo are those of the gesture that it takes back."""
    anchors = [anchor for decision in gesture for anchor in anchors_in(decision.subjects)]
    anchors += [anchor for decision in gesture for membership in decision.before for anchor in membership.anchors]
    targets = {decision.value.gesture_id for decision in gesture if decision.kind == "undo"}
    if targets:
        anchors += _anchors(decisions, [decision for decision in decisions if decision.gesture_id in targets])
    return anchors


def _refuse_later(view: View, actor: str, seq: int, tracks: frozenset[str]) -> None:
    later = [d for d in live(view.decisions) if d.seq > seq and d.actor != actor]
    touching = [d for d in later if not tracks.isdisjoint(view.tracks_of(_anchors(view.decisions, [d])))]
    if touching:
        listed = ", ".join(f"{d.seq} ({d.kind} by {d.actor})" for d in touching)
        raise LaterDecisionsError(
            f"Later decisions of other people are about the same tracks: {listed}. Ask them, or correct it by hand.",
            touching,
        )


def _gestures(decisions: Sequence[Decision], actor: str) -> list[UUID]:
    """Return the actor's gestures that count, oldest first, without undos."""
    return list(dict.fromkeys(decision.gesture_id for decision in live(decisions) if decision.actor == actor))


def _undos(decisions: Sequence[Decision], actor: str) -> list[UUID]:
    """Return the actor's undos that a redo can take back, oldest first: those since their last gesture."""
    undone = undone_gestures(decisions)
    all_undos = {decision.gesture_id for decision in decisions if decision.kind == "undo"}
    found: list[UUID] = []
    for decision in decisions:
        if decision.actor != actor:
            continue
        if decision.kind != "undo":
            found.clear()
        elif decision.gesture_id not in undone and decision.value.gesture_id not in all_undos:
            found.append(decision.gesture_id)
    return found
