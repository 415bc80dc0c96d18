"""Speed of decoder, detector and recogniser on one device, and what the models return there."""

import math
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.workload import Workload
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings, FacesSettings
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.project import config_dir
from screenalytics_resources.video.frames import FrameSource
from screenalytics_resources.video.probe import probe

T = TypeVar("T")

THREADS = (1, 4)
BATCHES = (1, 16, 64)
LEAST_FACES = 128
"""Faces are repeated up to this number, so that the recogniser runs long enough to be timed."""


@dataclass(frozen=True)
class StageWork:
    """What to measure on `device`.

    Attributes:
        images: most images to keep in memory and to look for faces in.
        repeat: number of timed passes; the figures are medians.
        faces: aligned faces (N, 112, 112, 3) to embed; None means those found.
    """

    workload: Workload
    device: str
    images: int
    repeat: int
    faces: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class StageRun:
    """Figures and results of one device.

    Attributes:
        provider: runtime and device of the detector.
        recogniser_provider: the recogniser's.
        threads: number of detector threads that the job uses.
        batch: number of faces per batch that the job uses.
        load_seconds: time to load the models.
        first_detect_seconds: first run of the detector, which is slower.
        first_embed_seconds: first run of the recogniser per batch size.
        decoded_per_second: frames decoded, a thumbnail of each and an image of those to analyse.
        detected_per_second: images per second by number of threads that call the detector.
        embedded_per_second: faces per second by batch size.
        detections: faces of each image.
        faces: aligned faces (N, 112, 112, 3), those embedded.
        vectors: their embeddings (N, D).
    """

    provider: str
    recogniser_provider: str
    threads: int
    batch: int
    load_seconds: float
    first_detect_seconds: float
    first_embed_seconds: dict[int, float]
    decoded_per_second: float
    detected_per_second: dict[int, float]
    embedded_per_second: dict[int, float]
    detections: list[Detections]
    faces: NDArray[np.uint8]
    vectors: NDArray[np.float32]


def measure_stages(work: StageWork) -> StageRun:
    """Measure the stages one after the other.

    Raises:
        UserError: if the clip, the pack or the device is unusable, or if no image shows a face.
    """
    images, decoded_per_second = decode(work)
    engine, load_seconds = _timed(lambda: _load(work))
    batch = resolve(FacesSettings, config_dir()).values.batch_size
    _, first_detect_seconds = _timed(lambda: engine.detect(images[0]))
    detections = [engine.detect(image) for image in images]
    faces = aligned_faces(engine, images, detections) if work.faces is None else work.faces
    if len(faces) == 0:
        raise UserError(f"No face was found in {work.workload.clip.name}. Measure with a clip that shows faces.")
    many = np.resize(faces, (max(len(faces), LEAST_FACES), *faces.shape[1:]))
    batches = sorted({*BATCHES, batch})
    first_embed_seconds = {size: _timed(partial(engine.embed, many[:size], size))[1] for size in batches}
    return StageRun(
        provider=engine.provider,
        recogniser_provider=engine.recogniser_provider,
        threads=engine.detector_threads,
        batch=batch,
        load_seconds=load_seconds,
        first_detect_seconds=first_detect_seconds,
        first_embed_seconds=first_embed_seconds,
        decoded_per_second=decoded_per_second,
        detected_per_second={
            threads: _rate(len(images), work.repeat, partial(detect_all, engine, images, threads))
            for threads in sorted({*THREADS, engine.detector_threads})
        },
        embedded_per_second={
            size: _rate(len(many), work.repeat, partial(engine.embed, many, size)) for size in batches
        },
        detections=detections,
        faces=faces,
        vectors=engine.embed(faces, batch).vectors,
    )


def decode(work: StageWork) -> tuple[list[NDArray[np.uint8]], float]:
    """Return images from all over the clip, (H, W, 3) BGR, and the number of frames decoded per second."""
    clip, stride = work.workload.clip, work.workload.stride
    header = probe(clip)
    source = FrameSource(clip, header, stride * thinning(header.duration_s * header.fps / stride, work.images))
    images: list[NDArray[np.uint8]] = []
    for frame in source:  # also warms up the decoder
        if frame.image is not None and len(images) < work.images:
            images.append(frame.image)
    return images, _rate(source.report.frames, work.repeat, lambda: sum(1 for _ in FrameSource(clip, header, stride)))


def thinning(available: float, most: int) -> int:
    """Return n such that every n-th of about `available` images are at most `most`."""
    return max(1, math.ceil(available / most))


def detect_all(engine: Engine, images: list[NDArray[np.uint8]], threads: int) -> list[Detections]:
    """Find the faces of every image, with `threads` images at once."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(engine.detect, images))


def aligned_faces(engine: Engine, images: list[NDArray[np.uint8]], detections: list[Detections]) -> NDArray[np.uint8]:
    """Return the first `LEAST_FACES` faces as the recogniser receives them, (N, 112, 112, 3) BGR."""
    faces = [np.empty((0, 112, 112, 3), np.uint8)]
    count = 0
    for image, found in zip(images, detections, strict=True):
        for box, landmarks in zip(found.boxes, found.landmarks, strict=True):
            faces.append(engine.align(image, engine.refine(image, box, landmarks)[None]))
            count += 1
            if count == LEAST_FACES:
                return np.concatenate(faces)
    return np.concatenate(faces)


def _load(work: StageWork) -> Engine:
    pack = work.workload.pack
    size = resolve(DetectionSettings, config_dir(), {"pack": pack}).values.detector_input
    return load_engine(pack, config_dir(), work.device, input_size=size)


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    began = time.monotonic()
    value = action()
    return value, time.monotonic() - began


def _rate(count: int, repeat: int, action: Callable[[], object]) -> float:
    return count / statistics.median(_timed(action)[1] for _ in range(repeat))
