"""Sweeps: the score over a grid of values, and the choice of a value."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLATEAU = 0.001
"""Scores within this of the best count as equal. The middle of their values is taken."""


@dataclass(frozen=True)
class Curve:
    """`scores` (n,) of ascending `values` (n,)."""

    values: NDArray[np.float64]
    scores: NDArray[np.float64]


def sweep(score: Callable[[float], float], values: NDArray[np.float64]) -> Curve:
    """Compute the score of every value."""
    return Curve(values, np.array([score(float(value)) for value in values]))


def plateau_middle(curve: Curve) -> float:
    """Return the middle of the contiguous values around the best whose scores are within `PLATEAU` of it.

    The first of several equal maxima is the best. For an even number of values the lower middle one is taken.
    """
    good = curve.scores >= curve.scores.max() - PLATEAU
    best = int(curve.scores.argmax())
    bad = np.flatnonzero(~good)
    first = int(bad[bad < best].max(initial=-1)) + 1
    last = int(bad[bad > best].min(initial=len(good))) - 1
    return float(curve.values[(first + last) // 2])


def grid(low: float, high: float, step: float) -> NDArray[np.float64]:
    """Return the multiples of `step` from `low` to `high`, both included, rounded to decimals."""
    return np.round(np.arange(round(low / step), round(high / step) + 1) * step, 6)
