"""Geometry of boxes: known overlaps and areas."""

import numpy as np
import pytest

from screenalytics_resources.boxes import area, iou

Box = tuple[float, float, float, float]


@pytest.mark.parametrize(
    ("box", "other", "expected"),
    [
        pytest.param((0, 0, 10, 10), (0, 0, 10, 10), 1.0, id="same"),
        pytest.param((0, 0, 10, 10), (20, 0, 30, 10), 0.0, id="apart"),
        pytest.param((0, 0, 10, 10), (20, 20, 30, 30), 0.0, id="apart-in-both-directions"),
        pytest.param((0, 0, 10, 10), (10, 0, 20, 10), 0.0, id="touching"),
        pytest.param((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3, id="half-overlapping"),
        pytest.param((0, 0, 10, 10), (5, 5, 15, 15), 25 / 175, id="quarter-overlapping"),
        pytest.param((0, 0, 10, 10), (2, 2, 7, 6), 0.2, id="inside"),
        pytest.param((2, 2, 7, 6), (0, 0, 10, 10), 0.2, id="around"),
        pytest.param((3, 3, 3, 3), (3, 3, 3, 3), 0.0, id="empty-boxes"),
    ],
)
def test_iou(box: Box, other: Box, expected: float) -> None:
    overlaps = iou(np.array(box, np.float32), np.array([other], np.float32))
    assert overlaps.dtype == np.float32
    assert overlaps.tolist() == pytest.approx([expected])


def test_iou_with_several_and_with_none() -> None:
    box = np.array([0, 0, 10, 10], np.float32)
    others = np.array([[20, 0, 30, 10], [0, 0, 10, 5]], np.float32)
    assert iou(box, others).tolist() == pytest.approx([0.0, 0.5])
    assert iou(box, np.empty((0, 4), np.float32)).shape == (0,)


def test_area() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 2, 4, 4], [5, 5, 5, 9]], np.float32)
    assert area(boxes).tolist() == [100.0, 6.0, 0.0]
    assert area(np.empty((0, 4), np.float32)).shape == (0,)
