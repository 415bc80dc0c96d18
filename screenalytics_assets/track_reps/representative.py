"""Choice of the face that represents a track, with flags if it is a poor one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RepGates:
    """Lowest values of a good representative."""

    min_det: float = 0.60
    """Detection score, in [0, 1]."""
    min_std: float = 1.0
    """Standard deviation of the grey crop, in levels of 0..255: below 1 the crop is blank."""
    min_similarity: float = 0.50
    """Cosine similarity to the centroid of the track, in [-1, 1]."""


@dataclass(frozen=True)
class Representative:
    """Chosen face of a track."""

    index: int
    low_confidence: bool
    """True if no face of good quality resembles its track: the chosen face may show another person."""
    rep_low_quality: bool
    """True if no face passes the quality gates."""


def choose_representative(
    det: NDArray[np.floating],
    std: NDArray[np.floating],
    score: NDArray[np.floating],
    similarity: NDArray[np.floating],
    gates: RepGates,
) -> Representative:
    """Choose the face with the best `score` among the n >= 1 faces of one track. Each array is (n,).

    Faces that pass all gates come first. If there are none, faces that pass `min_det` and `min_std` are considered
    (`low_confidence`). If none passes these either, all faces are (`low_confidence` and `rep_low_quality`). On equal
    scores the lower index wins. `similarity` is the cosine similarity of a face's vector to the centroid of its track.
    It is NaN for a face without a vector, which does not pass the similarity gate.

    Raises:
        ValueError: there are no faces, the arrays have different shapes, or a `det`, `std` or `score` is not finite.
    """
    _check_arrays(det, std, score, similarity)
    good = (det >= gates.min_det) & (std >= gates.min_std)
    alike = good & (similarity >= gates.min_similarity)
    if alike.any():
        return Representative(_best(score, alike), low_confidence=False, rep_low_quality=False)
    if good.any():
        return Representative(_best(score, good), low_confidence=True, rep_low_quality=False)
    return Representative(int(np.argmax(score)), low_confidence=True, rep_low_quality=True)


def _best(score: NDArray[np.floating], allowed: NDArray[np.bool_]) -> int:
    return int(np.argmax(np.where(allowed, score, -np.inf)))


def _check_arrays(
    det: NDArray[np.floating],
    std: NDArray[np.floating],
    score: NDArray[np.floating],
    similarity: NDArray[np.floating],
) -> None:
    if score.size == 0:
        raise ValueError("Expected at least one face to choose from, but got none.")
    shapes = [array.shape for array in (det, std, score, similarity)]
    if score.ndim != 1 or len(set(shapes)) > 1:
        raise ValueError(f"Expected four (n,) arrays of one length, but got shapes {shapes}.")
    for name, values in (("det", det), ("std", std), ("score", score)):
        if not np.isfinite(values).all():
            raise ValueError(f"Expected finite {name}, but got {values[~np.isfinite(values)][0]}.")
