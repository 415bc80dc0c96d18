"""Face embeddings without what all faces have in common."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION, unit_rows


def centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Subtract the mean embedding (D,) from unit rows (N, D). Returns unit rows.

    A recogniser puts a common part into every embedding. The poorer the face, the larger this part, so poor faces of
    strangers resemble each other (docs/decisions/0020-evidence.md has our figures). A row that equals the mean stays
    as it is.

    Raises:
        ValueError: a row is not finite or not of unit norm (tolerance 1e-3), or `mean` is not (D,).
    """
    rows = unit_rows(vectors)
    if mean.shape != rows.shape[1:]:
        raise ValueError(f"Expected a mean embedding of shape {rows.shape[1:]}, but got {mean.shape}.")
    if not mean.any():
        return rows
    moved = rows - mean
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.where(norms < NO_DIRECTION, rows, moved / np.maximum(norms, NO_DIRECTION)).astype(np.float32)
