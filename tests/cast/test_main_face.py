"""Choice of the reference face in a photo."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.cast.main_face import choose_face
from screenalytics_resources.errors import UserError


def boxes(*faces: tuple[float, float]) -> NDArray[np.float32]:
    """Return square faces with these left edges and sides, px."""
    return np.array([(x, 10, x + side, 10 + side) for x, side in faces], np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("faces", "face", "expected"),
    [
        pytest.param(boxes((0, 50)), None, 0, id="the-only-one"),
        pytest.param(boxes((300, 60), (0, 90), (150, 40)), None, 1, id="exactly-1.5-times-the-next"),
        pytest.param(boxes((300, 60), (0, 60), (150, 60)), 1, 1, id="leftmost"),
        pytest.param(boxes((300, 60), (0, 60), (150, 60)), 2, 2, id="middle"),
        pytest.param(boxes((300, 60), (0, 60), (150, 60)), 3, 0, id="rightmost"),
        pytest.param(boxes((0, 200), (40, 20)), 2, 0, id="order-is-by-centres"),
        pytest.param(boxes((0, 200), (300, 20)), 2, 1, id="a-choice-beats-size"),
    ],
)
def test_choice(faces: NDArray[np.float32], face: int | None, expected: int) -> None:
    assert choose_face(faces, face, 1.5, "ann.jpg") == expected


@pytest.mark.parametrize(
    ("faces", "face", "message"),
    [
        pytest.param(boxes(), None, r"ann\.jpg shows no face: choose a photo that shows", id="none"),
        pytest.param(boxes(), 1, "shows no face", id="none-to-choose"),
        pytest.param(
            boxes((300, 60), (0, 89)),
            None,
            "shows 2 faces and none is clearly the largest. Crop the photo to one face, or choose one of these: "
            "face 1 at x 0 to 89, y 10 to 99 px, face 2 at x 300 to 360, y 10 to 70 px.",
            id="two-alike",
        ),
        pytest.param(
            boxes((0, 60)), 2, "has no face 2. Choose one of these: face 1 at x 0 to 60, y 10 to 70 px.", id="beyond"
        ),
        pytest.param(boxes((0, 60)), 0, "has no face 0", id="zero"),
    ],
)
def test_no_choice(faces: NDArray[np.float32], face: int | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        choose_face(faces, face, 1.5, "ann.jpg")
