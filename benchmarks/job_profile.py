"""Profile of the job: CPU seconds per part.

The job runs once more in a process of its own, with the functions of each part wrapped by a counter of thread CPU time.
Python cannot time the threads that libraries start themselves, so every library uses one thread in this run. The rest
is the CPU time of the process that is in no part, such as that of threads between two calls.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from benchmarks.fresh_process import in_fresh_process
from benchmarks.job import run_job
from benchmarks.part_timer import PartTimer
from benchmarks.workload import Workload

START, REST = "start and imports", "rest"

FUNCTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "load models": ("screenalytics_resources.inference.engine:load_engine",),
        "decode": (
            "screenalytics_resources.video.frames:FrameSource._decode",
            "screenalytics_assets.tracks.timed_frames:timed_frames",
        ),
        "thumbnails": ("screenalytics_resources.video.frames:_Converter.thumbnail",),
        "conversion": ("screenalytics_resources.video.frames:_Converter.image",),
        "cuts, flashes, dissolves": (
            "screenalytics_assets.tracks.shots:place_frames",
            "screenalytics_assets.tracks.flashes:without_flashes",
            "screenalytics_assets.tracks.dissolves:DissolveDetector.feed",
            "screenalytics_assets.tracks.dissolves:DissolveDetector.restart",
        ),
        "detect": ("screenalytics_resources.inference.engine:Engine.detect",),
        "track": (
            "screenalytics_assets.tracks.track_episode:EpisodeTracker.run",
            "screenalytics_assets.tracks.association:FaceTracker.update",
        ),
        "crops": (
            "screenalytics_assets.tracks.candidates:CandidateCrops.offer",
            "screenalytics_assets.tracks.candidates:CandidateCrops.only",
            "screenalytics_assets.tracks.candidates:CandidateCrops.all",
            "screenalytics_assets.contract.crops:read_crop",
        ),
        "refine and align": (
            "screenalytics_resources.inference.engine:Engine.refine",
            "screenalytics_resources.inference.engine:Engine.align",
        ),
        "embed": ("screenalytics_resources.inference.engine:Engine.embed",),
        "identities": (
            "screenalytics_assets.track_embeddings.embed_tracks:embed_tracks",
            "screenalytics_assets.identities.identify_episode:identify_episode",
            "screenalytics_assets.identities.sheet_file:write_sheet",
        ),
        "read and write files": (
            "screenalytics_app.actions.register_video:register_video",
            "screenalytics_resources.checksum:file_sha256",
            "screenalytics_assets.tracks.track_episode:_CropWriter.write",
            "screenalytics_assets.tracks.track_episode:_CropWriter.finish",
            "screenalytics_resources.sealed_tables:save_table",
            "screenalytics_resources.sealed_tables:load_table",
            "screenalytics_resources.sealed_documents:save_document",
            "screenalytics_resources.sealed_documents:load_document",
            "screenalytics_resources.artifact_store:ArtifactStore.write",
        ),
        "Dagster and checks": ("screenalytics_app.actions.run_episode:run_episode",),
    }
)
"""Functions of each part. What they call belongs to their part, unless it is in this table itself."""

ONE_THREAD = MappingProxyType({"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
"""Environment in which the libraries for linear algebra use one thread. They read it when they are loaded."""

_TOLERANCE = 0.01
"""Share of the total by which the sum of the parts may exceed it, for the different clocks."""


@dataclass(frozen=True)
class Profile:
    """CPU seconds of one run of the job with one thread per library: per part, and of the complete process."""

    parts: Mapping[str, float]
    total: float


def profile_job(work: Workload) -> Profile:
    """Profile the job in a process of its own."""
    return in_fresh_process(_profile, work, ONE_THREAD).value


def _profile(work: Workload) -> Profile:
    timer = PartTimer()
    timer.seconds[START] = time.process_time()
    timer.wrap_imports(START)
    with timer.timed(START):
        import cv2

        import screenalytics_assets.definitions  # noqa: F401 - before functions are wrapped, so that all users have them

        cv2.setNumThreads(1)
        for part, names in FUNCTIONS.items():
            for name in names:
                timer.wrap_named(part, name)
    with _one_decoder_thread():
        run_job(work, {"threads": 1})
    return Profile(*with_rest(timer.seconds, time.process_time()))


def with_rest(seconds: Mapping[str, float], total: float) -> tuple[dict[str, float], float]:
    """Return the seconds of all parts in the order of the table, with the rest of `total`, and `total`.

    Raises:
        RuntimeError: the parts together took longer than the process, so a time is counted twice.
    """
    parts = {name: seconds.get(name, 0.0) for name in (START, *FUNCTIONS)}
    counted = sum(parts.values())
    if counted > total * (1 + _TOLERANCE):
        raise RuntimeError(f"Expected the parts to take at most the {total:.2f} s of the process, got {counted:.2f} s")
    return {**parts, REST: max(0.0, total - counted)}, total


@contextmanager
def _one_decoder_thread() -> Iterator[None]:
    """Make the decoder of the tracker's frames work in the thread that calls it."""
    from screenalytics_assets.tracks import timed_frames
    from screenalytics_resources.video import frames
    from screenalytics_resources.video.streams import video_stream

    modules: tuple[Any, ...] = (frames, timed_frames)

    def single_threaded(*args: Any) -> Any:
        stream = video_stream(*args)
        stream.codec_context.thread_count = 1
        return stream

    for module in modules:
        module.video_stream = single_threaded
    try:
        yield
    finally:
        for module in modules:
            module.video_stream = video_stream
