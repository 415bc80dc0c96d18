"""Cohesion: how similar the vectors of one identity are to each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION, unit_rows


@dataclass(frozen=True)
class Cohesion:
    """Statistics of the unit vectors of one identity."""

    centroid: NDArray[np.float32]
    """Unit vector (D,): the L2-normalised mean."""
    centroid_norm: float
    """Norm of the mean before normalisation, in [0, 1]; 1 if all vectors are equal."""
    cohesion: float
    """Mean cosine similarity of the vectors to the centroid, in [-1, 1]."""
    min_similarity: float
    """Lowest cosine similarity of a vector to the centroid, in [-1, 1]."""
    variance: float
    """Mean squared Euclidean distance of the vectors to their mean before normalisation, in [0, 1]."""


NO_COHESION = Cohesion(np.zeros(0, np.float32), centroid_norm=0.0, cohesion=0.0, min_similarity=0.0, variance=0.0)
"""Of an identity of tracks without vectors. It has no centroid."""


def cluster_statistics(vectors: NDArray[np.float32]) -> Cohesion:
    """Return the statistics of the unit rows (n, D), n >= 1, of one identity.

    Vectors that cancel out (norm of the mean below 1e-6) have no centroid. The first vector then replaces it,
    `centroid_norm` and `cohesion` are about 0, and no value is NaN.

    Raises:
        ValueError: `vectors` is empty, or a row is not finite or not of unit norm (tolerance 1e-3).
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
