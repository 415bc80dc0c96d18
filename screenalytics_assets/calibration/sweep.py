"""Sweeps: a score over a grid of values, and the value to take from it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLATEAU = 0.001
"""A score this little below the best is as good: the middle of such values is taken."""


@dataclass(frozen=True)
class Curve:
    """`scores` (n,) of ascending `values` (n,)."""

    values: NDArray[np.float64]
    scores: NDArray[np.float64]


def sweep(score: Callable[[float], float], values: NDArray[np.float64]) -> Curve:
    """Score every value."""
    return Curve(values, np.array([score(float(value)) for value in values]))


def plateau_middle(curve: Curve) -> float:
    """The middle of the values around the best whose scores are within `PLATEAU` of it, without a gap.

    The best is the first where several tie; of an even number of values the lower middle one is taken.
    """
    good = curve.scores >= curve.scores.max() - PLATEAU
    best = int(curve.scores.argmax())
    bad = np.flatnonzero(~good)
    first = int(bad[bad < best].max(initial=-1)) + 1
    last = int(bad[bad > best].min(initial=len(good))) - 1
    return float(curve.values[(first + last) // 2])


def grid(low: float, high: float, step: float) -> NDArray[np.float64]:
    """Multiples of `step` from `low` to `high`, both included, without the noise of binary fractions."""
    return np.round(np.arange(round(low / step), round(high / step) + 1) * step, 6)
