"""SCRFD, the face detector of InsightFace's model packs. InsightFace's own code decodes its outputs.

Guo, Deng, Lattas, Zafeiriou: Sample and Computation Redistribution for Efficient Face Detection, ICLR 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.detectors import Detections, postprocess
from screenalytics_resources.inference.letterbox import letterbox

if TYPE_CHECKING:
    import onnxruntime


class Scrfd:
    """SCRFD on an ONNX Runtime session."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        input_size: int,
        score_threshold: float,
        nms_threshold: float,
    ) -> None:
        """Wrap a session. The other arguments are those of `DetectorSpec`."""
        from insightface.model_zoo.scrfd import SCRFD

        # Without a model file, InsightFace does not open another session per input size.
        self._network = SCRFD(session=session)
        self._input_size = input_size
        self._score_threshold = score_threshold
        self._nms_threshold = nms_threshold

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Find the faces in `image`, shape (height, width, 3), BGR, not empty."""
        padded, scale = letterbox(image, self._input_size)
        # One array per stride: scores (n, 1), boxes (n, 4) as x1, y1, x2, y2, landmarks (n, 5, 2).
        scores, boxes, landmarks = self._network.forward(padded, self._score_threshold)
        candidates = Detections(np.concatenate(boxes), np.concatenate(scores)[:, 0], np.concatenate(landmarks))
        return postprocess(candidates, scale, (image.shape[1], image.shape[0]), self._nms_threshold)
