"""Quarter turns: points and boxes go where `numpy.rot90` moves the pixels, and turned faces are recognised."""

import numpy as np
import pytest

from screenalytics_resources.inference.turns import turn_boxes, turn_picture, turn_points, turns_to_upright

WIDTH, HEIGHT = 7, 4
UPRIGHT = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_points_follow_the_pixels(turns: int) -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[1, 5] = 255
    y, x = np.argwhere(turn_picture(picture, turns)[..., 0])[0]
    centre = np.array([5.5, 1.5], np.float32)
    assert turn_points(centre, turns, (WIDTH, HEIGHT)).tolist() == [x + 0.5, y + 0.5]


@pytest.mark.parametrize(
    ("turns", "expected"), [(0, [1, 0, 3, 4]), (1, [0, 4, 4, 6]), (2, [4, 0, 6, 4]), (3, [0, 1, 4, 3])]
)
def test_known_boxes(turns: int, expected: list[float]) -> None:
    boxes = np.array([[1, 0, 3, 4]], np.float32)
    turned = turn_boxes(boxes, turns, (WIDTH, HEIGHT))
    assert turned.tolist() == [expected]
    size = (WIDTH, HEIGHT) if turns % 2 == 0 else (HEIGHT, WIDTH)
    assert turn_boxes(turned, 4 - turns, size).tolist() == boxes.tolist()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_face_is_turned_back(turns: int) -> None:
    assert turns_to_upright(turn_points(UPRIGHT, turns, (100, 120))) == (4 - turns) % 4


@pytest.mark.parametrize(("degrees", "turns"), [(0, 0), (40, 0), (-40, 0), (50, 1), (-50, 3), (130, 1), (140, 2)])
def test_the_nearest_turn_counts(degrees: float, turns: int) -> None:
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    clockwise = np.array([[cosine, sine], [-sine, cosine]])
    assert turns_to_upright((UPRIGHT @ clockwise).astype(np.float32)) == turns
