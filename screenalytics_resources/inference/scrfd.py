"""SCRFD, the face detector of InsightFace's model packs.

Guo, Deng, Lattas, Zafeiriou: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022.
Outputs are decoded as in InsightFace's SCRFD.forward.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.detectors import Detections, concatenate, postprocess
from screenalytics_resources.inference.letterbox import letterbox
from screenalytics_resources.inference.session import Session

STRIDES = (8, 16, 32)
ANCHORS = 2
"""Candidates per cell. Both have the same origin."""


class Scrfd:
    """SCRFD on a session."""

    def __init__(
        self,
        session: Session,
        input_size: int,
        score_threshold: float,
        nms_threshold: float,
    ) -> None:
        """Wrap a session. The other arguments are those of `DetectorSpec`."""
        self._session = session
        self._input_size = input_size
        self._score_threshold = score_threshold
        self._nms_threshold = nms_threshold

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Find the faces in `image`, shape (height, width, 3), BGR, not empty.

        Raises:
            UserError: if the model is not an SCRFD with landmarks.
        """
        padded, scale = letterbox(image, self._input_size)
        # Scores of all strides, then boxes of all strides, then landmarks of all strides.
        outputs = self._session.run(preprocess(padded))
        if len(outputs) != 3 * len(STRIDES):
            raise UserError(f"The detector has {len(outputs)} outputs instead of 9. Use an SCRFD with landmarks.")
        candidates = []
        for index, stride in enumerate(STRIDES):
            scores, distances, offsets = outputs[index :: len(STRIDES)]
            candidates.append(decode(scores, distances, offsets, stride, padded.shape[1], self._score_threshold))
        return postprocess(concatenate(candidates), scale, (image.shape[1], image.shape[0]), self._nms_threshold)


def preprocess(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn an image, shape (H, W, 3), BGR, into the network's input, shape (1, 3, H, W), RGB: (x - 127.5) / 128."""
    import cv2

    return np.asarray(cv2.dnn.blobFromImage(image, 1 / 128, mean=(127.5, 127.5, 127.5), swapRB=True), np.float32)


def decode(
    scores: NDArray[np.float32],
    distances: NDArray[np.float32],
    offsets: NDArray[np.float32],
    stride: int,
    width: int,
    score_threshold: float,
) -> Detections:
    """Decode the outputs of one stride into candidates, in pixels of the network's input.

    Let r and c be the row and column of the candidate's cell, s the stride and o = (c, r) * s. Then the box is
    (o - distances[0:2] * s, o + distances[2:4] * s) and a landmark is o + offset * s.

    Args:
        scores: one score per candidate, with cells in row-major order and `ANCHORS` candidates per cell.
        distances: four per candidate: from the origin to the left, top, right and bottom side.
        offsets: ten per candidate: five pairs of x and y.
        stride: distance between neighbouring cells, in pixels.
        width: width of the network's input, in pixels.
        score_threshold: candidates with a lower score are dropped.
    """
    scores = scores.reshape(-1)
    rows = np.flatnonzero(scores >= score_threshold)
    cells, columns = rows // ANCHORS, width // stride
    origin = (np.stack([cells % columns, cells // columns], axis=1) * stride).astype(np.float32)
    reach = distances.reshape(-1, 4)[rows] * stride
    boxes = np.concatenate([origin - reach[:, :2], origin + reach[:, 2:]], axis=1)
    landmarks = origin[:, None] + offsets.reshape(-1, 5, 2)[rows] * stride
    return Detections(boxes, scores[rows], landmarks)
