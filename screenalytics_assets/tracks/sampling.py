"""Sampling over time: chooses a few good faces of a track, spread over its length."""

import numpy as np
from numpy.typing import NDArray


def spread_over_time(
    timestamps: NDArray[np.floating],
    scores: NDArray[np.floating],
    limit: int,
) -> NDArray[np.int64]:
    """Return at most `limit` indices into timestamps (n,) in seconds and scores (n,), sorted by time.

    The time from first to last is divided into `limit` equal slots. The best entry of each slot is chosen, then the
    best of the rest until there are `limit`. On equal scores the earlier one wins, then the lower index. If `limit` >=
    n, all are chosen.

    Raises:
        ValueError: `limit` is below 1, the arrays have different shapes, or a value is not finite.
    """
    if limit < 1:
        raise ValueError(f"Expected a limit of 1 or more, but got {limit}.")
    if timestamps.ndim != 1 or timestamps.shape != scores.shape:
        raise ValueError(f"Expected two (n,) arrays, but got shapes {timestamps.shape} and {scores.shape}.")
    for name, values in (("timestamps", timestamps), ("scores", scores)):
        if not np.isfinite(values).all():
            raise ValueError(f"Expected finite {name}, but got {values[~np.isfinite(values)][0]}.")
    by_time = np.argsort(timestamps, kind="stable")
    if limit >= len(timestamps):
        return by_time
    best_first = by_time[np.argsort(-scores[by_time], kind="stable")]
    _, slot_winners = np.unique(_slots(timestamps, limit)[best_first], return_index=True)
    preferred = np.concatenate([best_first[slot_winners], np.delete(best_first, slot_winners)])
    return by_time[np.isin(by_time, preferred[:limit])]


def _slots(timestamps: NDArray[np.floating], limit: int) -> NDArray[np.int64]:
    """Return the time slot (n,), 0..limit-1, of each timestamp; the last instant is in the last slot."""
    since_first = timestamps.astype(np.float64) - timestamps.min()
    span = since_first.max()
    if span == 0.0:
        return np.zeros(len(timestamps), dtype=np.int64)
    slots: NDArray[np.int64] = np.minimum((since_first / span * limit).astype(np.int64), limit - 1)
    return slots
