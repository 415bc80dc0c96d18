"""YuNet, the face detector of OpenCV Zoo.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 20 (2023).
Outputs are decoded as in the code that OpenCV Zoo publishes with the model (models/face_detection_yunet).
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.detectors import Detections, concatenate, postprocess
from screenalytics_resources.inference.letterbox import letterbox
from screenalytics_resources.inference.session import Session

STRIDES = (8, 16, 32)
HEADS = ("cls", "obj", "bbox", "kps")
OUTPUTS = [f"{head}_{stride}" for head in HEADS for stride in STRIDES]
"""Names of the network's outputs, in order."""


class YuNet:
    """YuNet on a session."""

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
        """Find the faces in `image`, shape (height, width, 3), BGR, not empty."""
        padded, scale = letterbox(image, self._input_size)
        blob = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32)
        heads = {name: output[0] for name, output in zip(OUTPUTS, self._session.run(blob), strict=True)}
        width = padded.shape[1]
        candidates = concatenate([decode(heads, stride, width, self._score_threshold) for stride in STRIDES])
        return postprocess(candidates, scale, (image.shape[1], image.shape[0]), self._nms_threshold)


def decode(heads: dict[str, NDArray[np.float32]], stride: int, width: int, score_threshold: float) -> Detections:
    """Decode the heads of one stride into candidates, in pixels of the network's input.

    Let r and c be the cell's row and column and s the stride. Then score = sqrt(cls * obj), with both clipped
    to [0, 1]; centre = ((c, r) + bbox[0:2]) * s; size = exp(bbox[2:4]) * s; landmark = ((c, r) + kps) * s.

    Args:
        heads: the network's outputs by name, such as `cls_8`, with cells in row-major order. Shapes: cls and
            obj (cells, 1), bbox (cells, 4), kps (cells, 10), which is five pairs of x and y.
        stride: distance between neighbouring cells, in pixels.
        width: width of the network's input, in pixels.
        score_threshold: candidates with a lower score are dropped.
    """
    cls, obj, bbox, kps = (heads[f"{head}_{stride}"] for head in HEADS)
    columns = width // stride
    scores = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
    cells = np.flatnonzero(scores >= score_threshold)
    origin = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    centre = (origin + bbox[cells, :2]) * stride
    half = np.exp(bbox[cells, 2:]) * stride / 2
    landmarks = (origin[:, None] + kps[cells].reshape(-1, 5, 2)) * stride
    return Detections(np.concatenate([centre - half, centre + half], axis=1), scores[cells], landmarks)
