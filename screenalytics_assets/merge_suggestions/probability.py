"""Probabilities of questions, and where they come from.

The log-odds of faces and clothes are those of `evidence.probability`. Their weights are fitted by maximum likelihood to
labelled tracks of television and belong to the model pack. docs/identities.md states how often a probability was right.
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

MOST_ODDS = 30.0
"""Log-odds beyond this are certain. The limit keeps the exponential finite."""
CUT_BASE, CUT_PER_ODDS, CUT_PER_LOG_TRACK = -4.67, 0.307, 1.381
"""Weights of `cut_probabilities`: 156 parts of identities of simulated television, 20 of them of someone else."""
NO_FACE_BASE, NO_FACE_PER_SCORE, NO_FACE_PER_NORM = -4.3, 2.93, 2.07
"""Weights of `no_face_probabilities`: 461 simulated tracks, 81 without a face. The first is shifted to a share of 2 %,
which is what remains in real clips after `tracks` has dropped non-faces."""
SCORE_UNIT = 0.1


def probabilities(odds: Values) -> Values:
    """Return the probabilities of log-odds of any shape. Minus infinity, for what is ruled out, becomes 0."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -np.inf, MOST_ODDS))))


def cut_probabilities(own: Values, best_other: Values, tracks: Values) -> Values:
    """Return the probability (P,) that parts of identities show someone else than the rest.

    `own` (P,) are the log-odds that a part shows the person of the rest, and `best_other` (P,) those of the identity
    that it resembles most otherwise. A part of many `tracks` (P,) is rarely a chance.
    """
    lead = np.logaddexp(0.0, np.maximum(best_other, -MOST_ODDS)) - np.clip(own, -MOST_ODDS, MOST_ODDS)
    return probabilities(CUT_BASE + CUT_PER_ODDS * lead + CUT_PER_LOG_TRACK * np.log(tracks))


def no_face_probabilities(scores: Values, norms: Values, min_mean_score: float, unusable_norm: float) -> Values:
    """Return the probability (n,) that tracks show no face, by mean detection score (n,) and best norm (n,).

    `min_mean_score` and `unusable_norm` are bounds of the model pack, which put its scores and norms on one scale.
    """
    score = (min_mean_score - scores) / SCORE_UNIT
    norm = 1.0 - norms / unusable_norm
    return probabilities(NO_FACE_BASE + NO_FACE_PER_SCORE * score + NO_FACE_PER_NORM * norm)
