"""Track boxes: the box between stored boxes, and when two boxes are on the same face."""

import numpy as np
import pytest

from screenalytics_assets.contract.schemas import TrackBox
from screenalytics_assets.identities.track_boxes import box_at, on_one_face
from tests.tiny_episode import FPS, make_track

Corners = tuple[float, float, float, float]

# Boxes at frames 10, 20 and 40: the box moves right by 2 px per frame, then grows downwards by 1 px per frame.
STORED: dict[int, Corners] = {10: (0, 0, 40, 50), 20: (20, 0, 60, 50), 40: (20, 0, 60, 70)}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(10, (0, 0, 40, 50), id="at-the-first"),
        pytest.param(20, (20, 0, 60, 50), id="at-a-stored-box"),
        pytest.param(40, (20, 0, 60, 70), id="at-the-last"),
        pytest.param(15, (10, 0, 50, 50), id="half-way"),
        pytest.param(12, (4, 0, 44, 50), id="a-fifth-of-the-way"),
        pytest.param(12.5, (5, 0, 45, 50), id="between-two-frames"),
        pytest.param(30, (20, 0, 60, 60), id="in-the-longer-interval"),
        pytest.param(5, (0, 0, 40, 50), id="before-the-first"),
        pytest.param(99, (20, 0, 60, 70), id="after-the-last"),
    ],
)
def test_box_at_a_frame(frame: float, expected: Corners) -> None:
    boxes = tuple(TrackBox(frame=at, ts=at / FPS, bbox=box, score=0.9) for at, box in STORED.items())
    box = box_at(make_track(1, (10, 40), boxes=boxes), frame)
    assert box.dtype == np.float32
    assert box.tolist() == list(expected)


def test_a_track_with_one_box_does_not_move() -> None:
    track = make_track(1, (7, 7))
    assert box_at(track, 7).tolist() == box_at(track, 8.5).tolist() == list(track.boxes[0].bbox)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param((0, 0, 40, 50), True, id="equal"),
        pytest.param((20, 0, 60, 50), True, id="half-of-it"),
        pytest.param((21, 0, 61, 50), False, id="less-than-half-of-it"),
        pytest.param((0, 25, 40, 75), True, id="half-of-it-below"),
        pytest.param((10, 10, 20, 20), True, id="a-part-of-the-face"),
        pytest.param((35, 10, 45, 20), True, id="half-of-the-smaller"),
        pytest.param((36, 10, 46, 20), False, id="less-than-half-of-the-smaller"),
        pytest.param((-200, -200, 200, 200), True, id="around-it"),
        pytest.param((40, 0, 80, 50), False, id="side-by-side"),
        pytest.param((100, 0, 140, 50), False, id="far-away"),
        pytest.param((100, 100, 140, 150), False, id="far-away-in-both-directions"),
    ],
)
def test_boxes_on_one_face(box: Corners, expected: bool) -> None:
    face, other = np.array([0, 0, 40, 50], np.float32), np.array(box, np.float32)
    assert on_one_face(face, other) is expected
    assert on_one_face(other, face) is expected
