"""Prototypes: the few vectors that stand for a person, made from the vectors of the person's reference photos."""

import numpy as np
from numpy.typing import NDArray

GAP = 0.15
"""Two groups of photos are two looks where photos are at least so much more alike, by mean cosine similarity, within
the groups than across them. Of people with one look, 1 to 4 in 100 have such groups by chance (79 people of Labeled
Faces in the Wild, five or ten photos each), and nobody is named worse for it; at 0.10 it is 7 to 17."""
LEAST_GROUP = 2
"""Photos in a group. One photo alone never makes a prototype: a wrong one would name strangers."""
_NO_DIRECTION = 1e-6


def prototypes(vectors: NDArray[np.float32], norms: NDArray[np.float64]) -> NDArray[np.float32]:
    """The mean of all photos, and where they fall into clearly different looks or ages also the mean of each group.

    Groups come from average linkage, cut into two at its last merge, again and again while both parts have two
    photos and differ by `GAP`. A mean weighs photos by the square of `norms`, as the pooling of tracks does.

    Args:
        vectors: (N, D), unit rows.
        norms: (N,), above 0, lengths of the raw embeddings.

    Returns:
        (K, D), unit rows: the mean of all first, then the groups in the order of their first photos. (0, D) where
        N is 0.

    Raises:
        ValueError: shapes that do not fit, or norms that are not above 0.
    """
    if vectors.ndim != 2 or norms.shape != (len(vectors),):
        raise ValueError(f"Expected vectors (N, D) and norms (N,), but got {vectors.shape} and {norms.shape}")
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise ValueError(f"Expected norms above 0, but got {norms.tolist()}")
    if len(vectors) == 0:
        return vectors.astype(np.float32)
    rows = vectors.astype(np.float64)
    everything = np.arange(len(rows))
    groups = _groups(rows, everything)
    parts = [everything, *groups] if len(groups) > 1 else [everything]
    return np.stack([_mean(rows[part], norms[part]) for part in parts]).astype(np.float32)


def _groups(rows: NDArray[np.float64], part: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """`part` (n,), ascending row numbers, cut into looks, in the order of their first rows."""
    halves = _two(rows[part])
    if halves is None or _gap(rows[part], halves) < GAP:
        return [part]
    found = [group for half in (~halves, halves) for group in _groups(rows, part[half])]
    return sorted(found, key=lambda group: int(group[0]))


def _two(rows: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Which of the rows (n, D) belong to the second of two groups; None where a group would be too small."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    if len(rows) < 2 * LEAST_GROUP:
        return None
    distances = np.maximum(1 - rows @ rows.T, 0)[np.triu_indices(len(rows), 1)]
    second = np.asarray(cut_tree(linkage(distances, "average"), [2])[:, 0] == 1, np.bool_)
    return second if LEAST_GROUP <= second.sum() <= len(rows) - LEAST_GROUP else None


def _gap(rows: NDArray[np.float64], second: NDArray[np.bool_]) -> float:
    """Mean similarity of pairs within the two groups, less that of pairs across them."""
    similarities = rows @ rows.T
    same = second[:, None] == second[None, :]
    upper = np.triu(np.ones_like(same), 1)
    return float(similarities[same & upper].mean() - similarities[~same & upper].mean())


def _mean(rows: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit mean (D,) of rows (n, D); the row of the longest norm where they cancel out."""
    mean = np.average(rows, axis=0, weights=norms**2)
    length = np.linalg.norm(mean)
    return np.asarray(mean / length if length > _NO_DIRECTION else rows[np.argmax(norms)], np.float64)
