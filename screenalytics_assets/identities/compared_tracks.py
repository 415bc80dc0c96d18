"""Tracks as evidence compares them: faces with what each of them can show, clothes, and shared frames."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION
from screenalytics_assets.evidence.probability import log_odds
from screenalytics_assets.evidence.sightings import Sightings, clothing_excess
from screenalytics_assets.identities.thresholds import Thresholds

Rows = NDArray[np.int64]

BLOCK_TRACKS = 512
"""Tracks that are compared with all others at once: 8 MB per 2,000 tracks."""


@dataclass(frozen=True)
class ComparedTracks:
    """N tracks: unit vectors (N, D) without the mean face, best norms (N,), and what else is known about them."""

    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    bounds: Thresholds
    cannot_link: NDArray[np.int64]
    sightings: Sightings | None = None

    def odds(self, guests: list[Rows], labels: Rows, count: int) -> NDArray[np.float64]:
        """Return the log-odds (G, count) that each guest, a group of rows, shows the person of each cluster.

        `labels` (N,) are the clusters, below 0 for none. The cluster that a guest is in, or that a shared frame rules
        out, has minus infinity.
        """
        centroids = unit_sums(self.vectors, labels, count)
        odds = np.empty((len(guests), count))
        for top in range(0, len(guests), BLOCK_TRACKS):
            block = guests[top : top + BLOCK_TRACKS]
            similarity = np.stack([directions(self.vectors[rows].sum(axis=0)) for rows in block]) @ centroids.T
            expected = self.expected(np.array([self.norms[rows].max() for rows in block]))
            clothing = self._clothing(block, labels, count)
            odds[top : top + len(block)] = log_odds(similarity - expected[:, None], clothing, self.bounds.evidence)
        for guest, rows in enumerate(guests):
            odds[guest, labels[rows][labels[rows] >= 0]] = -np.inf
            odds[guest, self.ruled_out(rows, labels)] = -np.inf
        return odds

    def expected(self, norms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cosine similarity (n,) to an identity that is expected of faces with these norms (n,)."""
        return np.asarray(self.bounds.cluster_thresh * self.bounds.share(norms), np.float64)

    def ruled_out(self, rows: Rows, labels: Rows) -> Rows:
        """Return the clusters that have a track which shares a frame with one of `rows`."""
        partners, starts = self._partners
        clusters = labels[np.concatenate([partners[starts[row] : starts[row + 1]] for row in rows])]
        return np.unique(clusters[clusters >= 0])

    @cached_property
    def _partners(self) -> tuple[Rows, Rows]:
        """The partners of all cannot-links by row, and where those of each row start (N + 1,)."""
        ends = np.concatenate([self.cannot_link, self.cannot_link[:, ::-1]])
        ends = ends[np.argsort(ends[:, 0], kind="stable")]
        return ends[:, 1], np.searchsorted(ends[:, 0], np.arange(len(self.norms) + 1))

    def _clothing(self, guests: list[Rows], labels: Rows, count: int) -> NDArray[np.float64]:
        """Return the strongest clothing evidence (n, count) of n guests. The clearer the face, the less it counts.

        Two strangers may dress alike. A clear face can tell them apart, so clothes must not overrule it.
        """
        result = np.zeros((len(guests), count))
        doubts = self.bounds.doubt(np.array([self.norms[rows].max() for rows in guests]))
        unclear = np.flatnonzero(doubts > 0)
        if self.sightings is None or self.bounds.evidence.clothing_odds == 0 or len(unclear) == 0:
            return result
        chance = self.bounds.evidence.clothing_chance
        groups = [guests[guest] for guest in unclear.tolist()]
        rows, starts = np.concatenate(groups), np.cumsum([0, *(len(group) for group in groups[:-1])])
        blocks = [rows[top : top + BLOCK_TRACKS] for top in range(0, len(rows), BLOCK_TRACKS)]
        evidence = np.concatenate([clothing_excess(self.sightings, block, labels, count, chance) for block in blocks])
        result[unclear] = np.maximum.reduceat(evidence, starts, axis=0) * doubts[unclear, None]
        return result


def unit_sums(vectors: NDArray[np.float32], labels: Rows, count: int) -> NDArray[np.float64]:
    """Return the unit centroid (count, D) of each cluster, or zeros where its vectors cancel out or it is empty."""
    sums = np.zeros((count, vectors.shape[1]))
    inside = labels >= 0
    np.add.at(sums, labels[inside], vectors[inside])
    return directions(sums)


def directions(sums: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rows of `sums` (..., D) as unit vectors, or zeros where the norm is below `NO_DIRECTION`."""
    norms = np.linalg.norm(sums, axis=-1, keepdims=True)
    return np.asarray(np.where(norms < NO_DIRECTION, 0.0, sums / np.maximum(norms, NO_DIRECTION)), np.float64)
