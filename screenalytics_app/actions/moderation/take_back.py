"""Which gesture of a log an undo or a redo takes back, and whether it may."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from screenalytics_app.actions.moderation.errors import ConflictError, LaterDecisionsError
from screenalytics_assets.moderation.fold import live, undone_gestures
from screenalytics_resources.decisions.records import Decision, NewDecision, Value
from screenalytics_resources.errors import UnknownError


@dataclass(frozen=True)
class UndoableLog:
    """The log of an episode or a show.

    `tracks_of` returns the tracks that decisions are about.
    """

    log_id: str
    decisions: Sequence[Decision]
    tracks_of: Callable[[Sequence[Decision]], Iterable[Hashable]]

    def undo(self, actor: str, gesture_id: UUID | None) -> NewDecision:
        """Return the decision that takes back a gesture, by default the actor's last one that counts.

        Raises:
            LaterDecisionsError: later decisions of other people, which count, are about the same tracks.
            UnknownError: there is no such gesture.
            ConflictError: the gesture is undone already, or the actor has none to undo.
        """
        if gesture_id is None:
            own = [decision.gesture_id for decision in live(self.decisions) if decision.actor == actor]
            if not own:
                raise ConflictError(f"{actor} has nothing to undo in {self.log_id}: name a gesture of another person.")
            gesture_id = own[-1]
        return self._taken_back(actor, gesture_id)

    def redo(self, actor: str) -> NewDecision:
        """Return the decision that takes back the actor's last undo.

        A new gesture of the actor ends what can be redone.

        Raises:
            LaterDecisionsError: later decisions of other people, which count, are about the same tracks.
            ConflictError: the actor has nothing to redo.
        """
        undos = self._undos(actor)
        if not undos:
            raise ConflictError(f"{actor} has nothing to redo in {self.log_id}: redo follows an undo.")
        return self._taken_back(actor, undos[-1])

    def about(self, undo: Decision | NewDecision) -> list[Decision]:
        """Return the decisions that an undo takes back, and if these are an undo, those behind it."""
        gesture = [decision for decision in self.decisions if decision.gesture_id == undo.value.gesture_id]
        return [found for one in gesture for found in (one, *(self.about(one) if one.kind == "undo" else ()))]

    def _taken_back(self, actor: str, gesture_id: UUID) -> NewDecision:
        gesture = [decision for decision in self.decisions if decision.gesture_id == gesture_id]
        if not gesture:
            raise UnknownError(
                f"There is no gesture {gesture_id} in {self.log_id}: name one of its history.", "gesture"
            )
        if gesture_id in undone_gestures(self.decisions):
            raise ConflictError(f"Gesture {gesture_id} is undone already: redo takes your last undo back.")
        decision = NewDecision(kind="undo", value=Value(gesture_id=gesture_id))
        self._refuse_later(actor, gesture[-1].seq, frozenset(self.tracks_of(self.about(decision))))
        return decision

    def _refuse_later(self, actor: str, seq: int, tracks: frozenset[Hashable]) -> None:
        later = [d for d in live(self.decisions) if d.seq > seq and d.actor != actor]
        touching = [d for d in later if not tracks.isdisjoint(self.tracks_of([d]))]
        if touching:
            listed = ", ".join(f"{d.seq} ({d.kind} by {d.actor})" for d in touching)
            raise LaterDecisionsError(
                f"Later decisions of other people are about the same tracks: {listed}. Ask them, or correct it by "
                f"hand.",
                touching,
            )

    def _undos(self, actor: str) -> list[UUID]:
        """Return the actor's undos that a redo can take back, oldest first: those since their last gesture."""
        undone = undone_gestures(self.decisions)
        all_undos = {decision.gesture_id for decision in self.decisions if decision.kind == "undo"}
        found: list[UUID] = []
        for decision in self.decisions:
            if decision.actor != actor:
                continue
            if decision.kind != "undo":
                found.clear()
            elif decision.gesture_id not in undone and decision.value.gesture_id not in all_undos:
                found.append(decision.gesture_id)
        return found
