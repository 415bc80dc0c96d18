"""SCRFD with this project's session and letterbox, compared with InsightFace's own pipeline."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.engine import Engine


@pytest.mark.shared
def test_equals_insightface(buffalo_sc: Engine, six_faces: NDArray[np.uint8]) -> None:
    import cv2
    from insightface.model_zoo.scrfd import SCRFD

    image = cv2.resize(six_faces, (480, 320))
    theirs = SCRFD(session=buffalo_sc._detector._network.session)
    rows, landmarks = theirs.detect(image, input_size=(480, 320), det_thresh=0.5)
    ours = buffalo_sc.detect(image)
    np.testing.assert_allclose(ours.scores, rows[:, 4], atol=1e-5)
    np.testing.assert_allclose(ours.boxes, rows[:, :4], atol=0.01)
    np.testing.assert_allclose(ours.landmarks, landmarks, atol=0.01)


@pytest.mark.shared
def test_a_new_size_opens_no_further_session(buffalo_sc: Engine, six_faces: NDArray[np.uint8]) -> None:
    network = buffalo_sc._detector._network
    for width in (100, 200, 300):
        buffalo_sc.detect(six_faces[:, :width])
    assert {id(session) for session in network.resolution_sessions.values()} == {id(network.session)}
