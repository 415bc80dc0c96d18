"""Questions `name`: an identity may be a person of the cast whom it resembles, but not clearly enough."""

from collections.abc import Mapping, Sequence, Set

import numpy as np

from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, CastCandidate
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.evidence.probability import join_probabilities, log_odds
from screenalytics_assets.merge_suggestions.actions_saved import BY_HAND
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.words import tracks_in_words


def name_questions(
    episode: ComparedEpisode,
    cast: CastAssignments,
    apart: Set[frozenset[str]],
    refused: Mapping[str, frozenset[str]],
    merges: Sequence[Question],
    least: float,
) -> list[Question]:
    """Ask about each identity that needs a review whether it is its most likely candidate.

    Candidates whose name an identity has that shows someone else (`apart`, pairs of ids), and those `refused` for the
    identity (id -> people), are left out. The evidence is that of tracks and identities, with the similarity to the
    best prototype of a candidate instead of a centroid. The merge questions with identities of that name are answered
    too.
    """
    named = {row.identity_id: row.person_id for row in cast.assignments if row.person_id is not None}
    position = {identity.identity_id: index for index, identity in enumerate(episode.identities)}
    questions = []
    for row in cast.assignments:
        if row.status != "needs_review" or not row.candidates:
            continue
        others = {person for identity, person in named.items() if frozenset((identity, row.identity_id)) in apart}
        barred = others | refused.get(row.identity_id, frozenset())
        candidate, chance = _likeliest(episode, position[row.identity_id], row, barred)
        if chance < least:
            continue
        same_name = {identity for identity, person in named.items() if person == candidate.person_id}
        answered = sum(_links(question, row.identity_id, same_name) for question in merges)
        questions.append(_question(episode, position[row.identity_id], candidate, chance, answered))
    return questions


def _likeliest(
    episode: ComparedEpisode, index: int, row: CastAssignment, barred: Set[str]
) -> tuple[CastCandidate, float]:
    compared = episode.compared
    expected = float(compared.expected(compared.norms[episode.members[index]].max(keepdims=True))[0])
    excess = np.array([[candidate.similarity - expected for candidate in row.candidates]])
    odds = log_odds(excess, np.zeros_like(excess), compared.bounds.evidence)
    odds[0, [candidate.person_id in barred for candidate in row.candidates]] = -np.inf
    chances = join_probabilities(odds)[0]
    best = int(chances.argmax())
    return row.candidates[best], float(chances[best])


def _links(question: Question, identity_id: str, others: Set[str]) -> bool:
    ids = {question.identity_id, question.other_identity_id}
    return question.kind in ("merge", "home") and identity_id in ids and bool(ids & (others - {identity_id}))


def _question(episode: ComparedEpisode, index: int, candidate: CastCandidate, chance: float, answered: int) -> Question:
    rows = episode.members[index]
    return Question(
        kind="name",
        identity_id=episode.identities[index].identity_id,
        track_ids=episode.track_ids(rows),
        other_identity_id=None,
        person_id=candidate.person_id,
        probability=round(chance, 4),
        actions_saved=BY_HAND["name"] + answered,
        face_similarity=candidate.similarity,
        clothing=None,
        shared_frames=0,
        nearest=(),
        seconds_on_screen=episode.seconds(rows),
        evidence=f"faces {candidate.similarity:.2f} to the reference faces; {tracks_in_words(episode, rows)}",
    )
