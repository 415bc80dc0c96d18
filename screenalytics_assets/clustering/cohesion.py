"""Cohesion: how closely the vectors of one identity agree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION, unit_rows


@dataclass(frozen=True)
class Cohesion:
    """Statistics of the unit vectors of one identity."""

    centroid: NDArray[np.float32]
    """Unit vector (D,): the normalised mean."""
    centroid_norm: float
    """Norm of the plain mean, before it is normalised, in [0, 1]: 1 where all vectors are the same."""
    cohesion: float
    """Mean cosine similarity of the vectors to the centroid, in [-1, 1]."""
    min_similarity: float
    """Lowest cosine similarity of a vector to the centroid, in [-1, 1]."""
    variance: float
    """Mean squared Euclidean distance of the vectors to their plain mean, in [0, 1]."""


def cluster_statistics(vectors: NDArray[np.float32]) -> Cohesion:
    """Return the statistics of the unit rows (n, D), n >= 1, of one identity.

    Vectors that cancel out (mean shorter than 1e-6) have no centroid: the first vector then stands in for it,
    `centroid_norm` is about 0, `cohesion` is about 0, and nothing is NaN.

    Raises:
        ValueError: no vectors, or rows that are not finite and of unit norm (1e-3).
    """
    if len(vectors) == 0:
        raise ValueError("Expected at least one vector for the statistics of an identity, but got none.")
    rows = unit_rows(vectors).astype(np.float64)
    mean = rows.mean(axis=0)
    norm = float(np.linalg.norm(mean))
    centroid = rows[0] if norm < NO_DIRECTION else mean / norm
    similarities = np.clip(rows @ centroid, -1.0, 1.0)
    return Cohesion(
        centroid=centroid.astype(np.float32),
        centroid_norm=min(norm, 1.0),
        cohesion=float(similarities.mean()),
        min_similarity=float(similarities.min()),
        variance=float(((rows - mean) ** 2).sum(axis=1).mean()),
    )
