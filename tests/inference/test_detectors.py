"""Postprocessing of candidates: suppression, scaling, clipping."""

import numpy as np
import pytest

from screenalytics_resources.inference.detectors import Detections, postprocess

ONE_TO_ONE = np.ones(2, np.float32)


def candidates(*rows: tuple[float, float, float, float, float]) -> Detections:
    """Make candidates from x1, y1, x2, y2 and score. All landmarks are the box's top left corner."""
    table = np.array(rows, np.float32).reshape(-1, 5)
    return Detections(table[:, :4], table[:, 4], np.repeat(table[:, None, :2], 5, axis=1))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([(0, 0, 10, 10, 0.7)], [(0, 0, 10, 10)], id="one"),
        pytest.param([(0, 0, 10, 10, 0.7), (0, 1, 10, 11, 0.9)], [(0, 1, 10, 11)], id="weaker-of-two-dropped"),
        pytest.param([(0, 0, 10, 10, 0.7), (20, 0, 30, 10, 0.9)], [(20, 0, 30, 10), (0, 0, 10, 10)], id="best-first"),
        pytest.param([(0, 0, 10, 10, 0.7), (6, 0, 16, 10, 0.9)], [(6, 0, 16, 10), (0, 0, 10, 10)], id="iou-0.25"),
        pytest.param([(-5, -4, 10, 10, 0.7)], [(0, 0, 10, 10)], id="clipped-top-left"),
        pytest.param([(90, 40, 120, 60, 0.7)], [(90, 40, 100, 50)], id="clipped-bottom-right"),
        pytest.param([(101, 0, 120, 20, 0.7)], [], id="entirely-in-the-padding"),
    ],
)
def test_postprocess(rows: list[tuple[float, ...]], expected: list[tuple[float, ...]]) -> None:
    faces = postprocess(candidates(*rows), ONE_TO_ONE, (100, 50), nms_threshold=0.3)
    assert faces.boxes.tolist() == [list(map(float, box)) for box in expected]
    assert faces.boxes.shape == (len(expected), 4)
    assert faces.landmarks.shape == (len(expected), 5, 2)
    assert {array.dtype for array in (faces.boxes, faces.scores, faces.landmarks)} == {np.dtype(np.float32)}


def test_postprocess_scales_boxes_and_landmarks_back() -> None:
    faces = postprocess(candidates((10, 20, 30, 40, 0.9)), np.array([0.5, 0.25], np.float32), (1000, 1000), 0.3)
    assert faces.boxes.tolist() == [[20, 80, 60, 160]]
    assert faces.landmarks[0].tolist() == [[20, 80]] * 5


def test_mismatched_arrays_are_rejected() -> None:
    with pytest.raises(ValueError, match=r"Expected shapes .* but got \(\(2, 4\), \(1,\), \(1, 5, 2\)\)"):
        Detections(np.zeros((2, 4), np.float32), np.zeros(1, np.float32), np.zeros((1, 5, 2), np.float32))
