"""Questions `cut`: an identity falls into two parts, and the smaller part may show someone else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.identities.compared_tracks import Rows
from screenalytics_assets.identities.diagnosis.weak_links import weakest_links
from screenalytics_assets.merge_suggestions.actions_saved import BY_HAND, WITHOUT_TARGET
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.probability import cut_probabilities, probabilities
from screenalytics_assets.merge_suggestions.words import evidence_in_words

LINKS = 5
"""Weakest links of an identity that are considered. The first is nearly always between two people."""
SMALLEST = 3
"""Tracks of an identity that can fall into parts. Of two tracks, neither is the smaller part."""
LIKELY = 0.5
"""Probability from which a part is left out of its identity, and from which a home of the part is named."""


@dataclass(frozen=True)
class Part:
    """Smaller part of an identity: position of the identity, rows of the part and of the rest, and what it shows."""

    identity: int
    rows: Rows
    rest: Rows
    probability: float
    """That it shows someone else than the rest."""
    home: int | None
    """Position of the identity whose person it most likely shows."""


def suspicious_parts(episode: ComparedEpisode) -> list[Part]:
    """Return the part of each identity of three or more tracks that is least like the rest."""
    found = [
        (index, *_least_alike(episode, rows)) for index, rows in enumerate(episode.members) if len(rows) >= SMALLEST
    ]
    if not found:
        return []
    labels = episode.labels.copy()
    for _, rows, _ in found:
        labels[rows] = -1
    odds = episode.compared.odds([rows for _, rows, _ in found], labels, len(episode.identities))
    each, own = np.arange(len(found)), np.array([index for index, _, _ in found])
    others = odds.copy()
    others[each, own] = -np.inf
    best = others.max(axis=1)
    chances = cut_probabilities(odds[each, own], best, np.array([len(rows) for _, rows, _ in found], np.float64))
    homes = np.where(probabilities(best) >= LIKELY, others.argmax(axis=1), -1)
    return [
        Part(index, rows, rest, float(chance), int(home) if home >= 0 else None)
        for (index, rows, rest), chance, home in zip(found, chances, homes, strict=True)
    ]


def without_parts(episode: ComparedEpisode, parts: Sequence[Part]) -> ComparedEpisode:
    """Return the episode without the tracks of parts that likely show someone else."""
    rows = [part.rows for part in parts if part.probability >= LIKELY]
    return episode.without(np.concatenate(rows)) if rows else episode


def cut_questions(
    episode: ComparedEpisode, parts: Sequence[Part], asked: Mapping[str, int], least: float
) -> list[Question]:
    """Return a question for each part whose probability is at least `least`.

    `asked` is the number of other questions about an identity, by its id. None of them has an answer while the identity
    shows two people, so they count as saved.
    """
    return [_question(episode, part, asked) for part in parts if part.probability >= least]


def _question(episode: ComparedEpisode, part: Part, asked: Mapping[str, int]) -> Question:
    identity = episode.identities[part.identity].identity_id
    home = None if part.home is None else episode.identities[part.home]
    similarity = episode.similarity(part.rows, part.rest)
    clothing = episode.clothing(part.rows, part.rest)
    shared = episode.shared_frames(part.rows, part.rest)
    target = "" if home is None else f"; most like {home.identity_id}"
    return Question(
        kind="cut",
        identity_id=identity,
        track_ids=episode.track_ids(part.rows),
        other_identity_id=None if home is None else home.identity_id,
        person_id=None,
        probability=round(part.probability, 4),
        actions_saved=(BY_HAND["cut"] if home is not None else WITHOUT_TARGET) + asked.get(identity, 0),
        face_similarity=similarity,
        clothing=clothing,
        shared_frames=shared,
        nearest=episode.nearest(part.rows, part.rest),
        seconds_on_screen=episode.seconds(part.rows),
        evidence=evidence_in_words(similarity, clothing, shared, episode, part.rows, part.rest) + target,
    )


def _least_alike(episode: ComparedEpisode, rows: Rows) -> tuple[Rows, Rows]:
    """Return the part that differs most from the rest, and the rest. Little likeness is expected of poor faces."""
    inside = [_mask(len(rows), link.rows_b) for link in weakest_links(episode.compared.vectors[rows], LINKS).links]
    missing = [_missing(episode, rows[mask], rows[~mask]) for mask in inside]
    mask = inside[int(np.argmax(missing))]
    return rows[mask], rows[~mask]


def _mask(count: int, positions: Sequence[int]) -> NDArray[np.bool_]:
    mask = np.zeros(count, np.bool_)
    mask[list(positions)] = True
    return mask


def _missing(episode: ComparedEpisode, rows: Rows, rest: Rows) -> float:
    expected = float(episode.compared.expected(episode.compared.norms[rows].max(keepdims=True))[0])
    return expected - episode.similarity(rows, rest)
