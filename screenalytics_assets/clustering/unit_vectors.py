"""Unit vectors: the check that every reader of embeddings applies, and the integrity check of stored embeddings."""

import numpy as np
from numpy.typing import NDArray

# Rounding to float16 or float32 changes a norm by less than this. A larger deviation from 1 is an invalid embedding.
UNIT_TOLERANCE = 1e-3
# The direction of a sum or mean with a smaller norm is only rounding error: float32 resolves about 1e-7.
NO_DIRECTION = 1e-6


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Check that the rows of `vectors` (N, D) are finite unit vectors. Returns them normalised again, in float32.

    Raises:
        ValueError: `vectors` is not (N, D), or a row holds NaN or infinity or is not of unit norm (tolerance 1e-3).
    """
    if vectors.ndim != 2:
        raise ValueError(f"Expected vectors of shape (N, D), but got shape {vectors.shape}.")
    bad = np.argwhere(~np.isfinite(vectors))
    if len(bad):
        row, column = bad[0]
        raise ValueError(f"Expected finite vectors, but row {row} holds {vectors[row, column]}.")
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    off = np.flatnonzero(np.abs(norms - 1.0) > UNIT_TOLERANCE)
    if len(off):
        raise ValueError(f"Expected rows of norm 1, but row {off[0]} has norm {norms[off[0]]:.6g}.")
    return np.asarray(vectors / norms.astype(np.float32)[:, np.newaxis], dtype=np.float32)


def vector_faults(vectors: NDArray[np.float32], rows: list[int], dim: int, name: str) -> list[str]:
    """List the problems of an embedding file: shape, dtype, values, norms and references to its rows.

    `vectors` should be (len(rows), dim) float32 with unit rows. `rows` are the row numbers that the table refers to,
    in the order of the table. `name` is the name of the file.
    """
    if vectors.dtype != np.float32 or vectors.ndim != 2 or vectors.shape != (len(rows), dim):
        return [f"{name} is {vectors.dtype} {vectors.shape}, expected float32 {(len(rows), dim)}"]
    faults = []
    if rows != list(range(len(rows))):
        faults.append(f"the rows of the table do not refer to the rows of {name} once each, in order")
    if not np.isfinite(vectors).all():
        faults.append(f"{name} contains values that are not finite")
    off = np.flatnonzero(np.abs(np.linalg.norm(vectors, axis=1) - 1) > UNIT_TOLERANCE)
    faults += [f"row {row} of {name} has norm {np.linalg.norm(vectors[row]):.4f}, expected 1" for row in off]
    return faults
