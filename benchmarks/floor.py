"""The floor: a lower bound for the time of a job with the same decoding, detections, refinements and embeddings.

A plain loop that keeps no results, does no tracking and writes nothing. It uses the cores as the job does: as many
threads detect and refine faces as the engine recommends, while the main thread decodes. The decoder and the recogniser
use threads of their own.
"""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.job import load_models
from benchmarks.refinements import Refinement
from benchmarks.workload import Run, Workload
from screenalytics_resources.video.container import open_container
from screenalytics_resources.video.streams import video_stream

if TYPE_CHECKING:
    from screenalytics_resources.inference.detectors import Detections
    from screenalytics_resources.inference.engine import Engine

BATCH = 16
SEED = 0


@dataclass(frozen=True)
class FloorWork:
    """Work of a job that the floor repeats."""

    workload: Workload
    detector_calls: int
    refinements: tuple[Refinement, ...]
    faces_embedded: int


def run_floor(work: FloorWork) -> Run:
    """Decode all frames, convert every `stride`-th, and detect, refine and embed as often as the job did."""
    began = time.monotonic()
    engine = load_models(work.workload.pack)
    detected, embedded = engine.detector_calls, engine.faces_embedded
    with ThreadPoolExecutor(engine.detector_threads) as pool:
        frames = _decode_and_detect(work.workload, work.detector_calls, engine, pool)
        refined = _refine(work.refinements, engine, pool)
    _embed(work.faces_embedded, engine)
    seconds = time.monotonic() - began
    return Run(seconds, frames, engine.detector_calls - detected, refined, engine.faces_embedded - embedded, None)


def _decode_and_detect(work: Workload, detector_calls: int, engine: "Engine", pool: Executor) -> int:
    """Return the number of frames. The job skips frames next to cuts, so it converts more frames than it analyses."""
    frames = submitted = 0
    waiting: deque[Future[Detections]] = deque()
    for image in _frames(work):
        frames += 1
        if image is not None and submitted < detector_calls:
            submitted += 1
            waiting.append(pool.submit(engine.detect, image))
            if len(waiting) > engine.detector_threads:
                waiting.popleft().result()
    for detections in waiting:
        detections.result()
    return frames


def _frames(work: Workload) -> Iterator[NDArray[np.uint8] | None]:
    """Decode all frames. Yields every `stride`-th as (H, W, 3) BGR, and None for the others."""
    from av.video.reformatter import VideoReformatter

    reformatter = VideoReformatter()  # a frame's own one would be prepared again for each frame
    with open_container(work.clip) as container:
        stream = video_stream(container, work.clip)
        stream.thread_type = "AUTO"
        for index, picture in enumerate(container.decode(stream)):
            if index % work.stride:
                yield None
            else:
                bgr = reformatter.reformat(picture, format="bgr24", threads=1)
                yield bgr.to_ndarray().astype(np.uint8, copy=False)


def _refine(refinements: tuple[Refinement, ...], engine: "Engine", pool: Executor) -> int:
    """Refine in random pictures of the recorded sizes. Returns the number of refinements."""
    width = max((refinement.width for refinement in refinements), default=0)
    height = max((refinement.height for refinement in refinements), default=0)
    picture = np.random.default_rng(SEED).integers(0, 256, (height, width, 3), np.uint8)

    def repeat(refinement: Refinement) -> NDArray[np.float32]:
        image = picture[: refinement.height, : refinement.width]
        return engine.refine(image, np.array(refinement.box, np.float32), np.zeros((5, 2), np.float32))

    return sum(1 for _ in pool.map(repeat, refinements))


def _embed(faces: int, engine: "Engine") -> None:
    """Embed random pictures: the time of a recogniser does not depend on their content."""
    batch = np.random.default_rng(SEED).integers(0, 256, (BATCH, 112, 112, 3), np.uint8)
    for done in range(0, faces, BATCH):
        engine.embed(batch[: faces - done], BATCH)
