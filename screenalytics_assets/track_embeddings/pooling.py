"""Pooling: combine the unit vectors of the faces of one track into one unit vector."""

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.pooling_method import PoolingMethod
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION, unit_rows


def pool(
    vectors: NDArray[np.float32],
    qualities: NDArray[np.floating],
    norms: NDArray[np.floating],
    method: PoolingMethod,
) -> NDArray[np.float32]:
    """Pool unit vectors (n, D) with qualities (n,) in [0, 1] and raw norms (n,) > 0 into one unit vector (D,).

    `median` and `max` work per coordinate. `quality_weighted` weights by the qualities, or equally if all of them are
    0. `norm_weighted` weights by the square of the norm that the embedding had before it was L2-normalised. This norm
    measures how well the recogniser could see the face (MagFace, Meng et al., 2021; docs/decisions/0006-trust.md has
    our figures). If the vectors cancel out and the pooled vector has no direction (norm below 1e-6), the vector with
    the best quality is returned, the earlier one on a tie.

    Raises:
        ValueError: `vectors` is empty or has a row that is not a finite unit vector, a quality is outside [0, 1], a
            norm is not above 0, `qualities` or `norms` is not (n,), or `method` is unknown.
    """
    if len(vectors) == 0:
        raise ValueError("Expected at least one vector to pool, but got none.")
    rows = unit_rows(vectors)
    _check_qualities(qualities, len(rows))
    _check_norms(norms, len(rows))
    resultant = _resultant(rows.astype(np.float64), qualities.astype(np.float64), norms.astype(np.float64), method)
    norm = np.linalg.norm(resultant)
    if norm < NO_DIRECTION:
        best: NDArray[np.float32] = rows[np.argmax(qualities)]
        return best
    return np.asarray(resultant / norm, dtype=np.float32)


def _check_qualities(qualities: NDArray[np.floating], count: int) -> None:
    if qualities.shape != (count,):
        raise ValueError(f"Expected qualities of shape ({count},), but got shape {qualities.shape}.")
    bad = qualities[~((qualities >= 0.0) & (qualities <= 1.0))]
    if len(bad):
        raise ValueError(f"Expected qualities in [0, 1], but got {bad[0]}.")


def _check_norms(norms: NDArray[np.floating], count: int) -> None:
    if norms.shape != (count,):
        raise ValueError(f"Expected norms of shape ({count},), but got shape {norms.shape}.")
    bad = norms[~(np.isfinite(norms) & (norms > 0.0))]
    if len(bad):
        raise ValueError(f"Expected norms above 0, but got {bad[0]}.")


def _resultant(
    rows: NDArray[np.float64],
    qualities: NDArray[np.float64],
    norms: NDArray[np.float64],
    method: PoolingMethod,
) -> NDArray[np.float64]:
    """Return the pooled vector (D,) before it is L2-normalised."""
    pooled: NDArray[np.float64]
    match method:
        case "mean":
            pooled = rows.mean(axis=0)
        case "median":
            pooled = np.median(rows, axis=0)
        case "max":
            pooled = rows.max(axis=0)
        case "quality_weighted":
            weights = qualities if qualities.any() else np.ones_like(qualities)
            pooled = np.average(rows, axis=0, weights=weights)
        case "norm_weighted":
            pooled = np.average(rows, axis=0, weights=norms**2)
        case _:
            raise ValueError(f"Unknown pooling method {method!r}: use one of {', '.join(get_args(PoolingMethod))}.")
    return pooled
