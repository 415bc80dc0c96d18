"""A test double for the engine. It replaces model inference only; everything else in a test is real.

Tests draw films of coloured boxes. The double reads the frame number from the corner of the picture, "detects" the
boxes that the script has for that frame, and "embeds" a face by the colour at its nose.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.tracks.candidates import Detection
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.recognition import Embeddings
from screenalytics_resources.video.frames import DecodeReport, Frame, FrameSource
from screenalytics_resources.video.probe import VideoProbe
from tests.tiny_episode import PACK, unit

FPS = 10.0
WIDTH, HEIGHT = 320, 180
COLOURS: Mapping[str, tuple[int, int, int]] = {
    "ann": (30, 30, 220),
    "ben": (220, 30, 30),
    "like-ann": (30, 220, 30),
    "doubtful": (220, 220, 30),
    "blurred": (30, 220, 220),
}
VECTORS: Mapping[str, NDArray[np.float32]] = {
    "ann": unit(1, 0),
    "ben": unit(0, 1),
    "like-ann": unit(0.8, 0.6),
    "doubtful": unit(0.3, 0.954),
    "blurred": unit(0, 1),
}
"""Similarities to ann: ben 0, below gate_hard 0.20; doubtful 0.3, below gate_soft 0.35; like-ann 0.8; blurred 0, but
its norm is below `norms.unusable`."""


@dataclass(frozen=True)
class Actor:
    """A face in one frame: left edge `x`, top edge `y`, person, and detection score."""

    x: float
    person: str = "ann"
    score: float = 0.9
    y: float = 60
    width: float = 40
    height: float = 50

    @property
    def box(self) -> NDArray[np.float32]:
        return np.array([self.x, self.y, self.x + self.width, self.y + self.height], np.float32)

    @property
    def landmarks(self) -> NDArray[np.float32]:
        shares = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
        return self.box[:2] + shares * np.array([self.width, self.height], np.float32)


Script = Mapping[int, Sequence[Actor]]


class ScriptedEngine:
    """Finds the actors of the script and counts its calls."""

    pack = PACK
    provider = "CPUExecutionProvider"
    recogniser_provider = "OpenVINO CPU"
    provider_note = None
    precision = "f32"
    detector_threads = 2

    def __init__(self, script: Script) -> None:
        self._script = script
        self.detector_calls = 0
        self._counting = threading.Lock()
        self.faces_embedded = 0
        self.batches: list[int] = []

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        with self._counting:
            self.detector_calls += 1
        actors = self._script.get(int(image[0, 0, 0]) + 256 * int(image[0, 0, 1]), [])
        return Detections(
            np.array([actor.box for actor in actors], np.float32).reshape(-1, 4),
            np.array([actor.score for actor in actors], np.float32),
            np.array([actor.landmarks for actor in actors], np.float32).reshape(-1, 5, 2),
        )

    def refine(
        self, image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return landmarks

    def align(self, image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
        noses = landmarks[:, 2].astype(int)
        return np.stack([np.broadcast_to(image[y, x], (112, 112, 3)) for x, y in noses])

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        self.faces_embedded += len(aligned)
        self.batches.append(len(aligned))
        people = [person_of(face[0, 0]) for face in aligned]
        norms = [PACK.norms.unusable - 1 if person == "blurred" else PACK.norms.clear for person in people]
        return Embeddings(np.stack([VECTORS[person] for person in people]), np.array(norms, np.float32))


def as_engine(double: ScriptedEngine) -> Engine:
    return cast(Engine, double)


def person_of(colour: NDArray[np.uint8]) -> str:
    """Return the person with the nearest colour, because JPEG changes colours slightly."""
    return min(COLOURS, key=lambda name: float(np.abs(np.array(COLOURS[name]) - colour).sum()))


def draw(index: int, actors: Sequence[Actor], shot: int = 0) -> NDArray[np.uint8]:
    """Draw one frame, (180, 320, 3): the background of its shot, its number, and its actors."""
    import cv2

    image = _background(shot).copy()
    for actor in actors:
        (x1, y1, x2, y2), (nose_x, nose_y) = actor.box.astype(int), actor.landmarks[2].astype(int)
        cv2.rectangle(image, (x1, y1), (x2 - 1, y2 - 1), (200, 200, 200), -1)
        cv2.circle(image, (nose_x, nose_y), 8, COLOURS[actor.person], -1)
    image[0, 0] = (index % 256, index // 256, 0)
    return image


def _background(shot: int) -> NDArray[np.uint8]:
    import cv2

    coarse = np.random.default_rng(shot).integers(0, 256, (9, 16, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def detections_of(index: int, actors: Sequence[Actor]) -> list[Detection]:
    return [Detection(index, index / FPS, actor.box, actor.score, actor.landmarks) for actor in actors]


class Film(FrameSource):
    """A film drawn from a script instead of decoded from a file; a new shot begins at each of `cuts`."""

    def __init__(self, script: Script, frames: int, cuts: Sequence[int] = (), stride: int = 1) -> None:
        probe = VideoProbe("drawn", "none", WIDTH, HEIGHT, 0, FPS, frames / FPS, frames)
        report = DecodeReport(frames=frames, last_ts=(frames - 1) / FPS)
        self.path, self.probe, self.stride, self.report = None, probe, stride, report  # type: ignore[assignment]
        self._script, self._frames, self._cuts = script, frames, cuts

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._frames):
            shot = sum(index >= cut for cut in self._cuts)
            thumbnail = np.ascontiguousarray(_background(shot)[::2, ::2])
            image = draw(index, self._script.get(index, []), shot) if index % self.stride == 0 else None
            yield Frame(index, index / FPS, thumbnail, image)
