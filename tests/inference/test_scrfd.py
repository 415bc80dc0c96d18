"""SCRFD: one candidate computed by hand, and pictures compared with InsightFace's own pipeline."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.scrfd import Scrfd, decode, preprocess


@pytest.mark.shared
def test_equals_insightface(buffalo_sc: Engine, six_faces: NDArray[np.uint8]) -> None:
    import cv2
    from insightface.model_zoo.scrfd import SCRFD

    image = cv2.resize(six_faces, (480, 320))
    theirs = SCRFD(session=buffalo_sc._detector._session._session)
    rows, landmarks = theirs.detect(image, input_size=(480, 320), det_thresh=0.5)
    ours = buffalo_sc.detect(image)
    np.testing.assert_allclose(ours.scores, rows[:, 4], atol=1e-5)
    np.testing.assert_allclose(ours.boxes, rows[:, :4], atol=0.01)
    np.testing.assert_allclose(ours.landmarks, landmarks, atol=0.01)


@pytest.mark.shared
@pytest.mark.parametrize(("width", "height"), [(480, 320), (480, 288), (96, 128), (352, 480)])
def test_candidates_equal_insightface(
    buffalo_sc: Engine, six_faces: NDArray[np.uint8], width: int, height: int
) -> None:
    """Before suppression, with a threshold that keeps many candidates, in the same order."""
    import cv2
    from insightface.model_zoo.scrfd import SCRFD

    image = cv2.resize(six_faces, (width, height))
    theirs = SCRFD(session=buffalo_sc._detector._session._session).forward(image, 0.05)
    scores, boxes, landmarks = (np.concatenate(parts) for parts in theirs)
    outputs = buffalo_sc._detector._session.run(preprocess(image))
    ours = [decode(*outputs[index::3], stride, width, 0.05) for index, stride in enumerate((8, 16, 32))]
    assert len(scores) > 15
    np.testing.assert_array_equal(np.concatenate([part.scores for part in ours]), scores[:, 0])
    np.testing.assert_allclose(np.concatenate([part.boxes for part in ours]), boxes, atol=1e-4)
    np.testing.assert_allclose(np.concatenate([part.landmarks for part in ours]), landmarks, atol=1e-4)


def test_decode_one_candidate() -> None:
    """A grid of 2 rows and 3 columns at stride 16: the second candidate in row 1, column 2."""
    scores, distances, offsets = (np.zeros((12, size), np.float32) for size in (1, 4, 10))
    scores[11], distances[11], offsets[11] = 0.75, [1, 2, 3, 0.5], np.arange(10)
    decoded = decode(scores, distances, offsets, stride=16, width=48, score_threshold=0.75)
    np.testing.assert_allclose(decoded.scores, [0.75])
    # origin (2, 1) * 16 = (32, 16)
    np.testing.assert_allclose(decoded.boxes, [[16, -16, 80, 24]])
    np.testing.assert_allclose(decoded.landmarks[0, [0, 4]], [[32, 32], [160, 160]])


def test_model_without_landmarks_is_rejected() -> None:
    class SixOutputs:
        def run(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
            return [np.zeros((1, 1), np.float32)] * 6

    with pytest.raises(UserError, match=r"The detector has 6 outputs instead of 9\. Use an SCRFD with landmarks"):
        Scrfd(SixOutputs(), 64, 0.5, 0.4).detect(np.zeros((64, 64, 3), np.uint8))
