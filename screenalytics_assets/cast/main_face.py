"""The face of a photo that is meant: the only one, the clearly largest one, or the one that was asked for."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError


def choose_face(boxes: NDArray[np.float32], face: int | None, clearly_larger: float, name: str) -> int:
    """Row of the face that is meant, among boxes (N, 4), px.

    Args:
        boxes: the faces that were found.
        face: which face from left to right, from 1; None: the largest, if it is `clearly_larger` times as large (by
            the square root of its area) as the next.
        clearly_larger: 1 or more.
        name: what messages call the photo.

    Raises:
        UserError: no face, no such face, or several of which none is clearly the largest.
    """
    if len(boxes) == 0:
        raise UserError(f"{name} shows no face: choose a photo that shows the person's face from the front.")
    order = np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")
    if face is not None:
        if not 1 <= face <= len(boxes):
            raise UserError(f"{name} has no face {face}: {_listed(boxes[order])}; choose one of these.")
        return int(order[face - 1])
    sizes = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    by_size = np.argsort(-sizes, kind="stable")
    if len(boxes) > 1 and sizes[by_size[0]] < clearly_larger * sizes[by_size[1]]:
        raise UserError(
            f"{name} shows {len(boxes)} faces and none is clearly the largest: say which one is meant, "
            f"{_listed(boxes[order])}; or cut the photo to one face."
        )
    return int(by_size[0])


def _listed(boxes: NDArray[np.float32]) -> str:
    """The faces from left to right, with where they are."""
    faces = [
        f"face {number} at x {x1:.0f} to {x2:.0f}, y {y1:.0f} to {y2:.0f} px"
        for number, (x1, y1, x2, y2) in enumerate(boxes.tolist(), start=1)
    ]
    return ", ".join(faces)
