"""Questions `merge` and `home`: two identities, or a single track and an identity, may show one person."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.suggestion_records import Question, QuestionKind
from screenalytics_assets.evidence.probability import join_probabilities
from screenalytics_assets.identities.compared_tracks import Rows
from screenalytics_assets.merge_suggestions.actions_saved import BY_HAND, answered_by
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.probability import probabilities
from screenalytics_assets.merge_suggestions.words import evidence_in_words

Matrix = NDArray[np.float64]


def merge_probabilities(episode: ComparedEpisode, faces: NDArray[np.float64]) -> Matrix:
    """Return the probability (K, K) that two identities show one person.

    `faces` (K,) is the probability that an identity shows a face at all. The diagonal is 0.
    """
    count = len(episode.identities)
    return np.asarray(probabilities(episode.odds[:count]) * faces[:, None] * faces[None, :])


def merge_questions(
    episode: ComparedEpisode, merges: Matrix, refused: NDArray[np.bool_], least: float
) -> list[Question]:
    """Ask about each pair with a probability of at least `least`, unless it is `refused` (K, K).

    A single track that may belong to an identity of several tracks is asked for its `home`.
    """
    asked = (merges >= least) & ~refused
    answered = answered_by(asked)
    questions = []
    for one, other in np.argwhere(np.triu(asked)).tolist():
        small, large = sorted((one, other), key=lambda index: (len(episode.members[index]), index))
        alone = len(episode.members[small]) == 1 < len(episode.members[large])
        kind: QuestionKind = "home" if alone else "merge"
        saved = BY_HAND[kind] + float(answered[one, other])
        questions.append(_question(episode, kind, small, episode.members[small], large, merges[one, other], saved))
    return questions


def home_questions(
    episode: ComparedEpisode, faces: NDArray[np.float64], refused: NDArray[np.bool_], least: float
) -> list[Question]:
    """Ask about each track in no identity whether it belongs to the identity that it most likely shows.

    `faces` (M,) is the probability that the track shows a face at all, and `refused` (M, K) what was refused before.
    """
    count = len(episode.identities)
    if count == 0 or len(episode.unassigned) == 0:
        return []
    homes = join_probabilities(episode.odds[count:]) * faces[:, None]
    homes[refused] = 0.0
    return [
        _question(episode, "home", None, episode.unassigned[[guest]], host, float(homes[guest, host]), BY_HAND["home"])
        for guest, host in enumerate(homes.argmax(axis=1).tolist())
        if homes[guest, host] >= least
    ]


def _question(
    episode: ComparedEpisode,
    kind: QuestionKind,
    identity: int | None,
    rows: Rows,
    host: int,
    probability: float,
    saved: float,
) -> Question:
    others = episode.members[host]
    similarity, clothing = episode.similarity(rows, others), episode.clothing(rows, others)
    shared = episode.shared_frames(rows, others)
    return Question(
        kind=kind,
        identity_id=None if identity is None else episode.identities[identity].identity_id,
        track_ids=episode.track_ids(rows),
        other_identity_id=episode.identities[host].identity_id,
        person_id=None,
        probability=round(float(probability), 4),
        actions_saved=saved,
        face_similarity=similarity,
        clothing=clothing,
        shared_frames=shared,
        nearest=episode.nearest(rows, others),
        seconds_on_screen=episode.seconds(rows),
        evidence=evidence_in_words(similarity, clothing, shared, episode, rows, others),
    )
