"""The floor: a lower bound for the time of a job with the same decoding, detections and embeddings.

A plain loop in one thread. It keeps no results, does no tracking and writes nothing. Only the decoder and the model
runtime may use threads of their own.
"""

import time
from dataclasses import dataclass
from itertools import count

import numpy as np

from benchmarks.job import load_models
from benchmarks.workload import Run, Workload
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.video.container import open_container
from screenalytics_resources.video.streams import video_stream

BATCH = 16
SEED = 0


@dataclass(frozen=True)
class FloorWork:
    """Work of a job that the floor repeats."""

    workload: Workload
    detector_calls: int
    faces_embedded: int


def run_floor(work: FloorWork) -> Run:
    """Decode all frames, convert every `stride`-th, and detect and embed as often as the job did."""
    began = time.monotonic()
    engine = load_models(work.workload.pack)
    detected, embedded = engine.detector_calls, engine.faces_embedded
    frames = _decode_and_detect(work.workload, work.detector_calls, engine)
    _embed(work.faces_embedded, engine)
    seconds = time.monotonic() - began
    return Run(seconds, frames, engine.detector_calls - detected, engine.faces_embedded - embedded, None)


def _decode_and_detect(work: Workload, detector_calls: int, engine: Engine) -> int:
    """Return the number of frames. The job skips frames next to cuts, so it converts more frames than it analyses."""
    analysed = count(1)
    frames = 0
    with open_container(work.clip) as container:
        stream = video_stream(container, work.clip)
        stream.thread_type = "AUTO"
        for picture in container.decode(stream):
            if frames % work.stride == 0:
                image = picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
                if next(analysed) <= detector_calls:
                    engine.detect(image)
            frames += 1
    return frames


def _embed(faces: int, engine: Engine) -> None:
    """Embed random pictures: the time of a recogniser does not depend on their content."""
    batch = np.random.default_rng(SEED).integers(0, 256, (BATCH, 112, 112, 3), np.uint8)
    for done in range(0, faces, BATCH):
        engine.embed(batch[: faces - done], BATCH)
