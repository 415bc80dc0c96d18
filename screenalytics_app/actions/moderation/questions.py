"""The open questions of an episode, and a stable id for each."""

import hashlib

from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import MERGE_SUGGESTIONS
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question
from screenalytics_assets.merge_suggestions.queue import asked, queue
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import read_seal

_read: Recent[tuple[str, str], tuple[str, MergeSuggestions]] = Recent(4)


def stored_suggestions(store: ArtifactStore, ep_id: str) -> MergeSuggestions:
    """Return the questions that the last run stored. A process reads them again only after they changed.

    Raises:
        UserError: they are missing or damaged.
    """
    seal = read_seal(store, MERGE_SUGGESTIONS, ep_id)
    known = _read.get((store.root, ep_id))
    if known is None or seal is None or known[0] != seal.sha256:
        known = seal.sha256 if seal else "", load_artifact(store, MERGE_SUGGESTIONS, ep_id).content
        _read.put((store.root, ep_id), known)
    return known[1]


def open_questions(view: View, suggestions: MergeSuggestions) -> dict[str, Question]:
    """Return the questions that are open after the decisions of the view, by id, the best first."""
    return {question_id(q): q for q in queue(view.moderated, suggestions, view.moderation)}


def question_id(question: Question) -> str:
    """Return a short hash of what the question asks: its kind, and the identities, tracks and person it is about."""
    kind, sides, person_id = asked(question)
    home = question.other_identity_id if question.kind == "cut" else None
    text = "\n".join((kind, *sorted(sides), f"person {person_id}", f"home {home}"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
