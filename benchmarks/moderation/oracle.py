"""Oracle user: corrects an episode by answering the queue and moving what is left, and counts the actions.

The user knows who every track shows, and uses it only to answer. Every gesture is made as a person's is, and the user
sees the overlay of all decisions after each one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from benchmarks.moderation.episode import EP_ID, NOW, MessyEpisode
from screenalytics_app.actions.moderation.answer import no, yes
from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.draft import Draft, selected, whole
from screenalytics_app.actions.moderation.naming import name
from screenalytics_app.actions.moderation.view import Episode, View
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed
from screenalytics_assets.merge_suggestions.queue import queue
from screenalytics_assets.moderation.state import ModeratedEpisode, ModeratedIdentity, Scene
from screenalytics_resources.decisions.records import Gesture, NewDecision, Value, decisions_of

MOVE, NAME, DISMISS, ANSWER = 3, 1, 1, 1
"""Actions: click, shift-click and digit for a run of tracks; a digit; X; Y or N, or a digit instead."""
WIDTH, HEIGHT, VIDEO = 1280, 720, "0" * 64
SPLIT_UP = 4
"""Actions of an Immich-like interface to correct n faces are n + 4, or 4 for each, and those of m merges m + 2."""


@dataclass
class Session:
    """One user's work on one episode: what they see now, and the actions by kind."""

    messy: MessyEpisode
    suggestions: MergeSuggestions
    view: View
    actions: Counter[str] = field(default_factory=Counter)

    @property
    def episode(self) -> ModeratedEpisode:
        """The identities that the user sees."""
        return self.view.moderated

    def do(self, draft: Draft, what: str, actions: int) -> None:
        """Append the decisions of one gesture, count its actions, and look at the result."""
        last = len(self.view.decisions)
        gesture = Gesture(actor="oracle", decisions=draft.decisions, before=draft.before)
        appended = decisions_of(gesture, EP_ID, last, NOW + timedelta(seconds=last))
        self.view = View(self.view.episode, (*self.view.decisions, *appended))
        self.actions[what] += actions


def correct(messy: MessyEpisode, suggestions: MergeSuggestions) -> Session:
    """Answer the queue until it is empty, then correct by hand what is left."""
    scene = Scene(messy.compared.tracks, VIDEO, WIDTH, HEIGHT, messy.compared.frame_s)
    session = Session(messy, suggestions, View(Episode(EP_ID, scene, messy.identities, NO_EXCEPTIONS), ()))
    while questions := queue(session.episode, suggestions, session.view.moderation):
        answer(session, questions[0])
    for correction in (move_wrong_tracks, dismiss_non_faces, name_identities):
        correction(session)
    return session


def answer(session: Session, question: Question) -> None:
    """Answer one question. A part whose proposed home is wrong gets its name by digit."""
    view, truth = session.view, session.messy.truth
    shown = {truth[track] for track in question.track_ids}
    person = main_person(question.track_ids, truth)
    other = _main_of(session, question.other_identity_id)
    match question.kind:
        case "merge" | "home":
            right = person == other != NON_FACE
        case "not_a_face":
            right = shown == {NON_FACE}
        case "name":
            right = person == question.person_id
        case "cut":
            right = len(shown) == 1 and person != _main_of(session, question.identity_id, without=question.track_ids)
            if right and other not in (None, person):
                session.do(name_tracks(view, question.track_ids, person), "named cut", ANSWER)
                return
    said = yes(view, question, confirm=True) if right else no(view, question)
    session.do(said, f"{question.kind}: {'yes' if right else 'no'}", ANSWER)


def name_tracks(view: View, tracks: Sequence[str], person_id: str) -> Draft:
    """Return that the tracks leave their identity and show this person of the cast."""
    home = view.identity(view.home[tracks[0]])
    rest = ModeratedIdentity(home.identity_id, tuple(track for track in home.track_ids if track not in tracks))
    leaving = selected(view, tracks)
    differ = NewDecision(kind="differ", subjects=(leaving, whole(view, rest, "other")))
    return Draft((differ, NewDecision(kind="is_person", subjects=(leaving,), value=Value(person_id=person_id))))


