"""Fit of the weights of the evidence: how much faces and clothes say about who a track shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import SETTINGS, Problem
from screenalytics_assets.clustering.constraints import no_pairs
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.identities.cluster_tracks import cluster_tracks
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.evidence_joins import SMALL_CLUSTER
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Evidence

PENALTY = 0.001
"""Weight of the squared weights in the loss, so that separable guests have a finite solution."""
START = (20.0, 5.0, -4.0)
NEVER = -1e6
"""Log-odds that no evidence makes up for."""


@dataclass(frozen=True)
class Guest:
    """A small cluster or weak track, compared with K clusters. `right` (K,) marks those of the same person.

    `face` (K,) is the similarity above what is expected, and `clothing` (K,) the clothing evidence. No cluster may be
    right.
    """

    face: NDArray[np.float64]
    clothing: NDArray[np.float64]
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Odds:
    """Weights of the evidence, as in `Evidence`."""

    face: float
    clothing: float
    prior: float


def fit_odds(guests: Sequence[Guest]) -> Odds:
    """Fit the weights to guests with a known answer, by maximum likelihood.

    The model is that of `evidence.probability`: a conditional logit over the clusters, with the alternative that none
    of them is right. Faces and clothes never count as evidence against themselves, so their weights are 0 or more.

    Raises:
        ValueError: there are no guests.
    """
    from scipy.optimize import minimize

    if not guests:
        raise ValueError("Expected at least one guest.")
    columns = max(len(guest.face) for guest in guests)
    face, clothing = (_padded([getattr(guest, name) for guest in guests], columns) for name in ("face", "clothing"))
    offered = _padded([np.ones(len(guest.face)) for guest in guests], columns) > 0
    right = _padded([guest.right.astype(np.float64) for guest in guests], columns) > 0
    none = ~right.any(axis=1)

    def loss(weights: NDArray[np.float64]) -> float:
        odds = np.where(offered, weights[0] * face + weights[1] * clothing + weights[2], -np.inf)
        every = np.logaddexp.reduce(np.column_stack([odds, np.zeros(len(odds))]), axis=1)
        answer = np.logaddexp.reduce(np.column_stack([np.where(right, odds, -np.inf), np.where(none, 0.0, -np.inf)]), 1)
        return float((every - answer).mean() + PENALTY * np.square(weights).sum() / len(guests))

    bounds = [(0.0, None), (0.0, None), (None, None)]
    found = minimize(loss, np.array(START), method="L-BFGS-B", bounds=bounds).x
    return Odds(*(float(weight) for weight in found))


def guests_of(problem: Problem, bounds: Thresholds) -> list[Guest]:
    """Return the small clusters and weak tracks that the linkage leaves in `problem`, with the right answers.

    A cluster shows the person of most of its tracks.
    """
    # Without times, weak tracks that join nothing stay without a cluster.
    apart = _with_odds(bounds, 0.0, 0.0, NEVER)
    found = cluster_tracks(problem.vectors, problem.norms, SETTINGS, apart)
    labels, count = found.labels, int(found.labels.max(initial=-1)) + 1
    if count == 0:
        return []
    clusters = [np.flatnonzero(labels == cluster) for cluster in range(count)]
    weak = [np.array([row]) for row in np.flatnonzero(labels < 0)]
    guests = [*(rows for rows in clusters if len(rows) <= SMALL_CLUSTER), *weak]
    if not guests:
        return []
    owners = np.array([_most_frequent(problem.people[rows]) for rows in clusters])
    face = _compared(problem, _with_odds(bounds, 1.0, 0.0, 0.0)).odds(guests, labels, count)
    both = _compared(problem, _with_odds(bounds, 1.0, 1.0, 0.0)).odds(guests, labels, count)
    result = []
    for rows, faces, sums in zip(guests, face, both, strict=True):
        others = np.isfinite(faces)
        right = owners[others] == _most_frequent(problem.people[rows])
        result.append(Guest(faces[others], sums[others] - faces[others], right))
    return result


def _compared(problem: Problem, bounds: Thresholds) -> ComparedTracks:
    vectors = centred(problem.vectors, bounds.evidence.mean(problem.vectors.shape[1]))
    return ComparedTracks(vectors, problem.norms, bounds, no_pairs(), problem.sightings)


def _with_odds(bounds: Thresholds, face: float, clothing: float, prior: float) -> Thresholds:
    return replace(bounds, evidence=with_odds(bounds.evidence, Odds(face, clothing, prior)))


def with_odds(evidence: Evidence, odds: Odds) -> Evidence:
    """Return a copy of `evidence` with these weights."""
    changes = {"face_odds": odds.face, "clothing_odds": odds.clothing, "prior_odds": odds.prior}
    return evidence.model_copy(update=changes)


def _most_frequent(people: NDArray[np.int64]) -> int:
    names, counts = np.unique(people, return_counts=True)
    return int(names[counts.argmax()])


def _padded(rows: Sequence[NDArray[np.float64]], columns: int) -> NDArray[np.float64]:
    return np.array([np.pad(row, (0, columns - len(row))) for row in rows], np.float64)
