"""Undo and redo in an episode. Both append a decision that takes a gesture back; redo takes back an undo."""

from collections.abc import Sequence
from uuid import UUID

from screenalytics_app.actions.moderation.draft import Draft, homes, memberships
from screenalytics_app.actions.moderation.take_back import UndoableLog
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.decisions.records import Decision, NewDecision, anchors_in


def undo(view: View, actor: str, gesture_id: UUID | None = None) -> Draft:
    """Take back a gesture, by default the actor's last one that counts. There is no time limit.

    Raises:
        UserError: see `UndoableLog.undo`.
    """
    log = _log(view)
    return _draft(view, log, log.undo(actor, gesture_id))


def redo(view: View, actor: str) -> Draft:
    """Take back the actor's last undo.

    Raises:
        UserError: see `UndoableLog.redo`.
    """
    log = _log(view)
    return _draft(view, log, log.redo(actor))


def _log(view: View) -> UndoableLog:
    return UndoableLog(view.episode.ep_id, view.decisions, lambda decisions: _tracks(view, decisions))


def _tracks(view: View, decisions: Sequence[Decision]) -> tuple[str, ...]:
    anchors = [anchor for decision in decisions for anchor in anchors_in(decision.subjects)]
    anchors += [anchor for decision in decisions for membership in decision.before for anchor in membership.anchors]
    return view.tracks_of(anchors)


def _draft(view: View, log: UndoableLog, decision: NewDecision) -> Draft:
    tracks = _tracks(view, log.about(decision))
    return Draft((decision,), homes(view, tracks), memberships(view, tracks))
