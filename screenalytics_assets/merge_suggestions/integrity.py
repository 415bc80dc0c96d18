"""Problems of stored suggestions."""

from itertools import pairwise

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question


def suggestion_problems(suggestions: MergeSuggestions, identities: Identities) -> list[str]:
    """Return one clause per question that names an unknown identity or track, or is out of order."""
    names = {identity.identity_id for identity in identities.identities}
    tracks = {anchor.track_id for anchor in identities.track_anchors}
    problems = []
    for number, question in enumerate(suggestions.questions, 1):
        unknown = [name for name in _identities_in(question) if name not in names]
        unknown += [track for track in _tracks_in(question) if track not in tracks]
        problems += [f"question {number} is about {name}, which does not exist" for name in unknown]
    for number, (question, following) in enumerate(pairwise(suggestions.questions), 1):
        if (question.value, question.seconds_on_screen) < (following.value, following.seconds_on_screen):
            problems.append(f"question {number} comes before question {number + 1}, which saves more")
    lost = sorted({track for pair in suggestions.apart for track in pair} - tracks)
    return problems + [f"{track} is apart from others, but does not exist" for track in lost]


def _identities_in(question: Question) -> list[str]:
    return [name for name in (question.identity_id, question.other_identity_id) if name is not None]


def _tracks_in(question: Question) -> list[str]:
    near = [track for faces in question.nearest for track in (faces.track_id, faces.other_track_id)]
    return list(dict.fromkeys([*question.track_ids, *near]))
