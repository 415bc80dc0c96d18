"""Questions `not_a_face`: an identity or a track in no identity looks as if it showed no face."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.identities.compared_tracks import Rows
from screenalytics_assets.merge_suggestions.actions_saved import BY_HAND
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.probability import no_face_probabilities
from screenalytics_assets.merge_suggestions.words import tracks_in_words


def not_a_face(episode: ComparedEpisode, min_mean_score: float) -> NDArray[np.float64]:
    """Return the probability (K + M,) that each identity, and each track in no identity, shows no face.

    The score of a group is the mean of its tracks' mean detection scores, and its norm that of its best face.
    `min_mean_score` is the pack's bound for brief tracks.
    """
    groups = [*episode.members, *(np.array([row]) for row in episode.unassigned)]
    scores = np.array([_mean_score(episode, rows) for rows in groups], np.float64)
    norms = np.array([episode.compared.norms[rows].max() for rows in groups], np.float64)
    return no_face_probabilities(scores, norms, min_mean_score, episode.compared.bounds.unusable_norm)


def not_a_face_questions(episode: ComparedEpisode, chances: NDArray[np.float64], least: float) -> list[Question]:
    """Ask about each identity and each track in no identity whose probability in `chances` is at least `least`."""
    count = len(episode.identities)
    groups = [*episode.members, *(np.array([row]) for row in episode.unassigned)]
    names = [*(identity.identity_id for identity in episode.identities), *(None for _ in range(len(groups) - count))]
    return [
        Question(
            kind="not_a_face",
            identity_id=name,
            track_ids=episode.track_ids(rows),
            other_identity_id=None,
            person_id=None,
            probability=round(float(chance), 4),
            actions_saved=BY_HAND["not_a_face"],
            face_similarity=None,
            clothing=None,
            shared_frames=0,
            nearest=(),
            seconds_on_screen=episode.seconds(rows),
            evidence=(
                f"mean detection score {_mean_score(episode, rows):.2f}, best norm "
                f"{episode.compared.norms[rows].max():.1f}; {tracks_in_words(episode, rows)}"
            ),
        )
        for name, rows, chance in zip(names, groups, chances.tolist(), strict=True)
        if chance >= least
    ]


def _mean_score(episode: ComparedEpisode, rows: Rows) -> float:
    return float(np.mean([episode.tracks[row].mean_score for row in rows.tolist()]))
