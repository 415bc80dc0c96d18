"""Unions of intervals in states: overlaps count once, in the surest state."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DECIMALS = 3
"""Times are multiples of a millisecond, so their sums are exact."""


@dataclass(frozen=True)
class Spans:
    """N intervals. `first` and `end` are seconds, (N,) float64, with `first < end`.

    `state` is (N,) int64; a lower number is surer and wins where intervals overlap.
    """

    first: NDArray[np.float64]
    end: NDArray[np.float64]
    state: NDArray[np.int64]

    @classmethod
    def of(cls, first: Sequence[float], end: Sequence[float], state: Sequence[int]) -> "Spans":
        """Return spans, with times rounded to milliseconds."""
        bounds = np.round(np.array([first, end], np.float64), DECIMALS).astype(np.float64)
        return cls(bounds[0], bounds[1], np.array(state, np.int64))

    def seconds(self, state: int | None = None) -> float:
        """Return the sum of the lengths, of one state if given. It is the time covered if nothing overlaps."""
        chosen = slice(None) if state is None else self.state == state
        return float(np.round((self.end - self.first)[chosen].sum(), DECIMALS))


def union(spans: Spans, tolerance_s: float) -> Spans:
    """Return the time that the spans cover, in order of time and without overlaps, each part in its surest state.

    Neighbours in one state are joined. `tolerance_s` is half a frame: a shorter gap is none, because timestamps are
    rounded, and a part shorter than that joins its neighbour. A gap of one frame stays a gap.
    """
    if not len(spans.first):
        return spans
    bounds = np.unique(np.concatenate([spans.first, spans.end]))
    surest = np.full(len(bounds) - 1, -1, np.int64)
    for state in sorted(set(spans.state.tolist()), reverse=True):
        surest[_covered(bounds, spans, state)] = state
    parts: list[tuple[float, float, int]] = []
    for first, end, state in zip(bounds[:-1].tolist(), bounds[1:].tolist(), surest.tolist(), strict=True):
        if state >= 0:
            _append(parts, first, end, state, tolerance_s)
    first_s, end_s, states = zip(*parts, strict=True)
    return Spans.of(first_s, end_s, states)


def _covered(bounds: NDArray[np.float64], spans: Spans, state: int) -> NDArray[np.bool_]:
    """Return which of the intervals between `bounds` (B,) a span in this state covers, (B - 1,)."""
    chosen = spans.state == state
    change = np.zeros(len(bounds), np.int64)
    np.add.at(change, np.searchsorted(bounds, spans.first[chosen]), 1)
    np.add.at(change, np.searchsorted(bounds, spans.end[chosen]), -1)
    return np.cumsum(change)[:-1] > 0


def _append(parts: list[tuple[float, float, int]], first: float, end: float, state: int, tolerance_s: float) -> None:
    """Add a part, joined with the last one where they touch and have one state, or where one of both is a sliver."""
    if parts and first - parts[-1][1] < tolerance_s:
        last_first, last_end, last_state = parts[-1]
        if state == last_state or end - last_end < tolerance_s:
            parts[-1] = last_first, end, last_state
            return
        if last_end - last_first < tolerance_s:
            parts[-1] = last_first, end, state
            return
        first = last_end
    parts.append((first, end, state))
