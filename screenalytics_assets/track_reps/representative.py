"""Representative: the one face that stands for a track, with honest flags where it is a poor one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RepGates:
    """Lowest values that a good representative has."""

    min_det: float = 0.60
    """Detection score, in [0, 1]."""
    min_std: float = 1.0
    """Standard deviation of the grey crop, in levels of 0..255: below 1 the crop is blank."""
    min_similarity: float = 0.50
    """Cosine similarity to the centroid of the track, in [-1, 1]."""


@dataclass(frozen=True)
class Representative:
    """The face that was chosen."""

    index: int
    low_confidence: bool
    """No face of good quality is like its track, so this one may show another person."""
    rep_low_quality: bool
    """No face passes the quality gates."""


def choose_representative(
    det: NDArray[np.floating],
    std: NDArray[np.floating],
    score: NDArray[np.floating],
    similarity: NDArray[np.floating],
    gates: RepGates,
) -> Representative:
    """Choose among the n >= 1 faces of one track, each array (n,), the one of the best `score`.

    First among faces that pass all gates; else among those that pass `min_det` and `min_std`
    (`low_confidence`); else among all (`low_confidence` and `rep_low_quality`). On equal scores the earlier
    index wins. `similarity` is the cosine of a face's vector to its track's centroid, NaN where the face has
    no vector: such a face does not pass the similarity gate.

    Raises:
        ValueError: no faces, arrays of different shapes, or a `det`, `std` or `score` that is not finite.
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
