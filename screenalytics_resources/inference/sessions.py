"""Choice of the runtime of each model.

On the CPU, OpenVINO runs recognisers twice as fast as ONNX Runtime. It runs detectors no faster, and it compiles them
again for each size of a picture. docs/decisions/0016-openvino.md has the figures.
"""

import os
from dataclasses import dataclass

import numpy as np

from screenalytics_resources.inference.cache import default_cache_dir
from screenalytics_resources.inference.model_source import ModelSource
from screenalytics_resources.inference.onnx_session import open_onnx_session
from screenalytics_resources.inference.openvino_session import (
    BATCHES,
    OPENVINO,
    OpenVinoError,
    OpenVinoSession,
    Precision,
    capabilities,
)
from screenalytics_resources.inference.providers import CPU, Providers
from screenalytics_resources.inference.session import Session

MOST_DETECTOR_THREADS = 4
"""The rest of a pass over a video runs in one thread, which four detector threads keep busy."""


@dataclass(frozen=True)
class RunningOn:
    """What runs the models of a pack.

    Attributes:
        detector: ONNX Runtime's execution provider of the detector.
        recogniser: the recogniser's: OpenVINO CPU, or an execution provider of ONNX Runtime.
        precision: number format of the recogniser's calculations.
        detector_threads: number of threads that run the detector, each on a picture of its own.
        note: how device, runtime and precision differ from the request, or None if they do not.
    """

    detector: str
    recogniser: str
    precision: Precision
    detector_threads: int
    note: str | None


def open_sessions(
    detector: ModelSource, recogniser: ModelSource, providers: Providers, threads: int, precision: Precision
) -> tuple[Session, Session, RunningOn]:
    """Open detector and recogniser on the device that `choose_providers` chose.

    `threads` is the number per model; 0 means one per core. A detector is so small that it is most efficient with one
    thread per picture, so on the CPU several threads run it on different pictures. A device without `precision` uses
    f32.

    Raises:
        UserError: if a model cannot be opened.
    """
    on_cpu = providers.used == CPU
    detector_threads = min(threads or usable_cores(), MOST_DETECTOR_THREADS) if on_cpu else 1
    detector_session = open_onnx_session(detector.float_file(), providers, threads=1 if on_cpu else threads)
    notes = [providers.note]
    if on_cpu:
        try:
            usable: Precision = "f32" if "BF16" not in capabilities() else precision
            session = _proven(OpenVinoSession(recogniser, usable, threads, default_cache_dir()))
            notes.append(None if usable == precision else "this processor has no bf16, using f32")
            running_on = RunningOn(providers.used, OPENVINO, usable, detector_threads, _joined(notes))
            return detector_session, session, running_on
        except OpenVinoError as error:
            notes.append(f"{error}, running the recogniser on ONNX Runtime")
    if precision != "f32":
        notes.append(f"{providers.used} has no {precision}, using f32")
    onnx_session = open_onnx_session(recogniser.float_file(), providers, threads)
    running_on = RunningOn(providers.used, providers.used, "f32", detector_threads, _joined(notes))
    return detector_session, onnx_session, running_on


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _proven(session: OpenVinoSession) -> OpenVinoSession:
    """Return the session after a first run of each batch size, which compiles the model.

    Raises:
        OpenVinoError: if that fails. After it, no run needs another runtime.
    """
    for size in BATCHES:
        session.run(np.zeros((size, 3, 112, 112), np.float32))
    return session


def _joined(notes: list[str | None]) -> str | None:
    return "; ".join(note for note in notes if note) or None
