"""The inference engine: runs any model pack on sessions that this package opens itself."""

import functools
import logging
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.alignment import align_faces
from screenalytics_resources.inference.detectors import Detections, Detector
from screenalytics_resources.inference.landmark_refinement import refine_landmarks
from screenalytics_resources.inference.letterbox import CELL
from screenalytics_resources.inference.model_source import model_source
from screenalytics_resources.inference.openvino_session import Precision
from screenalytics_resources.inference.packs import Pack, load_pack, locate_models
from screenalytics_resources.inference.providers import choose_providers
from screenalytics_resources.inference.recognition import Embeddings, Recogniser
from screenalytics_resources.inference.scrfd import Scrfd
from screenalytics_resources.inference.sessions import RunningOn, open_sessions
from screenalytics_resources.inference.yunet import YuNet

_logger = logging.getLogger(__name__)


class Engine:
    """A loaded model pack.

    Attributes:
        pack: the model pack.
        provider: the ONNX Runtime execution provider of the detector, such as CPUExecutionProvider.
        recogniser_provider: the same of the recogniser, or OpenVINO CPU.
        provider_note: how device, runtime and precision differ from the request, or None if they do not.
        precision: number format of the recogniser's calculations: f32 or bf16.
        detector_threads: number of threads that may call `detect` at once to use all cores that the models may use.
        detector_calls: number of images passed to the detector so far.
        faces_embedded: number of faces passed to the recogniser so far.
    """

    def __init__(self, pack: Pack, detector: Detector, recogniser: Recogniser, running_on: RunningOn) -> None:
        """Combine the parts of a pack.

        Raises:
            UserError: if the recogniser's embeddings do not have the length that the pack states.
        """
        if recogniser.dim != pack.recogniser.dim:
            raise UserError(
                f"The recogniser {pack.recogniser.file} returns {recogniser.dim} numbers per face, but model pack "
                f"{pack.name!r} states dim: {pack.recogniser.dim}. Replace the file or correct the pack."
            )
        self.pack = pack
        self.provider = running_on.detector
        self.recogniser_provider = running_on.recogniser
        self.provider_note = running_on.note
        self.precision = running_on.precision
        self.detector_threads = running_on.detector_threads
        self.detector_calls = 0
        self._counting = threading.Lock()
        self.faces_embedded = 0
        self._detector = detector
        self._recogniser = recogniser

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Find the faces in `image`, shape (height, width, 3), uint8, BGR. Any thread may call this.

        Raises:
            ValueError: if the image is empty or has another shape or dtype.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ValueError(f"Expected a uint8 image of shape (H, W, 3), but got {image.dtype} {image.shape}")
        with self._counting:
            self.detector_calls += 1
        return self._detector.detect(image)

    def refine(
        self, image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the landmarks (5, 2) of one face for alignment, detected a second time if the pack asks for it."""
        face_px = self.pack.detector.refine_px
        return landmarks if face_px is None else refine_landmarks(self._detector, image, box, landmarks, face_px)

    def align(self, image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Cut aligned faces, shape (N, 112, 112, 3), BGR, out of `image`; see `align_faces`."""
        return align_faces(image, landmarks)

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        """Embed aligned faces, shape (N, 112, 112, 3), BGR; see `Recogniser.embed`."""
        with self._counting:
            self.faces_embedded += len(aligned)
        return self._recogniser.embed(aligned, batch_size)


def load_engine(
    pack_name: str,
    config_dir: Path,
    device: str = "auto",
    threads: int = 0,
    input_size: int | None = None,
    precision: Precision = "f32",
) -> Engine:
    """Load a model pack. Later calls with the same arguments in this process return the same engine.

    Args:
        pack_name: name of the pack.
        config_dir: configuration folder, which contains `packs/*.yaml`.
        device: auto, cpu, cuda or cuda:N.
        threads: threads per model; 0 means one per core.
        input_size: longest side of the detector's input in pixels, a multiple of 32; None means the pack's value.
        precision: number format of the recogniser's calculations, if the device has it.

    Raises:
        UserError: if the pack, its files or the device is unavailable, or if `input_size` is invalid.
    """
    return _load_engine(pack_name, config_dir.resolve(), device, threads, input_size, precision)


@functools.cache
def _load_engine(
    pack_name: str, config_dir: Path, device: str, threads: int, input_size: int | None, precision: Precision
) -> Engine:
    began = time.monotonic()
    pack = load_pack(pack_name, config_dir)
    size = pack.detector.input_size if input_size is None else input_size
    if size <= 0 or size % CELL:
        raise UserError(f"Detector input size {size} is invalid: choose a positive multiple of {CELL}, such as 640.")
    files = locate_models(pack)
    providers = choose_providers(device)
    detector_session, recogniser_session, running_on = open_sessions(
        model_source(pack.detector, files.detector, pack),
        model_source(pack.recogniser, files.recogniser, pack),
        providers,
        threads,
        precision,
    )
    detector_class = YuNet if pack.detector.family == "yunet" else Scrfd
    detector = detector_class(detector_session, size, pack.detector.score_threshold, pack.detector.nms_threshold)
    recogniser = Recogniser(recogniser_session, pack.recogniser.family)
    _logger.info("Loaded model pack %s on %s in %.2f s.", pack.name, running_on.recogniser, time.monotonic() - began)
    return Engine(pack, detector, recogniser, running_on)
