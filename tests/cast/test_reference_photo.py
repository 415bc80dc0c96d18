"""Reference faces from photo files."""

import hashlib
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.cast.reference_photo import PhotoLimits, reference_face
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.inference.recognition import Embeddings
from screenalytics_resources.project import PROJECT_ROOT
from tests.tiny_episode import PACK

LIMITS = PhotoLimits()
LANDMARKS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)


class BoxEngine:
    """Test double of the engine. It detects the given boxes, embeds faces by colour, and gives all the same norm."""

    pack = PACK

    def __init__(self, *boxes: tuple[float, float, float, float], norm: float = 12.0) -> None:
        self._boxes = np.array(boxes, np.float32).reshape(-1, 4)
        self._norm = norm
        self.aligned_from: list[tuple[int, ...]] = []

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        sides = self._boxes[:, 2:] - self._boxes[:, :2]
        points = self._boxes[:, None, :2] + LANDMARKS * sides[:, None]
        return Detections(self._boxes, np.full(len(sides), 0.9, np.float32), points.astype(np.float32))

    def refine(
        self, image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        self.aligned_from.append(image.shape)
        return landmarks

    def align(self, image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
        x, y = landmarks[0, 2].astype(int)
        return np.broadcast_to(image[y, x], (1, 112, 112, 3))

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        raw = np.zeros((len(aligned), PACK.recogniser.dim), np.float32)
        raw[:, :3] = aligned[:, 0, 0]
        return Embeddings(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.full(len(raw), self._norm, np.float32))


def photo(height: int = 300, width: int = 400) -> bytes:
    """Return a PNG image that is red on the left and blue on the right, with every second row darker."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 2] = 200
    image[:, width // 2 :, 0] = 200
    image[::2] //= 2
    return bytes(cv2.imencode(".png", image)[1])


def engine(*boxes: tuple[float, float, float, float], norm: float = 12.0) -> Engine:
    return cast(Engine, BoxEngine(*boxes, norm=norm))


LEFT, RIGHT, SMALL = (20.0, 50.0, 120.0, 170.0), (250.0, 50.0, 350.0, 170.0), (200.0, 10.0, 249.0, 80.0)
RED, BLUE = 2, 0


@pytest.mark.parametrize(
    ("boxes", "face", "box", "colour"),
    [
        pytest.param([LEFT], None, LEFT, RED, id="one-face"),
        pytest.param([RIGHT, SMALL], None, RIGHT, BLUE, id="clearly-the-largest"),
        pytest.param([RIGHT, LEFT], 1, LEFT, RED, id="first-from-the-left"),
        pytest.param([RIGHT, LEFT], 2, RIGHT, BLUE, id="second-from-the-left"),
    ],
)
def test_reference_face(
    boxes: list[tuple[float, float, float, float]],
    face: int | None,
    box: tuple[float, float, float, float],
    colour: int,
) -> None:
    content = photo()
    found = reference_face(content, "ann.png", engine(*boxes), LIMITS, face)
    assert found.box == box
    assert found.vector.argmax() == colour
    assert (found.norm, found.det_score) == (12.0, pytest.approx(0.9))
    assert found.crop_std > 1
    assert found.content_sha256 == hashlib.sha256(content).hexdigest()
    for png, picture in ((found.display_png(), found.display), (found.aligned_png(), found.aligned)):
        assert (cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) == picture).all()
    assert (found.display.shape, found.aligned.shape) == ((512, 512, 3), (112, 112, 3))


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        pytest.param((0, 0, 224, 200), (300, 400, 3), id="unchanged"),
        pytest.param((0, 0, 280, 280), (240, 320, 3), id="a-large-face-is-scaled-down"),
    ],
)
def test_size_of_the_picture_that_is_aligned(box: tuple[float, float, float, float], shape: tuple[int, ...]) -> None:
    double = BoxEngine(box)
    reference_face(photo(), "ann.png", cast(Engine, double), LIMITS)
    assert double.aligned_from == [shape]


@pytest.mark.parametrize(
    ("boxes", "norm", "message"),
    [
        pytest.param([], 12.0, r"ann\.png shows no face", id="no-face"),
        pytest.param([LEFT, RIGHT], 12.0, "shows 2 faces and none is clearly the largest", id="several"),
        pytest.param(
            [SMALL],
            12.0,
            r"The face in ann\.png is 49 x 70 px, but its shorter side must be at least 50 px",
            id="too-small",
        ),
        pytest.param(
            [LEFT],
            8.4,
            r"too blurred, .* \(embedding norm 8\.4, but at least 8\.5 is required\): choose a clearer",
            id="unclear",
        ),
    ],
)
def test_photos_that_are_refused(boxes: list[tuple[float, float, float, float]], norm: float, message: str) -> None:
    assert PACK.norms.unusable == 8.5
    with pytest.raises(UserError, match=message):
        reference_face(photo(), "ann.png", engine(*boxes, norm=norm), LIMITS)


def test_the_caller_sets_the_limits() -> None:
    assert reference_face(photo(), "ann.png", engine(SMALL), PhotoLimits(min_face_px=49)).box == SMALL
    assert (
        reference_face(photo(), "ann.png", engine(LEFT, (250, 50, 340, 170)), PhotoLimits(clearly_larger=1)).box == LEFT
    )


def test_a_file_that_is_not_a_photo() -> None:
    with pytest.raises(UserError, match=r"ann\.txt is not a readable JPEG or PNG file"):
        reference_face(b"text", "ann.txt", engine(), LIMITS)


def test_landmarks_in_one_point() -> None:
    class Flat(BoxEngine):
        def align(self, image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
            raise ValueError("No similarity transform")

    with pytest.raises(UserError, match=r"The face in ann\.png has no usable landmarks: choose another photo"):
        reference_face(photo(), "ann.png", cast(Engine, Flat(LEFT)), LIMITS)


@pytest.mark.shared
def test_real_photos(shared: Path) -> None:
    real_engine = load_engine("opencv_zoo", PROJECT_ROOT / "config", "cpu")
    folder = shared / "data" / "photos" / "hamilton"
    faces = {
        name: reference_face((folder / name).read_bytes(), name, real_engine, LIMITS)
        for name in ("biden.jpg", "obama.jpg", "lin-manuel-miranda.png")
    }
    for face in faces.values():
        assert np.linalg.norm(face.vector) == pytest.approx(1, abs=1e-5)
        assert face.norm > real_engine.pack.norms.clear
    across = faces["biden.jpg"].vector @ faces["obama.jpg"].vector
    assert across < real_engine.pack.thresholds.cast_sim
    two = (folder / "two_people.jpg").read_bytes()
    with pytest.raises(UserError, match=r"two_people\.jpg shows 2 faces"):
        reference_face(two, "two_people.jpg", real_engine, LIMITS)
    both = [reference_face(two, "two_people.jpg", real_engine, LIMITS, face) for face in (1, 2)]
    assert both[0].box[2] < both[1].box[0]
