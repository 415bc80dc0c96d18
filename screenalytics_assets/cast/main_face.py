"""Choice of the reference face in a photo: the only face, the clearly largest one, or the requested one."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError


def choose_face(boxes: NDArray[np.float32], face: int | None, clearly_larger: float, name: str) -> int:
    """Return the row of the chosen face in `boxes`.

    Args:
        boxes: detected faces, (N, 4) xyxy px.
        face: number of the face, counted from 1 from left to right. None chooses the largest face, provided that it is
            `clearly_larger` times as large as the next, by the square root of the area.
        clearly_larger: 1 or more.
        name: name of the photo in messages.

    Raises:
        UserError: there is no face, or no face of this number, or several and none is clearly the largest.
    """
    if len(boxes) == 0:
        raise UserError(f"{name} shows no face: choose a photo that shows the person's face from the front.")
    order = np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")
    if face is not None:
        if not 1 <= face <= len(boxes):
            raise UserError(f"{name} has no face {face}. Choose one of these: {_described(boxes[order])}.")
        return int(order[face - 1])
    sizes = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    by_size = np.argsort(-sizes, kind="stable")
    if len(boxes) > 1 and sizes[by_size[0]] < clearly_larger * sizes[by_size[1]]:
        raise UserError(
            f"{name} shows {len(boxes)} faces and none is clearly the largest. Crop the photo to one face, or choose "
            f"one of these: {_described(boxes[order])}."
        )
    return int(by_size[0])


def _described(boxes: NDArray[np.float32]) -> str:
    """Return the numbers and positions of boxes that are ordered from left to right."""
    faces = [
        f"face {number} at x {x1:.0f} to {x2:.0f}, y {y1:.0f} to {y2:.0f} px"
        for number, (x1, y1, x2, y2) in enumerate(boxes.tolist(), start=1)
    ]
    return ", ".join(faces)
