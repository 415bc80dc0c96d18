"""How sure the membership of each track in its identity is, and why."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.evidence.probability import join_probabilities, log_odds, own_probabilities
from screenalytics_assets.evidence.sightings import clothing_excess
from screenalytics_assets.identities.compared_tracks import BLOCK_TRACKS, ComparedTracks, directions


@dataclass(frozen=True)
class Membership:
    """Membership of one track: its probability, whether it is uncertain, and the evidence in words."""

    confidence: float
    uncertain: bool
    evidence: str


def memberships(
    tracks: ComparedTracks, labels: NDArray[np.int64], certain_from: float, vouched: NDArray[np.bool_] | None = None
) -> list[Membership]:
    """Judge the membership of N tracks with labels (N,) 0..K-1, or below 0 for none. Each is left out of its identity.

    The confidence of a clear face is the probability of its identity rather than any other. The linkage compared it
    already. A weak face (best norm below `unusable_norm`) and a track that is alone in its identity may also show a
    person who is in no identity. A membership is uncertain if the face is weak, or if the confidence is below
    `certain_from` and the identity has other tracks. The membership of a track that a person vouches for, in `vouched`
    (N,), is certain.
    """
    count = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    sums = np.zeros((count, tracks.vectors.shape[1]))
    np.add.at(sums, labels[labels >= 0], tracks.vectors[labels >= 0])
    result = [_NONE] * len(labels)
    inside = np.flatnonzero(labels >= 0)
    for top in range(0, len(inside), BLOCK_TRACKS):
        rows = inside[top : top + BLOCK_TRACKS]
        judged = _judged(tracks, labels, rows, sums, sizes, certain_from)
        for row, membership in zip(rows.tolist(), judged, strict=True):
            result[row] = membership
    for row in inside[vouched[inside]].tolist() if vouched is not None else ():
        result[row] = VOUCHED
    return result


def _judged(
    tracks: ComparedTracks,
    labels: NDArray[np.int64],
    rows: NDArray[np.int64],
    sums: NDArray[np.float64],
    sizes: NDArray[np.int64],
    certain_from: float,
) -> list[Membership]:
    """Judge the membership of each of `rows` (n,), which are in identities."""
    count, own, each = len(sizes), labels[rows], np.arange(len(rows))
    similarity = tracks.vectors[rows] @ directions(sums).T
    similarity[each, own] = np.einsum("ij,ij->i", tracks.vectors[rows], directions(sums[own] - tracks.vectors[rows]))
    clothing, seen = np.zeros_like(similarity), np.zeros_like(similarity)
    if tracks.sightings is not None:
        clothing = clothing_excess(tracks.sightings, rows, labels, count, tracks.bounds.evidence.clothing_chance)
        clothing *= tracks.bounds.doubt(tracks.norms[rows])[:, None]
        seen = clothing_excess(tracks.sightings, rows, labels, count, 0.0)
    odds = log_odds(similarity - tracks.expected(tracks.norms[rows])[:, None], clothing, tracks.bounds.evidence)
    for index, row in enumerate(rows):
        ruled_out = tracks.ruled_out(np.array([row]), labels)
        odds[index, ruled_out[ruled_out != own[index]]] = -np.inf
    alone = sizes[own] == 1
    weak = tracks.norms[rows] < tracks.bounds.unusable_norm
    odds_of_others = odds.copy()
    odds_of_others[each, own] = -np.inf
    confidence = np.where(weak, join_probabilities(odds)[each, own], own_probabilities(odds, own))
    confidence[alone] = 1.0 - join_probabilities(odds_of_others)[alone].sum(axis=1)
    return [
        Membership(
            round(float(np.clip(confidence[index], 0.0, 1.0)), 4),
            bool(weak[index] or (not alone[index] and confidence[index] < certain_from)),
            _words(similarity[index, own[index]], seen[index, own[index]], bool(weak[index]), bool(alone[index])),
        )
        for index in range(len(rows))
    ]


_NONE = Membership(0.0, False, "in no identity")
VOUCHED = Membership(1.0, False, "a person's decision")
"""Membership of a track about which a person decided."""


def _words(similarity: float, clothing: float, weak: bool, alone: bool) -> str:
    """Return the evidence for a membership, such as `face 0.41 (weak), clothes 0.90`."""
    if alone:
        return "like no other identity"
    face = f"face {similarity:.2f}{' (weak)' if weak else ''}"
    return f"{face}, clothes {clothing:.2f}" if clothing > 0 else face
