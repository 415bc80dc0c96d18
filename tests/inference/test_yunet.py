"""YuNet's decoding: one cell computed by hand, and an image compared with OpenCV's own decoding."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import locate_models
from screenalytics_resources.inference.yunet import decode


def heads(cls: float, obj: float) -> dict[str, NDArray[np.float32]]:
    """Heads of a grid of 2 rows and 3 columns at stride 16, with one candidate in row 1, column 2."""
    sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    grid = {f"{name}_16": np.zeros((6, size), np.float32) for name, size in sizes.items()}
    grid["cls_16"][5], grid["obj_16"][5] = cls, obj
    grid["bbox_16"][5] = [0.5, 0.25, np.log(2), np.log(4)]
    grid["kps_16"][5] = np.arange(10)
    return grid


def test_decode_one_cell() -> None:
    decoded = decode(heads(cls=0.81, obj=0.64), stride=16, width=48, score_threshold=0.6)
    np.testing.assert_allclose(decoded.scores, [0.72], rtol=1e-6)
    # centre (2.5, 1.25) * 16 = (40, 20); size (2, 4) * 16 = (32, 64)
    np.testing.assert_allclose(decoded.boxes, [[24, -12, 56, 52]], rtol=1e-6)
    np.testing.assert_allclose(decoded.landmarks[0, [0, 4]], [[32, 32], [160, 160]])


@pytest.mark.parametrize(
    ("cls", "obj", "score"),
    [
        pytest.param(4.0, 0.64, 0.8, id="clipped-at-1"),
        pytest.param(0.36, 1.0, 0.6, id="at-the-threshold"),
        pytest.param(0.35, 1.0, None, id="below-the-threshold"),
        pytest.param(-1.0, -1.0, None, id="clipped-at-0"),
    ],
)
def test_decode_score(cls: float, obj: float, score: float | None) -> None:
    decoded = decode(heads(cls, obj), stride=16, width=48, score_threshold=0.6)
    np.testing.assert_allclose(decoded.scores, [] if score is None else [score], rtol=1e-6)


def test_equals_opencv_on_the_quantised_file(opencv_zoo: Engine, six_faces: NDArray[np.uint8]) -> None:
    import cv2

    image = cv2.resize(six_faces, (640, 448))
    spec = opencv_zoo.pack.detector
    model = str(locate_models(opencv_zoo.pack).detector)
    theirs = cv2.FaceDetectorYN.create(model, "", (640, 448), spec.score_threshold, spec.nms_threshold)
    rows = theirs.detect(image)[1]
    rows = rows[np.argsort(-rows[:, 14])]
    ours = opencv_zoo.detect(image)
    np.testing.assert_allclose(ours.scores, rows[:, 14], atol=1e-4)
    np.testing.assert_allclose(ours.boxes[:, :2], rows[:, :2], atol=0.01)
    np.testing.assert_allclose(ours.boxes[:, 2:] - ours.boxes[:, :2], rows[:, 2:4], atol=0.01)
    np.testing.assert_allclose(ours.landmarks.reshape(-1, 10), rows[:, 4:14], atol=0.01)
