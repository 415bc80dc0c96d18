"""Decisions that the gestures of a person make: answers to questions, and corrections by hand."""

from collections.abc import Sequence

from screenalytics_assets.contract.record_types import identity_id_of
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.moderation.anchors import identity_anchors, track_anchors
from screenalytics_assets.moderation.state import ModeratedEpisode, Scene
from screenalytics_resources.decisions.records import NewDecision, Role, Subject, Value

Decisions = tuple[NewDecision, ...]


class Gestures:
    """Gestures on the identities that a person sees."""

    def __init__(self, episode: ModeratedEpisode, scene: Scene) -> None:
        self._episode = episode
        self._scene = scene

    def yes(self, question: Question) -> Decisions:
        """Return what a yes to the question says."""
        match question.kind:
            case "cut" if question.other_identity_id is not None:
                return self.move(question.track_ids, question.other_identity_id)
            case "cut":
                new = Value(identity_id=identity_id_of(self._episode.next_identity_number))
                together = NewDecision(kind="same", subjects=(self._selected(question.track_ids),), value=new)
                return (self._leave(question.track_ids), together)
            case "not_a_face":
                return self.dismiss(question.track_ids)
            case "name":
                return self.name(self._whole(question.identity_id or ""), question.person_id or "")
            case "merge" | "home":
                return (NewDecision(kind="same", subjects=self._sides(question)),)

    def no(self, question: Question) -> Decisions:
        """Return what a no to the question says."""
        match question.kind:
            case "cut":
                rest = self._rest(question.track_ids, "target")
                return (NewDecision(kind="same", subjects=(rest, self._selected(question.track_ids, "other"))),)
            case "not_a_face":
                return (NewDecision(kind="reviewed", subjects=(self._selected(question.track_ids),)),)
            case "name":
                refused = Value(person_id=question.person_id)
                whole = self._whole(question.identity_id or "")
                return (NewDecision(kind="not_person", subjects=(whole,), value=refused),)
            case "merge" | "home":
                return (NewDecision(kind="differ", subjects=self._sides(question)),)

    def dismiss(self, tracks: Sequence[str]) -> Decisions:
        """Return that the tracks show no face."""
        value = Value(reason="not_a_face")
        return (NewDecision(kind="dismiss", subjects=(self._selected(tracks),), value=value),)

    def move(self, tracks: Sequence[str], home: str) -> Decisions:
        """Return that the tracks leave their identity and join the identity `home`."""
        joined = NewDecision(kind="same", subjects=(self._whole(home), self._selected(tracks, "other")))
        return (self._leave(tracks), joined)

    def name_tracks(self, tracks: Sequence[str], person_id: str) -> Decisions:
        """Return that the tracks leave their identity and show this person of the cast."""
        return (self._leave(tracks), *self.name(self._selected(tracks), person_id))

    def name_identity(self, identity_id: str, person_id: str) -> Decisions:
        """Return that the identity shows this person of the cast."""
        return self.name(self._whole(identity_id), person_id)

    def name(self, subject: Subject, person_id: str) -> Decisions:
        """Return that the subject shows this person of the cast."""
        return (NewDecision(kind="is_person", subjects=(subject,), value=Value(person_id=person_id)),)

    def _sides(self, question: Question) -> tuple[Subject, Subject]:
        """Return the other identity, which keeps its id, and what is asked about it."""
        target = self._whole(question.other_identity_id or "")
        if question.identity_id is None:
            return target, self._selected(question.track_ids, "other")
        return target, self._whole(question.identity_id, "other")

    def _leave(self, tracks: Sequence[str]) -> NewDecision:
        """Return that the tracks do not show the person of the rest of their identity."""
        return NewDecision(kind="differ", subjects=(self._selected(tracks), self._rest(tracks, "other")))

    def _rest(self, tracks: Sequence[str], role: Role) -> Subject:
        name = self._episode.identity_of_track()[tracks[0]]
        identity = self._episode.identity(name)
        rest = [track for track in identity.track_ids if track not in tracks] if identity else []
        return Subject(role=role, identity_id=name, anchors=identity_anchors(rest, self._scene))

    def _whole(self, identity_id: str, role: Role = "target") -> Subject:
        identity = self._episode.identity(identity_id)
        tracks = identity.track_ids if identity else ()
        return Subject(role=role, identity_id=identity_id, anchors=identity_anchors(tracks, self._scene))

    def _selected(self, tracks: Sequence[str], role: Role = "target") -> Subject:
        return Subject(role=role, anchors=track_anchors(tracks, self._scene))
