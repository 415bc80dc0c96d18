"""Probability that a track shows the person of an identity, given the evidence for each identity.

The model is a conditional logit with one more alternative: a person who is in none of the identities. It therefore
contains the lead over the second best identity as well as the evidence itself. The weights are fitted to labelled
tracks by maximum likelihood; see docs/decisions/0020-evidence.md.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.packs import Evidence

Matrix = NDArray[np.float64]


def log_odds(face_excess: Matrix, clothing: Matrix, weights: Evidence) -> Matrix:
    """Return the log-odds (n, K) that n tracks show the people of K identities.

    `face_excess` (n, K) is the cosine similarity above what is expected of the face, minus infinity where a shared
    frame rules the identity out. `clothing` (n, K) is the result of `clothing_excess`.
    """
    return weights.face_odds * face_excess + weights.clothing_odds * clothing + weights.prior_odds


def join_probabilities(odds: Matrix) -> Matrix:
    """Return the probability (n, K) of each identity. What is missing to 1 belongs to a person in none of them."""
    highest = np.maximum(odds.max(axis=1, initial=0.0, keepdims=True), 0.0)
    scaled = np.exp(odds - highest)
    return np.asarray(scaled / (np.exp(-highest) + scaled.sum(axis=1, keepdims=True)))


def own_probabilities(odds: Matrix, own: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the probability (n,) of the identity `own` (n,) rather than any other of the K identities."""
    highest = odds.max(axis=1, keepdims=True)
    scaled = np.exp(odds - highest)
    return np.asarray(scaled[np.arange(len(own)), own] / scaled.sum(axis=1))
