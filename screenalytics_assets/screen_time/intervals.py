"""Unions of intervals in states: overlaps count once, in the surest state."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Part = tuple[float, float, int]
"""First, end and state."""
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
    pieces = zip(bounds[:-1].tolist(), bounds[1:].tolist(), surest.tolist(), strict=True)
    parts = _joined([piece for piece in pieces if piece[2] >= 0], tolerance_s)
    parts = _joined(_without_slivers(parts, tolerance_s), tolerance_s)
    first_s, end_s, states = zip(*parts, strict=True)
    return Spans.of(first_s, end_s, states)


def _covered(bounds: NDArray[np.float64], spans: Spans, state: int) -> NDArray[np.bool_]:
    """Return which of the intervals between `bounds` (B,) a span in this state covers, (B - 1,)."""
    chosen = spans.state == state
    change = np.zeros(len(bounds), np.int64)
    np.add.at(change, np.searchsorted(bounds, spans.first[chosen]), 1)
    np.add.at(change, np.searchsorted(bounds, spans.end[chosen]), -1)
    return np.cumsum(change)[:-1] > 0


def _joined(parts: Sequence[Part], tolerance_s: float) -> list[Part]:
    """Return parts in order of time without gaps below the tolerance, and neighbours in one state as one part."""
    joined: list[Part] = []
    for first, end, state in parts:
        if not joined or first - joined[-1][1] >= tolerance_s:
            joined.append((first, end, state))
        elif joined[-1][2] == state:
            joined[-1] = joined[-1][0], end, state
        else:
            joined.append((joined[-1][1], end, state))
    return joined


def _without_slivers(parts: Sequence[Part], tolerance_s: float) -> list[Part]:
    """Return joined parts, of which those below the tolerance are in the state of a neighbour that they touch."""
    kept = list(parts)
    for position, (first, end, _) in enumerate(parts):
        if end - first < tolerance_s:
            before, after = kept[position - 1 : position], parts[position + 1 : position + 2]
            touching = [*(part for part in before if part[1] == first), *(part for part in after if part[0] == end)]
            if touching:
                kept[position] = first, end, touching[0][2]
    return kept
