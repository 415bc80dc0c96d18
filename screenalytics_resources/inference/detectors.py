"""The interface of all face detectors, their result, and the postprocessing that they share."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Detections:
    """Faces of one image, best score first.

    Attributes:
        boxes: shape (N, 4), float32, `[x1, y1, x2, y2]` in pixels, inside the image.
        scores: shape (N,), float32, in [0, 1].
        landmarks: shape (N, 5, 2), float32, `[x, y]` in pixels, possibly outside the image. The order is: eye
            on the viewer's left, eye on the viewer's right, nose, mouth corner on the viewer's left, mouth
            corner on the viewer's right.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    landmarks: NDArray[np.float32]

    def __post_init__(self) -> None:
        count = len(self.scores)
        shapes = (self.boxes.shape, self.scores.shape, self.landmarks.shape)
        if shapes != ((count, 4), (count,), (count, 5, 2)):
            raise ValueError(f"Expected shapes (N, 4), (N,) and (N, 5, 2), but got {shapes}")

    def __len__(self) -> int:
        return len(self.scores)


class Detector(Protocol):
    """Interface of a face detector."""

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Find the faces in `image`, shape (height, width, 3), BGR."""
        ...


def postprocess(
    candidates: Detections, scale: NDArray[np.float32], image_size: tuple[int, int], nms_threshold: float
) -> Detections:
    """Turn a network's overlapping candidates into the faces of the image.

    Args:
        candidates: in pixels of the network's input.
        scale: shape (2,), from `letterbox`.
        image_size: width and height of the image, in pixels.
        nms_threshold: intersection over union above which the weaker of two boxes is dropped.

    Returns:
        The remaining candidates in pixels of the image. Boxes are clipped to the image, and boxes entirely
        outside it are dropped.
    """
    kept = _non_maximum_suppression(candidates, nms_threshold)
    boxes = candidates.boxes[kept] / np.concatenate([scale, scale])
    boxes = np.clip(boxes, 0, np.array([*image_size, *image_size], np.float32))
    landmarks = candidates.landmarks[kept] / scale
    inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return Detections(boxes[inside], candidates.scores[kept][inside], landmarks[inside])


def concatenate(parts: list[Detections]) -> Detections:
    """Return the rows of all `parts` in order."""
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
    )


def _non_maximum_suppression(candidates: Detections, nms_threshold: float) -> NDArray[np.intp]:
    """Return the indices of the rows to keep, best score first."""
    import cv2

    corners, sizes = candidates.boxes[:, :2], candidates.boxes[:, 2:] - candidates.boxes[:, :2]
    xywh = np.concatenate([corners, sizes], axis=1).tolist()
    return np.array(cv2.dnn.NMSBoxes(xywh, candidates.scores.tolist(), 0.0, nms_threshold), np.intp)
