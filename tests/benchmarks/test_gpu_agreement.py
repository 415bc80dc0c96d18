"""Comparison of two devices: paired boxes, embeddings and identities with known answers."""

import math

import numpy as np
import pytest

from benchmarks.gpu.agreement import BoxAgreement, compare_detections, lowest_cosine, pair_boxes, problems
from screenalytics_resources.inference.detectors import Detections

THRESHOLD = 0.6
AGREED = BoxAgreement(faces=2, pairs=2, largest_px=0.1, borderline=0, unpaired=0)
TWO = frozenset({frozenset({"track-00001", "track-00002"}), frozenset({"track-00003"})})


def faces(*boxes_and_scores: tuple[float, float]) -> Detections:
    """Faces of 10 px whose left upper corner is at (x, x), from pairs (x, score)."""
    boxes = np.array([[x, x, x + 10, x + 10] for x, _ in boxes_and_scores], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score in boxes_and_scores], np.float32)
    return Detections(boxes, scores, np.zeros((len(scores), 5, 2), np.float32))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([faces((0, 0.9))], [faces((0, 0.9))], BoxAgreement(1, 1, 0.0, 0, 0), id="equal"),
        pytest.param(
            [faces((0, 0.9))], [faces((0.25, 0.9))], BoxAgreement(1, 1, 0.25, 0, 0), id="a quarter of a pixel"
        ),
        pytest.param([faces((0, 0.9))], [faces((0.5, 0.9))], BoxAgreement(1, 1, 0.5, 0, 0), id="at the limit"),
        pytest.param([faces((0, 0.9))], [faces((0.75, 0.9))], BoxAgreement(1, 0, 0.0, 0, 2), id="beyond the limit"),
        pytest.param(
            [faces((0, 0.9), (50, 0.8))], [faces((50, 0.81), (0, 0.8))], BoxAgreement(2, 2, 0.0, 0, 0), id="other order"
        ),
        pytest.param([faces((0, 0.9))], [faces()], BoxAgreement(1, 0, 0.0, 0, 1), id="missing on the second"),
        pytest.param([faces()], [faces((0, 0.9))], BoxAgreement(0, 0, 0.0, 0, 1), id="missing on the first"),
        pytest.param([faces((0, 0.604))], [faces()], BoxAgreement(1, 0, 0.0, 1, 0), id="missing at the threshold"),
        pytest.param([faces((0, 0.606))], [faces()], BoxAgreement(1, 0, 0.0, 0, 1), id="missing above the threshold"),
        pytest.param([faces(), faces()], [faces(), faces()], BoxAgreement(0, 0, 0.0, 0, 0), id="no faces"),
        pytest.param(
            [faces((0, 0.9)), faces()], [faces(), faces((0, 0.9))], BoxAgreement(1, 0, 0.0, 0, 2), id="other image"
        ),
    ],
)
def test_detections(first: list[Detections], second: list[Detections], expected: BoxAgreement) -> None:
    assert compare_detections(first, second, THRESHOLD) == expected


def test_detections_of_different_images_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compare_detections([faces(), faces()], [faces()], THRESHOLD)


def test_no_box_is_paired_twice() -> None:
    first, second = faces((0, 0.9), (0.25, 0.8)), faces((0.25, 0.9))
    assert pair_boxes(first.boxes, second.boxes) == [(1, 0, 0.0)]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param([[1, 0], [0, 1]], 1.0, id="equal"),
        pytest.param([[1, 0], [0.6, 0.8]], 0.8, id="one differs"),
        pytest.param([[0, 1], [0, 1]], 0.0, id="orthogonal"),
        pytest.param([[1, 0], [math.nan, 0]], math.nan, id="not finite"),
    ],
)
def test_lowest_cosine(second: list[list[float]], expected: float) -> None:
    first = np.eye(2, dtype=np.float32)
    assert lowest_cosine(first, np.array(second, np.float32)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("shape", [pytest.param((3, 2), id="more faces"), pytest.param((2, 3), id="other length")])
def test_embeddings_of_other_faces_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="Expected embeddings of the same faces"):
        lowest_cosine(np.eye(2, dtype=np.float32), np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("boxes", "cosine", "second", "expected"),
    [
        pytest.param(AGREED, 0.999, TWO, [], id="agree"),
        pytest.param(BoxAgreement(3, 2, 0.1, 1, 0), 1.0, TWO, [], id="a borderline face is no problem"),
        pytest.param(
            BoxAgreement(3, 2, 0.1, 0, 1),
            1.0,
            TWO,
            ["1 faces have no box within 0.5 px on the other device (2 of 3 have one)."],
            id="boxes",
        ),
        pytest.param(
            BoxAgreement(0, 0, 0.0, 0, 0),
            1.0,
            TWO,
            ["No face was found on both devices. Measure with a clip that shows faces."],
            id="no faces",
        ),
        pytest.param(
            AGREED, 0.9985, TWO, ["Embeddings of one face have a cosine of 0.99850, below 0.999."], id="embeddings"
        ),
        pytest.param(
            AGREED, math.nan, TWO, ["Embeddings of one face have a cosine of nan, below 0.999."], id="not finite"
        ),
        pytest.param(
            AGREED,
            1.0,
            frozenset({frozenset({"track-00001"}), frozenset({"track-00002"}), frozenset({"track-00003"})}),
            ["The identities differ: 2 and 3, of which 1 have the same tracks."],
            id="identities",
        ),
    ],
)
def test_problems(boxes: BoxAgreement, cosine: float, second: frozenset[frozenset[str]], expected: list[str]) -> None:
    assert problems(boxes, cosine, TWO, second) == expected
