"""Faces of people lying down: known faces of a scripted detector, and frames of a film with a real one."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_assets.tracks.timed_frames import timed_frames
from screenalytics_assets.tracks.turned_faces import detect_turned
from screenalytics_resources.boxes import iou
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.inference.recognition import Embeddings
from screenalytics_resources.inference.turns import turns_to_upright
from screenalytics_resources.video.probe import probe

IMAGE = np.zeros((100, 200, 3), np.uint8)
IMAGE[0, 0] = 255
"""The white corner shows how a picture is turned."""
UPRIGHT, LYING, UPSIDE_DOWN = (20, 30, 60, 80), (120, 40, 160, 80), (120, 38, 160, 78)


def faces(*found: tuple[tuple[float, float, float, float], float]) -> Detections:
    boxes = np.array([box for box, _ in found], np.float32).reshape(-1, 4)
    shares = np.array([[0.3, 0.3], [0.7, 0.3], [0.5, 0.5], [0.3, 0.8], [0.7, 0.8]], np.float32)
    landmarks = boxes[:, None, :2] + shares * (boxes[:, None, 2:] - boxes[:, None, :2])
    return Detections(boxes, np.array([score for _, score in found], np.float32), landmarks)


class ScriptedEngine:
    """Test double of the engine: known faces per turn, in pixels of the turned picture."""

    pack = SimpleNamespace(detector=SimpleNamespace(family="yunet"))

    def __init__(self, upright: Detections, once: Detections, thrice: Detections) -> None:
        self._found = {(0, 0): upright, (-1, 0): once, (0, -1): thrice}
        self.turned_looks = 0

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        corner = next(corner for corner in self._found if image[corner].any())
        self.turned_looks += corner != (0, 0)
        return self._found[corner]

    def refine(self, image: object, box: object, landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
        return landmarks

    def align(self, image: object, landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return pictures that hold the number of turns, so that `embed` knows the face."""
        return np.array([np.full((112, 112, 3), turns_to_upright(face), np.uint8) for face in landmarks])

    def embed(self, aligned: NDArray[np.uint8]) -> Embeddings:
        norms = np.where(aligned[:, 0, 0, 0] == 3, 9.0, 6.0).astype(np.float32)
        return Embeddings(np.eye(len(aligned), 4, dtype=np.float32), norms)


def look(engine: ScriptedEngine, last_look: Detections | None = None) -> list[tuple[list[float], float, int]]:
    found = detect_turned(cast(Engine, engine), IMAGE, last_look)
    return [
        (box.tolist(), round(float(score), 2), turns_to_upright(landmarks))
        for box, score, landmarks in zip(found.boxes, found.scores, found.landmarks, strict=True)
    ]


NONE = faces()
TURNED = replace(faces((UPRIGHT, 0.9)), landmarks=faces((UPRIGHT, 0.9)).landmarks[..., ::-1])
# In the picture (200 x 100) turned three times, x is 100 - y and y is x; turned once, x is y and y is 200 - x.
ONCE, THRICE = (38, 40, 78, 80), (20, 120, 60, 160)


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        pytest.param(ScriptedEngine(faces((UPRIGHT, 0.9)), NONE, NONE), [(UPRIGHT, 0.9, 0)], id="upright"),
        pytest.param(ScriptedEngine(NONE, NONE, faces((THRICE, 0.9))), [(LYING, 0.9, 3)], id="head-to-the-left"),
        pytest.param(ScriptedEngine(NONE, faces((ONCE, 0.9)), NONE), [(UPSIDE_DOWN, 0.9, 1)], id="head-to-the-right"),
        pytest.param(
            ScriptedEngine(NONE, faces((ONCE, 0.92)), faces((THRICE, 0.9))), [(LYING, 0.9, 3)], id="clearer-of-two"
        ),
        pytest.param(
            ScriptedEngine(faces((LYING, 0.7), (UPRIGHT, 0.6)), NONE, faces((THRICE, 0.9))),
            [(LYING, 0.9, 3), (UPRIGHT, 0.6, 0)],
            id="replaces-a-weaker-upright-one",
        ),
        pytest.param(
            ScriptedEngine(faces((LYING, 0.95)), NONE, faces((THRICE, 0.9))),
            [(LYING, 0.95, 0)],
            id="weaker-than-upright",
        ),
        pytest.param(ScriptedEngine(NONE, NONE, faces((THRICE, 0.85))), [], id="hand"),
    ],
)
def test_faces_of_a_scripted_detector(
    engine: ScriptedEngine, expected: list[tuple[tuple[int, ...], float, int]]
) -> None:
    assert look(engine) == [(list(box), score, turns) for box, score, turns in expected]


@pytest.mark.parametrize(
    ("last_look", "looks"),
    [
        pytest.param(None, 2, id="no-last-look"),
        pytest.param(NONE, 0, id="no-face"),
        pytest.param(faces((UPRIGHT, 0.9)), 0, id="upright-face"),
        pytest.param(TURNED, 2, id="turned-face"),
    ],
)
def test_turned_pictures_are_searched_after_a_turned_face(last_look: Detections | None, looks: int) -> None:
    engine = ScriptedEngine(NONE, NONE, NONE)
    look(engine, last_look)
    assert engine.turned_looks == looks


LYING_PATIENT = {160: (150, 110, 360, 310), 180: (150, 155, 355, 315)}
"""Box of the patient's head by frame, in `bubble02`. YuNet does not find her upright there."""


@pytest.fixture(scope="module")
def film(shared: Path) -> dict[int, NDArray[np.uint8]]:
    clip = shared / "data" / "television" / "bubble02" / "clip.mp4"
    images = {}
    for frame in timed_frames(clip, probe(clip), DetectionSettings(stride=20, analysis_fps_max=None)):
        if frame.index in LYING_PATIENT and frame.image is not None:
            images[frame.index] = frame.image
        if frame.index > max(LYING_PATIENT):
            break
    return images


@pytest.mark.parametrize("number", LYING_PATIENT)
def test_a_lying_patient_is_found(number: int, film: dict[int, NDArray[np.uint8]]) -> None:
    engine = load_engine("opencv_zoo", Path(__file__).parents[2] / "config", "cpu")
    head = np.array(LYING_PATIENT[number], np.float32)
    upright = engine.detect(film[number])
    assert not (iou(head, upright.boxes) > 0.2).any()
    found = detect_turned(engine, film[number], None)
    (row,) = np.flatnonzero(iou(head, found.boxes) > 0.2)
    assert found.scores[row] >= 0.87
    assert turns_to_upright(found.landmarks[row]) == 3
