"""Alignment: known transforms, the same crops as InsightFace, and invalid landmarks."""

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.alignment import TEMPLATE, align_faces, similarity_to_template
from screenalytics_resources.inference.engine import Engine

QUARTER_TURN = np.array([[0, 1], [-1, 0]], np.float32)


@pytest.mark.parametrize(
    ("landmarks", "matrix"),
    [
        pytest.param(TEMPLATE, [[1, 0, 0], [0, 1, 0]], id="already-aligned"),
        pytest.param(TEMPLATE + np.array([10, -20]), [[1, 0, -10], [0, 1, 20]], id="shifted"),
        pytest.param(TEMPLATE * 4, [[0.25, 0, 0], [0, 0.25, 0]], id="four-times-as-large"),
        pytest.param(TEMPLATE @ QUARTER_TURN, [[0, 1, 0], [-1, 0, 0]], id="rotated"),
    ],
)
def test_similarity_to_template(landmarks: NDArray[np.float32], matrix: list[list[float]]) -> None:
    np.testing.assert_allclose(similarity_to_template(landmarks), matrix, atol=1e-4)


def test_aligned_face_is_cut_out_unchanged() -> None:
    image = np.random.default_rng(4).integers(0, 256, (200, 300, 3), np.uint8)
    faces = align_faces(image, np.stack([TEMPLATE, TEMPLATE + np.array([60, 70])]).astype(np.float32))
    np.testing.assert_array_equal(faces[0], image[:112, :112])
    np.testing.assert_array_equal(faces[1], image[70:182, 60:172])


def test_pixels_outside_the_image_are_black() -> None:
    faces = align_faces(np.full((112, 56, 3), 9, np.uint8), TEMPLATE[None])
    assert (faces[0, :, :56] == 9).all()
    assert not faces[0, :, 56:].any()


def test_no_landmarks() -> None:
    faces = align_faces(np.zeros((10, 10, 3), np.uint8), np.empty((0, 5, 2), np.float32))
    assert (faces.shape, faces.dtype) == ((0, 112, 112, 3), np.uint8)


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        pytest.param(np.full((1, 5, 2), 50.0), "No similarity transform maps", id="coinciding-points"),
        pytest.param(np.full((1, 5, 2), np.nan), "No similarity transform maps", id="not-a-number"),
        pytest.param(np.full((1, 5, 2), np.inf), "No similarity transform maps", id="infinite"),
        pytest.param(np.zeros((5, 2)), r"Expected landmarks of shape \(N, 5, 2\), but got \(5, 2\)", id="one-face"),
        pytest.param(np.zeros((1, 10)), r"but got \(1, 10\)", id="flat"),
    ],
)
def test_invalid_landmarks_are_rejected(landmarks: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        align_faces(np.zeros((10, 10, 3), np.uint8), landmarks.astype(np.float32))


def test_crops_equal_insightface_without_its_deprecation_warning(
    opencv_zoo: Engine, six_faces: NDArray[np.uint8]
) -> None:
    from insightface.utils import face_align

    landmarks = opencv_zoo.detect(six_faces).landmarks
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = opencv_zoo.align(six_faces, landmarks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # norm_crop calls a deprecated method of skimage
        theirs = [face_align.norm_crop(six_faces, points) for points in landmarks]
    np.testing.assert_array_equal(ours, theirs)
