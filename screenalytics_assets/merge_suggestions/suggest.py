"""All questions about an episode, in the order in which they are worth asking."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.merges import home_questions, merge_probabilities, merge_questions
from screenalytics_assets.merge_suggestions.mixed import cut_questions, suspicious_parts, without_parts
from screenalytics_assets.merge_suggestions.names import name_questions
from screenalytics_assets.merge_suggestions.not_faces import not_a_face, not_a_face_questions
from screenalytics_assets.merge_suggestions.refusals import (
    apart_by_frames,
    is_held_together,
    refused_pairs,
    refused_people,
)
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.settings.stages import SuggestionSettings


@dataclass(frozen=True)
class Suggestions:
    """Questions, the best first; the number of those left out; and pairs of tracks that share a frame.

    `apart` has one pair of tracks per pair of identities.
    """

    questions: tuple[Question, ...]
    left_out: int
    apart: tuple[tuple[str, str], ...]


def suggest(
    episode: ComparedEpisode,
    cast: CastAssignments,
    min_mean_score: float,
    settings: SuggestionSettings,
    moderation: Moderation = NO_MODERATION,
) -> Suggestions:
    """Return the questions about the identities of an episode. What people refused is not asked again.

    `min_mean_score` is the pack's bound on the mean detection score of brief tracks. Identities are compared without
    the parts that likely show someone else.
    """
    least = settings.suggestion_probability
    parts = suspicious_parts(episode)
    clean = without_parts(episode, parts)
    refused = refused_pairs(episode, moderation)
    count = len(episode.identities)
    no_face = not_a_face(clean, min_mean_score)
    merges = merge_questions(clean, merge_probabilities(clean, 1.0 - no_face[:count]), refused[:count], least)
    sharing = apart_by_frames(episode)
    apart = {frozenset(episode.identities[episode.labels[row]].identity_id for row in pair) for pair in sharing}
    open_parts = [part for part in parts if not is_held_together(episode, part, moderation)]
    questions = [
        *merges,
        *home_questions(clean, 1.0 - no_face[count:], refused[count:], least),
        *not_a_face_questions(clean, no_face, least),
        *cut_questions(episode, open_parts, asked_about(merges), least),
        *name_questions(clean, cast, apart, refused_people(episode, moderation), merges, least),
    ]
    ordered = in_order(questions)
    most = settings.suggestions_max
    pairs = tuple((episode.tracks[one].track_id, episode.tracks[other].track_id) for one, other in sharing)
    return Suggestions(tuple(ordered[:most]), max(0, len(ordered) - most), pairs)


def asked_about(questions: Sequence[Question]) -> Counter[str]:
    """Return how many of the questions are about each identity, by its id."""
    return Counter(name for q in questions for name in (q.identity_id, q.other_identity_id) if name is not None)


def in_order(questions: Sequence[Question]) -> list[Question]:
    """Return the questions by probability times actions saved, then by seconds on screen, highest first."""
    return sorted(questions, key=lambda q: (-q.value, -q.seconds_on_screen, q.kind, q.track_ids))
