"""Pairwise constraints: cannot-links keep two rows in different clusters, must-links keep them in one."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.reciprocal_merging import plain_means
from screenalytics_assets.clustering.ties import TIE
from screenalytics_assets.clustering.unit_vectors import unit_rows

Pairs = NDArray[np.int64]


def no_pairs() -> Pairs:
    """Return an empty array of pairs, (0, 2)."""
    return np.empty((0, 2), np.int64)


def no_rows() -> NDArray[np.int64]:
    """Return an empty array of rows, (0,)."""
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Constraints:
    """Pairs of row indices, (P, 2) and (M, 2) int64. A cannot-link always holds. A must-link that contradicts one is
    ignored and reported. `vouched` (V,) holds rows that a person vouches for, besides those of must-links."""

    cannot_link: Pairs = field(default_factory=no_pairs)
    must_link: Pairs = field(default_factory=no_pairs)
    vouched: NDArray[np.int64] = field(default_factory=no_rows)

    def vouched_rows(self, count: int) -> NDArray[np.bool_]:
        """Return which of `count` rows a person vouches for: those of must-links, and those in `vouched`."""
        rows = np.zeros(count, np.bool_)
        rows[self.must_link] = True
        rows[self.vouched] = True
        return rows


NO_CONSTRAINTS = Constraints()


@dataclass(frozen=True)
class Contradiction:
    """A must-link that was ignored, and the cannot-link between the same two groups that forbids it."""

    must_link: tuple[int, int]
    cannot_link: tuple[int, int]


@dataclass(frozen=True)
class Settled:
    """Constraints without contradictions.

    `groups` (N,) gives must-linked rows the same group, numbered 0..G-1 by first appearance. `cannot` (Q, 2) holds
    unique pairs of groups, the lower first.
    """

    groups: NDArray[np.int64]
    cannot: Pairs
    contradictions: tuple[Contradiction, ...]


def settle(constraints: Constraints, count: int) -> Settled:
    """Group the must-linked rows among `count` rows, in the given order, unless a cannot-link forbids it.

    Raises:
        ValueError: pairs are not of shape (P, 2), pair a row with itself, or name a row outside 0..`count`-1.
    """
    cannot = _checked("cannot_link", constraints.cannot_link, count)
    must = _checked("must_link", constraints.must_link, count)
    groups = np.arange(count)
    contradictions = []
    for first, second in must.tolist():
        ends = np.sort(groups[cannot], axis=1)
        wanted = sorted((groups[first], groups[second]))
        forbidding = cannot[(ends == wanted).all(axis=1)]
        if len(forbidding):
            contradictions.append(Contradiction((first, second), (int(forbidding[0, 0]), int(forbidding[0, 1]))))
        else:
            groups[groups == groups[second]] = groups[first]
    _, first_rows, inverse = np.unique(groups, return_index=True, return_inverse=True)
    groups = np.argsort(np.argsort(first_rows))[inverse].astype(np.int64)
    return Settled(groups, unique_pairs(groups[cannot]), tuple(contradictions))


def unique_pairs(pairs: Pairs) -> Pairs:
    """Return the unique pairs of indices >= 0 among `pairs` (P, 2), the lower index first, in ascending order."""
    low, high = np.sort(pairs, axis=1).astype(np.int64).T
    width = int(high.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(low * width + high), width), axis=1)


def among(constraints: Constraints, rows: NDArray[np.int64]) -> Constraints:
    """Return the constraints between `rows` (n,), which ascend, as pairs of positions 0..n-1 in `rows`."""
    vouched = np.searchsorted(rows, constraints.vouched[np.isin(constraints.vouched, rows)])
    return Constraints(_pairs_among(constraints.cannot_link, rows), _pairs_among(constraints.must_link, rows), vouched)


def _pairs_among(pairs: Pairs, rows: NDArray[np.int64]) -> Pairs:
    if len(rows) == 0 or len(pairs) == 0:
        return no_pairs()
    inside = pairs[np.isin(pairs, rows).all(axis=1)]
    return np.searchsorted(rows, inside).astype(np.int64).reshape(-1, 2)


def sharing_frames(first_frames: NDArray[np.int64], last_frames: NDArray[np.int64]) -> Pairs:
    """Return the pairs (P, 2), i < j, of frame spans (N,) that overlap. Both ends of a span are included.

    O(N log N + P log P) time.

    Raises:
        ValueError: a span ends before it starts.
    """
    backwards = np.flatnonzero(last_frames < first_frames)
    if len(backwards):
        span = first_frames[backwards[0]], last_frames[backwards[0]]
        raise ValueError(f"Expected spans that end after they start, but got frames {span[0]} to {span[1]}.")
    order = np.argsort(first_frames, kind="stable")
    starts = first_frames[order]
    # Sorted by start, a span overlaps exactly the later spans that start before it ends.
    reach = np.searchsorted(starts, last_frames[order], side="right")
    counts = reach - np.arange(len(order)) - 1
    first = np.repeat(np.arange(len(order)), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return unique_pairs(np.stack([order[first], order[first + 1 + offset]], axis=1).astype(np.int64))


def violations(labels: NDArray[np.int64], cannot_link: Pairs) -> Pairs:
    """Return the pairs of `cannot_link` (P, 2) whose rows have the same label in `labels` (N,)."""
    broken: Pairs = cannot_link[labels[cannot_link[:, 0]] == labels[cannot_link[:, 1]]]
    return broken


def prevented_merges(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], threshold: float, cannot_link: Pairs
) -> int:
    """Count the pairs of clusters that only a cannot-link keeps apart. `vectors` are unit rows (N, D), labels 0..K-1.

    A pair counts if a cannot-link separates it and its average cosine similarity is at least `threshold`, less the
    tolerance for ties.
    """
    if len(cannot_link) == 0:
        return 0
    means = plain_means(unit_rows(vectors), labels)
    pairs = unique_pairs(labels[cannot_link])
    return int((np.einsum("ij,ij->i", means[pairs[:, 0]], means[pairs[:, 1]]) >= threshold - TIE).sum())


def _checked(name: str, pairs: Pairs, count: int) -> Pairs:
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"Expected {name} of shape (P, 2), but got shape {pairs.shape}.")
    outside = pairs[((pairs < 0) | (pairs >= count)).any(axis=1)]
    if len(outside):
        raise ValueError(f"Expected {name} to pair two of the {count} rows, but got the pair {outside[0].tolist()}.")
    same = pairs[pairs[:, 0] == pairs[:, 1]]
    if len(same):
        raise ValueError(f"Expected {name} to pair two different rows, but got the pair {same[0].tolist()}.")
    return pairs.astype(np.int64)
