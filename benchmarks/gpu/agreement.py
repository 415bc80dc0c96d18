"""Whether two devices return the same results: detections, embeddings and identities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.detectors import Detections

MOST_PX = 0.5
"""Boxes of one face differ by at most this much per side, in pixels."""
BORDERLINE_SCORE = 0.005
"""A face scored this close to the pack's threshold may be missing on one device: rounding decides about it."""
LEAST_COSINE = 0.999
"""Embeddings of one face are at least this similar."""

Identities = frozenset[frozenset[str]]
"""The track ids of each identity. Names and numbers of the identities do not matter."""


@dataclass(frozen=True)
class BoxAgreement:
    """Comparison of the faces that two devices found in the same images.

    Attributes:
        faces: number of faces that the first device found.
        pairs: faces with a box on the other device, at most `MOST_PX` away.
        largest_px: largest difference within a pair, 0 without pairs.
        borderline: faces of either device without a pair that rounding may have lost.
        unpaired: all other faces of either device without a pair.
    """

    faces: int
    pairs: int
    largest_px: float
    borderline: int
    unpaired: int


def compare_detections(
    first: Sequence[Detections], second: Sequence[Detections], score_threshold: float
) -> BoxAgreement:
    """Compare the faces in each image. `score_threshold` is the pack's.

    Raises:
        ValueError: if the devices looked at different numbers of images.
    """
    distances: list[float] = []
    lonely_scores: list[float] = []
    for one, other in zip(first, second, strict=True):
        pairs = pair_boxes(one.boxes, other.boxes)
        distances += [px for _, _, px in pairs]
        lonely_scores += np.delete(one.scores, [row for row, _, _ in pairs]).tolist()
        lonely_scores += np.delete(other.scores, [row for _, row, _ in pairs]).tolist()
    borderline = sum(score <= score_threshold + BORDERLINE_SCORE for score in lonely_scores)
    return BoxAgreement(
        faces=sum(map(len, first)),
        pairs=len(distances),
        largest_px=max(distances, default=0.0),
        borderline=borderline,
        unpaired=len(lonely_scores) - borderline,
    )


def pair_boxes(first: NDArray[np.float32], second: NDArray[np.float32]) -> list[tuple[int, int, float]]:
    """Pair boxes (N, 4) and (M, 4), nearest first, if no side differs by more than `MOST_PX`.

    Returns row, row and the largest difference of a side in pixels per pair. No box is in two pairs.
    """
    distances = np.abs(first[:, None] - second[None]).max(axis=2, initial=0.0)
    rows, columns = np.nonzero(distances <= MOST_PX)
    near = sorted((float(distances[i, j]), int(i), int(j)) for i, j in zip(rows, columns, strict=True))
    pairs: list[tuple[int, int, float]] = []
    for px, i, j in near:
        if all(i != row and j != column for row, column, _ in pairs):
            pairs.append((i, j, px))
    return pairs


def lowest_cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the lowest cosine between unit vectors (N, D) of the same faces; NaN if a vector is not finite.

    Raises:
        ValueError: if the shapes differ or there is no face.
    """
    if first.shape != second.shape or len(first) == 0:
        raise ValueError(f"Expected embeddings of the same faces, but got {first.shape} and {second.shape}")
    return float((first.astype(np.float64) * second).sum(axis=1).min())


def problems(boxes: BoxAgreement, cosine: float, first: Identities, second: Identities) -> list[str]:
    """Return one sentence per result that differs between the devices."""
    found = []
    if boxes.unpaired:
        found.append(
            f"{boxes.unpaired} faces have no box within {MOST_PX} px on the other device "
            f"({boxes.pairs} of {boxes.faces} have one)."
        )
    if not boxes.pairs:
        found.append("No face was found on both devices. Measure with a clip that shows faces.")
    if not cosine >= LEAST_COSINE:
        found.append(f"Embeddings of one face have a cosine of {cosine:.5f}, below {LEAST_COSINE}.")
    if first != second:
        found.append(
            f"The identities differ: {len(first)} and {len(second)}, "
            f"of which {len(first & second)} have the same tracks."
        )
    return found
