"""Answers to the questions of the queue, as gestures."""

from typing import Literal

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.draft import Draft, homes, selected, whole
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_app.actions.moderation.membership import keep_apart, merge, move, split
from screenalytics_app.actions.moderation.naming import name, not_person
from screenalytics_app.actions.moderation.questions import open_questions
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.decisions.records import NewDecision

Said = Literal["yes", "no"]


def answer(view: View, suggestions: MergeSuggestions, question_id: str, said: Said, confirm: bool = False) -> Draft:
    """Answer an open question.

    Raises:
        ConflictError: the question is not open any more, or the answer needs `confirm`.
    """
    question = open_questions(view, suggestions).get(question_id)
    if question is None:
        raise ConflictError(
            f"Question {question_id} of {view.episode.ep_id} is not open: it was answered, or what it asks has changed."
        )
    return yes(view, question, confirm) if said == "yes" else no(view, question)


def yes(view: View, question: Question, confirm: bool = False) -> Draft:
    """Do what the question asks. Raises `ConflictError` if that needs `confirm`."""
    identity, other, tracks = question.identity_id, question.other_identity_id, question.track_ids
    match question.kind:
        case "cut" if other is not None:
            return move(view, tracks, other, identity, confirm)
        case "cut":
            return split(view, identity or "", tracks)
        case "not_a_face":
            return dismiss(view, tracks, "not_a_face")
        case "name":
            return name(view, identity or "", question.person_id, confirm)
        case "merge" | "home":
            if identity is None:
                return move(view, tracks, other or "", confirm=confirm)
            return merge(view, other or "", [identity], confirm=confirm)


def no(view: View, question: Question) -> Draft:
    """Say that what the question asks is not so. It is not asked again."""
    identity, tracks = question.identity_id, question.track_ids
    match question.kind:
        case "cut":
            home = view.identity(identity or "")
            rest = ModeratedIdentity(home.identity_id, tuple(t for t in home.track_ids if t not in tracks))
            same = NewDecision(kind="same", subjects=(whole(view, rest), selected(view, tracks, "other")))
            return Draft((same,), (home.identity_id,))
        case "not_a_face":
            reviewed = NewDecision(kind="reviewed", subjects=(selected(view, tracks),))
            return Draft((reviewed,), homes(view, tracks))
        case "name":
            return not_person(view, identity or "", question.person_id or "")
        case "merge" | "home":
            return keep_apart(view, question.other_identity_id or "", identity, tracks)
