"""Cross-validation over episodes: a value is never tuned on the episode that is reported, nor on its material."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

V = TypeVar("V")


@dataclass(frozen=True)
class Fold:
    """Positions of the episodes to tune on, and of the one to report on."""

    tuned: tuple[int, ...]
    reported: int


def folds(sources: Sequence[frozenset[str]], tunable: Sequence[bool] | None = None) -> Iterator[Fold]:
    """Yield one fold per episode: tuned on all other `tunable` episodes that share no source with it.

    By default every episode is tunable.
    """
    allowed = [True] * len(sources) if tunable is None else tunable
    for reported, own in enumerate(sources):
        tuned = tuple(
            index for index, other in enumerate(sources) if index != reported and allowed[index] and not own & other
        )
        yield Fold(tuned, reported)


def tuned_value(values: Sequence[V], scores: Sequence[Sequence[float]], fold: Fold) -> V | None:
    """Return the value with the best mean score on the fold's tuned episodes, the middle one of equals.

    `scores` has one row per episode and one column per value. None if there is no episode to tune on.
    """
    if not fold.tuned:
        return None
    means = np.array([scores[index] for index in fold.tuned]).mean(axis=0)
    best = np.flatnonzero(means == means.max())
    return values[int(best[(len(best) - 1) // 2])]
