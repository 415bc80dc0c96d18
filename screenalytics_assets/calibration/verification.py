"""Verification against a cast: is this sample the person of whom a few photos are known?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import Problem
from screenalytics_assets.track_embeddings.pooling import pool
from screenalytics_resources.errors import UserError

CAST_PHOTOS = 5
"""Samples of a person that make a centroid; no more than half of what there is."""
STEP = 0.001


@dataclass(frozen=True)
class Trials:
    """Similarities to unit centroids: of their own person's other samples (G,), and of all other people's (I,)."""

    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]


def trials(samples: Problem, rng: np.random.Generator) -> Trials:
    """Compare every person's centroid with every sample that it was not made from.

    A centroid is the norm-weighted mean of up to five samples drawn from people who have two or more.
    """
    genuine, impostor = [np.empty(0)], [np.empty(0)]
    for person in np.unique(samples.people):
        own = np.flatnonzero(samples.people == person)
        if len(own) < 2:
            continue
        known = rng.permutation(own)[: min(CAST_PHOTOS, len(own) // 2)]
        centroid = pool(samples.vectors[known], np.ones(len(known)), samples.norms[known], "norm_weighted")
        similarities = (samples.vectors @ centroid).astype(np.float64)
        genuine.append(similarities[np.setdiff1d(own, known)])
        impostor.append(similarities[samples.people != person])
    return Trials(np.concatenate(genuine), np.concatenate(impostor))


def check_rate(rate: float, pairs: int | None = None) -> None:
    """Raise `UserError` unless the false-accept rate lies in (0, 1) and, if told, can be seen on so many pairs."""
    if not 0 < rate < 1:
        raise UserError(f"The false-accept rate {rate:g} is no share between 0 and 1: choose one such as 0.001.")
    if pairs is not None and rate * pairs < 1:
        raise UserError(
            f"The false-accept rate {rate:g} cannot be measured on {pairs} pairs of a person and a stranger's sample: "
            f"choose {1 / max(pairs, 1):.2g} or more, or label more people."
        )


def accept_threshold(impostor: NDArray[np.float64], rate: float) -> float:
    """The lowest similarity, in steps of 0.001, that a share of at most `rate` of the impostors (I,) reach.

    Raises:
        UserError: a rate outside (0, 1) or below one of the impostors, or people who share their samples.
    """
    check_rate(rate, len(impostor))
    allowed = int(np.floor(rate * len(impostor) + 1e-9))
    # All but `allowed` impostors have to stay below the threshold.
    highest_refused = np.sort(impostor)[len(impostor) - allowed - 1]
    threshold = round(float(np.floor(highest_refused / STEP) + 1) * STEP, 3)
    if threshold > 1:
        raise UserError("Samples of different people are the same picture: check the labels.")
    return threshold


def share_at_least(similarities: NDArray[np.float64], threshold: float) -> float:
    """Share of `similarities` (n,), n >= 1, at or above the threshold."""
    return float((similarities >= threshold).mean())
