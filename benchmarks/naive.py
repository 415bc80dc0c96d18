"""The naive baseline: a library's ready-made pipeline on every n-th frame, then one clustering.

It uses InsightFace's `FaceAnalysis`, or OpenCV's own detector and recogniser, with their defaults and on the CPU. It
does no tracking, embeds every face of every n-th frame, and runs DBSCAN over all faces. Each cluster is a person.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.workload import Run, Workload
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.cache import default_cache_dir
from screenalytics_resources.inference.dequantize import dequantize
from screenalytics_resources.inference.packs import Pack, load_pack, locate_models
from screenalytics_resources.project import config_dir

EPS = 0.5
MIN_SAMPLES = 3

FaceEmbedder = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]
"""Returns the embedding (D,) of every face of a picture (H, W, 3) BGR."""


def run_naive(work: Workload) -> Run:
    """Find the people of a clip without the product's pipeline."""
    began = time.monotonic()
    pack = load_pack(work.pack, config_dir())
    embed = _insightface(pack) if pack.source == "insightface" else _opencv(pack)
    frames = 0
    embeddings: list[NDArray[np.float32]] = []
    for image in _frames(work.clip):
        if frames % work.stride == 0:
            embeddings += embed(image)
        frames += 1
    people = count_clusters(embeddings)
    return Run(time.monotonic() - began, frames, -(-frames // work.stride), 0, len(embeddings), people)


def count_clusters(embeddings: list[NDArray[np.float32]]) -> int:
    """Count the clusters that DBSCAN finds, without noise."""
    from sklearn.cluster import DBSCAN

    if not embeddings:
        return 0
    labels = DBSCAN(eps=EPS, min_samples=MIN_SAMPLES, metric="cosine").fit_predict(np.stack(embeddings))
    return len(set(labels.tolist()) - {-1})


def _frames(clip: Path) -> Iterator[NDArray[np.uint8]]:
    import cv2

    capture = cv2.VideoCapture(str(clip))
    if not capture.isOpened():
        raise UserError(f"OpenCV cannot open {clip.name}: measure with another clip.")
    while True:
        read, image = capture.read()
        if not read:
            return
        yield image.astype(np.uint8, copy=False)


def _insightface(pack: Pack) -> FaceEmbedder:
    from insightface.app import FaceAnalysis

    folder = str(locate_models(pack).detector.parent)  # accepted instead of a name
    # Otherwise ONNX Runtime looks for CUDA first, and reports what it did not find.
    analysis = FaceAnalysis(name=folder, providers=["CPUExecutionProvider"])
    analysis.prepare(ctx_id=-1)
    return lambda image: [face.embedding for face in analysis.get(image)]


def _opencv(pack: Pack) -> FaceEmbedder:
    import cv2

    # OpenCV rejects the recogniser's quantised file, so both are used in float32.
    detector_file, recogniser_file = _float_files(pack)
    detector = cv2.FaceDetectorYN.create(str(detector_file), "", (0, 0))
    recogniser = cv2.FaceRecognizerSF.create(str(recogniser_file), "")

    def embed(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        detector.setInputSize((image.shape[1], image.shape[0]))
        _, faces = detector.detect(image)
        rows = [] if faces is None else list(faces)
        return [np.array(recogniser.feature(recogniser.alignCrop(image, face))[0], np.float32) for face in rows]

    return embed


def _float_files(pack: Pack) -> tuple[Path, Path]:
    files, folder = locate_models(pack), default_cache_dir()
    return (
        dequantize(files.detector, str(pack.detector.sha256), folder),
        dequantize(files.recogniser, str(pack.recogniser.sha256), folder),
    )
