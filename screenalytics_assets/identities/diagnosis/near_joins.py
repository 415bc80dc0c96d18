"""Near joins: singletons that almost joined another identity, and by how much they missed the threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import unit_rows

_BLOCK = 1024


@dataclass(frozen=True)
class NearJoin:
    """A singleton and the most similar other identity. Similarities are cosine similarities."""

    row: int
    label: int
    """Label of the nearest other identity, which may be a singleton itself."""
    similarity: float
    """Average similarity to the tracks of that identity."""
    shortfall: float
    """Threshold minus `similarity`; 0 or less if something other than the threshold keeps them apart."""
    closest_row: int
    """Row of the track of that identity that is most similar to the singleton."""
    blocked_by_cannot_link: bool
    """Whether a cannot-link separates the singleton from a track of that identity."""


def near_joins(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    threshold: float,
    count: int,
    cannot_link: NDArray[np.int64],
) -> list[NearJoin]:
    """Return the `count` singletons among unit rows (U, D), with labels (U,) 0..K-1, nearest to another identity.

    The nearest singleton comes first, the earlier row on a tie. `cannot_link` (P, 2) holds pairs of rows. The average
    similarity to an identity is the dot product with the mean of its rows, so no (U, U) matrix is needed. O(S K D) time
    for S singletons, in blocks of 1,024.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), or `labels` is not (U,).
    """
    rows = unit_rows(vectors)
    if labels.shape != (len(rows),):
        raise ValueError(f"Expected labels of shape ({len(rows)},), but got shape {labels.shape}.")
    sizes = np.bincount(labels)
    singletons = np.flatnonzero(sizes[labels] == 1)
    if len(sizes) < 2 or len(singletons) == 0:
        return []
    similarity, nearest = _nearest_identity(rows, labels, singletons, set())
    order = np.argsort(-similarity, kind="stable")[:count]
    forbidden = _forbidden(labels, cannot_link)
    return [
        NearJoin(
            row=row,
            label=label,
            similarity=value,
            shortfall=threshold - value,
            closest_row=_closest(rows, row, np.flatnonzero(labels == label)),
            blocked_by_cannot_link=(int(labels[row]), label) in forbidden,
        )
        for row, label, value in zip(
            singletons[order].tolist(), nearest[order].tolist(), similarity[order].tolist(), strict=True
        )
    ]


def allowed_similarities(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], cannot_link: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the average similarity (S,) of each singleton to the nearest other identity that it could join.

    A singleton cannot join an identity from which a cannot-link separates it. If it could join none, its value is -1.
    See `near_joins` for the arguments.
    """
    rows = unit_rows(vectors)
    sizes = np.bincount(labels, minlength=1)
    singletons = np.flatnonzero(sizes[labels] == 1)
    return np.maximum(_nearest_identity(rows, labels, singletons, _forbidden(labels, cannot_link))[0], -1.0)


def _nearest_identity(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    singletons: NDArray[np.int64],
    forbidden: set[tuple[int, int]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the average similarity (S,) of each singleton to the nearest identity, and its label (S,).

    Its own identity and those that `forbidden` pairs with it are left out. Without any other, the similarity is -inf.
    """
    sizes = np.bincount(labels, minlength=1)
    others: dict[int, list[int]] = {}
    for label, other in forbidden:
        others.setdefault(label, []).append(other)
    means = np.zeros((len(sizes), rows.shape[1]))
    np.add.at(means, labels, rows)
    means32 = (means / np.maximum(sizes, 1)[:, None]).astype(np.float32)
    best, nearest = np.empty(len(singletons)), np.empty(len(singletons), np.int64)
    for top in range(0, len(singletons), _BLOCK):
        block = singletons[top : top + _BLOCK]
        similarities = rows[block] @ means32.T
        block_index = np.arange(len(block))
        similarities[block_index, labels[block]] = -np.inf
        for index, label in enumerate(labels[block].tolist()):
            similarities[index, others.get(label, [])] = -np.inf
        nearest[top : top + len(block)] = similarities.argmax(axis=1)
        best[top : top + len(block)] = similarities.max(axis=1)
    return best, nearest


def _forbidden(labels: NDArray[np.int64], cannot_link: NDArray[np.int64]) -> set[tuple[int, int]]:
    """Return the pairs of labels that a cannot-link separates, in both orders."""
    pairs = labels[cannot_link.reshape(-1, 2)]
    return {(first, second) for a, b in np.unique(pairs, axis=0).tolist() for first, second in ((a, b), (b, a))}


def _closest(rows: NDArray[np.float32], row: int, others: NDArray[np.int64]) -> int:
    """Return the row among `others` that is most similar to `row`."""
    return int(others[(rows[others] @ rows[row]).argmax()])
