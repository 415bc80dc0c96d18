"""Landmark refinement: coordinate conversion, and the cases in which the original landmarks are kept."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.landmark_refinement import refine_landmarks

BOX = np.array([100, 60, 150, 110], np.float32)
ROUGH = np.tile(np.array([[125, 85]], np.float32), (5, 1))
FACE_PX = 100


@dataclass
class ScriptedDetector:
    """Replaces model inference: returns one face at a given place in the image, or none."""

    box: list[float] | None
    landmarks: list[list[float]] = field(default_factory=lambda: [[90.0, 90.0]] * 5)
    image_shape: tuple[int, ...] = ()

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        self.image_shape = image.shape
        if self.box is None:
            return Detections(*(np.empty(shape, np.float32) for shape in ((0, 4), (0,), (0, 5, 2))))
        boxes = np.array([self.box], np.float32)
        return Detections(boxes, np.ones(1, np.float32), np.array([self.landmarks], np.float32))


def test_landmarks_are_returned_in_pixels_of_the_image() -> None:
    """The box is 50 px and the margin 20 px. The detector sees 90 px, scaled up by 2."""
    detector = ScriptedDetector([40, 40, 140, 140], [[60, 80], [120, 80], [90, 100], [70, 120], [110, 120]])
    refined = refine_landmarks(detector, np.zeros((200, 300, 3), np.uint8), BOX, ROUGH, FACE_PX)
    assert detector.image_shape == (180, 180, 3)
    np.testing.assert_allclose(refined, [[110, 80], [140, 80], [125, 90], [115, 100], [135, 100]])


@pytest.mark.parametrize(
    "detected_box",
    [
        pytest.param(None, id="no-face-found"),
        pytest.param([0, 0, 50, 50], id="another-face"),
        pytest.param([120, 40, 180, 140], id="too-little-overlap"),
    ],
)
def test_original_landmarks_are_kept(detected_box: list[float] | None) -> None:
    detector = ScriptedDetector(detected_box)
    refined = refine_landmarks(detector, np.zeros((200, 300, 3), np.uint8), BOX, ROUGH, FACE_PX)
    np.testing.assert_array_equal(refined, ROUGH)


@pytest.mark.parametrize(
    ("box", "crop_size", "landmark"),
    [
        pytest.param([0, 0, 50, 50], (140, 140), [45, 45], id="top-left-corner"),
        pytest.param([250, 150, 300, 200], (140, 140), [275, 175], id="bottom-right-corner"),
    ],
)
def test_margin_ends_at_the_border(box: list[float], crop_size: tuple[int, int], landmark: list[float]) -> None:
    """At a corner only two sides have a margin: 70 px, scaled up by 2."""
    corner = np.array(box, np.float32)
    origin = np.maximum(corner[:2] - 20, 0)
    inside = ((corner.reshape(2, 2) - origin) * 2).reshape(4).tolist()
    detector = ScriptedDetector(inside)
    refined = refine_landmarks(detector, np.zeros((200, 300, 3), np.uint8), corner, ROUGH, FACE_PX)
    assert detector.image_shape[:2] == crop_size
    np.testing.assert_allclose(refined[0], landmark)


def test_box_outside_the_image_is_not_refined() -> None:
    outside = np.array([400, 400, 450, 450], np.float32)
    detector = ScriptedDetector([0, 0, 10, 10])
    refined = refine_landmarks(detector, np.zeros((200, 300, 3), np.uint8), outside, ROUGH, FACE_PX)
    np.testing.assert_array_equal(refined, ROUGH)
    assert detector.image_shape == ()