def move_wrong_tracks(session: Session) -> None:
    """Move the tracks of other people out of each identity, one run per person."""
    truth = session.messy.truth
    while wrong := _wrong_run(session.episode, truth):
        if truth[wrong[0]] == NON_FACE:
            session.do(dismiss(session.view, wrong, "not_a_face"), "move by hand", MOVE)
        else:
            session.do(name_tracks(session.view, wrong, truth[wrong[0]]), "move by hand", MOVE)


def dismiss_non_faces(session: Session) -> None:
    """Dismiss every identity that shows no face."""
    for identity in session.episode.identities:
        if main_person(identity.track_ids, session.messy.truth) == NON_FACE:
            session.do(dismiss(session.view, identity.track_ids, "not_a_face"), "dismiss by hand", DISMISS)


def name_identities(session: Session) -> None:
    """Give every identity without a name the name of its person. Identities of one name become one."""
    while unnamed := next((i for i in session.episode.identities if i.person_id is None), None):
        person = main_person(unnamed.track_ids, session.messy.truth)
        session.do(name(session.view, unnamed.identity_id, person, confirm=True), "name by digit", NAME)


def main_person(tracks: Sequence[str], truth: Mapping[str, str]) -> str:
    """Return the person whom most of the tracks show, the first by name on a tie."""
    counts = Counter(truth[track] for track in tracks)
    return min(counts, key=lambda person: (-counts[person], person))


def _main_of(session: Session, identity_id: str | None, without: Sequence[str] = ()) -> str | None:
    identity = session.episode.identity(identity_id) if identity_id else None
    tracks = [track for track in identity.track_ids if track not in without] if identity else []
    return main_person(tracks, session.messy.truth) if tracks else None


def _wrong_run(episode: ModeratedEpisode, truth: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tracks of the first other person in an identity."""
    for identity in episode.identities:
        main = main_person(identity.track_ids, truth)
        others = sorted({truth[track] for track in identity.track_ids} - {main})
        if others:
            return tuple(track for track in identity.track_ids if truth[track] == others[0])
    return ()


def b_cubed_f(episode: ModeratedEpisode, truth: Mapping[str, str]) -> float:
    """Return B-cubed F of the faces' tracks. A face that is dismissed, or a non-face that is not, is an error."""
    identity_of = episode.identity_of_track()
    items = [track for track, person in truth.items() if person != NON_FACE or track in identity_of]
    alone = {track: f"alone {track}" for track in items}
    predicted = np.unique([identity_of.get(track, alone[track]) for track in items], return_inverse=True)[1]
    people = [person if (person := truth[track]) != NON_FACE else alone[track] for track in items]
    return b_cubed(predicted, np.unique(people, return_inverse=True)[1])[2]


def lower_bound(messy: MessyEpisode) -> int:
    """Return the actions without any question answered no: merges, names, non-faces, and runs of wrong tracks."""
    mains = [main_person(identity.track_ids, messy.truth) for identity in messy.identities.identities]
    people = set(mains) - {NON_FACE}
    faces = sum(main != NON_FACE for main in mains)
    return faces - len(people) + NAME * len(people) + DISMISS * (len(mains) - faces) + MOVE * len(_wrong_parts(messy))


def immich_actions(messy: MessyEpisode) -> int:
    """Return the actions in an Immich-like interface, which corrects faces instead of tracks and merges people."""
    mains = [main_person(identity.track_ids, messy.truth) for identity in messy.identities.identities]
    counts = Counter(main for main in mains if main != NON_FACE)
    merges = sum(count - 1 + 2 for count in counts.values() if count > 1)
    names = 3 * len(counts)
    things = [i.track_ids for i, main in zip(messy.identities.identities, mains, strict=True) if main == NON_FACE]
    wrong = [sum(messy.faces[track] for track in tracks) for tracks in (*_wrong_parts(messy), *things)]
    return merges + names + sum(min(4 * faces, faces + SPLIT_UP) for faces in wrong)


def _wrong_parts(messy: MessyEpisode) -> list[tuple[str, ...]]:
    """Return the tracks of each other person in each identity."""
    parts: list[tuple[str, ...]] = []
    for identity in messy.identities.identities:
        main = main_person(identity.track_ids, messy.truth)
        others = sorted({messy.truth[track] for track in identity.track_ids} - {main})
        parts += [tuple(track for track in identity.track_ids if messy.truth[track] == other) for other in others]
    return parts
