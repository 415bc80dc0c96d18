"""Prototypes: the few vectors that represent a person, computed from the vectors of the reference photos."""

import numpy as np
from numpy.typing import NDArray

LOOK_GAP = 0.15
"""Smallest gap between two looks: mean cosine similarity within the two groups of photos, minus that across them.
At 0.15, 1 to 4 in 100 people with a single look are split by chance (79 people of Labeled Faces in the Wild, five or
ten photos each), and no person is recognised less well because of it. At 0.10 it is 7 to 17 in 100."""
MIN_GROUP_SIZE = 2
"""Fewest photos per group. A single photo never forms a group, because a wrong photo would match strangers."""
_MIN_MEAN_LENGTH = 1e-6


def prototypes(vectors: NDArray[np.float32], norms: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the mean of all photos and, if they show clearly different looks or ages, also the mean of each group.

    Groups come from average linkage, cut in two at its last merge. Each part is cut again as long as both halves have
    at least two photos and differ by `LOOK_GAP`. Photos are weighted by the square of `norms`, as in track pooling.

    Args:
        vectors: (N, D), unit rows.
        norms: (N,), above 0, norms of the raw embeddings.

    Returns:
        (K, D), unit rows: the overall mean first, then the groups in the order of their first photos. (0, D) if
        N is 0.

    Raises:
        ValueError: the shapes do not match, or a norm is not above 0.
    """
    if vectors.ndim != 2 or norms.shape != (len(vectors),):
        raise ValueError(f"Expected vectors (N, D) and norms (N,), but got {vectors.shape} and {norms.shape}")
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise ValueError(f"Expected norms above 0, but got {norms.tolist()}")
    if len(vectors) == 0:
        return vectors.astype(np.float32)
    rows = vectors.astype(np.float64)
    all_rows = np.arange(len(rows))
    groups = _groups(rows, all_rows)
    parts = [all_rows, *groups] if len(groups) > 1 else [all_rows]
    return np.stack([_mean(rows[part], norms[part]) for part in parts]).astype(np.float32)


def _groups(rows: NDArray[np.float64], part: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Split `part` (n,), ascending row numbers, into looks, in the order of their first rows."""
    halves = _split_in_two(rows[part])
    if halves is None or _gap(rows[part], halves) < LOOK_GAP:
        return [part]
    looks = [group for half in (~halves, halves) for group in _groups(rows, part[half])]
    return sorted(looks, key=lambda group: int(group[0]))


def _split_in_two(rows: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Return the mask (n,) of the rows (n, D) in the second of two groups, or None if a group would be too small."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    if len(rows) < 2 * MIN_GROUP_SIZE:
        return None
    distances = np.maximum(1 - rows @ rows.T, 0)[np.triu_indices(len(rows), 1)]
    second = np.asarray(cut_tree(linkage(distances, "average"), [2])[:, 0] == 1, np.bool_)
    return second if MIN_GROUP_SIZE <= second.sum() <= len(rows) - MIN_GROUP_SIZE else None


def _gap(rows: NDArray[np.float64], second: NDArray[np.bool_]) -> float:
    """Return the mean similarity of pairs within the two groups minus that of pairs across them."""
    similarities = rows @ rows.T
    same = second[:, None] == second[None, :]
    upper = np.triu(np.ones_like(same), 1)
    return float(similarities[same & upper].mean() - similarities[~same & upper].mean())


def _mean(rows: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit mean (D,) of rows (n, D), or the row with the largest norm if they cancel out."""
    mean = np.average(rows, axis=0, weights=norms**2)
    length = np.linalg.norm(mean)
    return np.asarray(mean / length if length > _MIN_MEAN_LENGTH else rows[np.argmax(norms)], np.float64)
