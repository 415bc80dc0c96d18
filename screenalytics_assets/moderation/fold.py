"""Which decisions count: those that were not taken back."""

from collections.abc import Sequence
from uuid import UUID

from screenalytics_resources.decisions.records import Decision


def undone_gestures(decisions: Sequence[Decision]) -> frozenset[UUID]:
    """Return the gestures that are taken back. An undo can itself be taken back, which is a redo."""
    undone: set[UUID] = set()
    for decision in reversed(decisions):
        if decision.kind == "undo" and decision.gesture_id not in undone and decision.value.gesture_id is not None:
            undone.add(decision.value.gesture_id)
    return frozenset(undone)


def live(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions that count, in order of seq. Undo decisions are left out."""
    undone = undone_gestures(decisions)
    return [d for d in decisions if d.kind != "undo" and d.gesture_id not in undone]
