"""When tracks are on screen, and what the people in them wear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FADE_S = 180.0
"""Clothes say nothing about tracks further apart than this, because people change. Their weight falls linearly."""


@dataclass(frozen=True)
class Sightings:
    """N tracks. `first_ts` and `last_ts` (N,) are in seconds.

    `clothing` (N, C) float32 has unit rows, the square roots of colour shares, or zeros where `dressed` (N,) is False.
    """

    first_ts: NDArray[np.float64]
    last_ts: NDArray[np.float64]
    clothing: NDArray[np.float32]
    dressed: NDArray[np.bool_]

    def of(self, rows: NDArray[np.int64]) -> "Sightings":
        """Return the sightings of these rows (n,)."""
        return Sightings(self.first_ts[rows], self.last_ts[rows], self.clothing[rows], self.dressed[rows])

    def affinity(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the clothing affinity in [0, 1] of `rows` (n,) to all tracks, (n, N): Bhattacharyya's coefficient."""
        return np.asarray(self.clothing[rows] @ self.clothing.T, np.float32)

    def nearness(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how much the clothes of all tracks count for `rows` (n,): (n, N) in [0, 1].

        1 for tracks at the same time, 0 from a gap of `FADE_S` on, and 0 where the clothes of either are unknown.
        """
        after = self.first_ts[rows, None] - self.last_ts[None]
        before = self.first_ts[None] - self.last_ts[rows, None]
        gaps = np.maximum(after, before)
        fade = np.clip(1.0 - np.maximum(gaps, 0.0) / FADE_S, 0.0, 1.0)
        return (fade * (self.dressed[rows, None] & self.dressed[None])).astype(np.float32)


def clothing_excess(
    sightings: Sightings, rows: NDArray[np.int64], labels: NDArray[np.int64], count: int, chance: float
) -> NDArray[np.float64]:
    """Return the strongest clothing evidence of each of `rows` (n,) for each of `count` clusters, (n, count).

    It is the highest (affinity - `chance`) * nearness to a track of the cluster, and 0 if no track counts. `labels`
    (N,) are the clusters of all tracks, below 0 for none. A row is not compared with itself. O(n N C) time.
    """
    nearness = sightings.nearness(rows)
    nearness[np.arange(len(rows)), rows] = 0.0
    excess = np.where(nearness > 0, (sightings.affinity(rows) - chance) * nearness, -np.inf)
    best = np.full((len(rows), count), -np.inf)
    members = np.flatnonzero(labels >= 0)
    members = members[np.argsort(labels[members], kind="stable")]
    present, starts = np.unique(labels[members], return_index=True)
    if len(members):
        best[:, present] = np.maximum.reduceat(excess[:, members], starts, axis=1)
    return np.where(np.isfinite(best), best, 0.0)
