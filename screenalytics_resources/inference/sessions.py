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
    OPENVINO,
    OpenVinoError,
    OpenVinoSession,
    Precision,
    capabilities,
)
from screenalytics_resources.inference.providers import CPU, Providers
from screenalytics_resources.inference.session import Session

MOST_PICTURES = 4
"""The rest of a pass over a video runs in one thread, which four detectors keep busy."""


@dataclass(frozen=True)
class RunningOn:
    """What runs the models of a pack.

    Attributes:
        detector: ONNX Runtime's execution provider of the detector.
        recogniser: the recogniser's: OpenVINO CPU, or an execution provider of ONNX Runtime.
        precision: number format of the recogniser's calculations.
        detector_threads: number of pictures that the detector looks at at once.
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

    `threads` is the number per model; 0 means one per core. A detector is so small that one thread runs it most
    efficiently, so its threads run it for several pictures at once. A device without `precision` uses f32.

    Raises:
        UserError: if a model cannot be opened.
    """
    pictures = pictures_at_once(threads, usable_cores()) if providers.used == CPU else 1
    detector_session = open_onnx_session(
        detector.float_file(), providers, threads=1 if providers.used == CPU else threads
    )
    notes = [providers.note]
    if providers.used == CPU:
        try:
            usable: Precision = "f32" if "BF16" not in capabilities() else precision
            session = _proven(OpenVinoSession(recogniser, usable, threads, default_cache_dir()))
            notes.append(None if usable == precision else "this processor has no bf16, using f32")
            running_on = RunningOn(providers.used, OPENVINO, usable, pictures, _joined(notes))
            return detector_session, session, running_on
        except OpenVinoError as error:
            notes.append(f"{error}, running the recogniser on ONNX Runtime")
    if precision != "f32":
        notes.append(f"{providers.used} has no {precision}, using f32")
    onnx_session = open_onnx_session(recogniser.float_file(), providers, threads)
    running_on = RunningOn(providers.used, providers.used, "f32", pictures, _joined(notes))
    return detector_session, onnx_session, running_on


def pictures_at_once(threads: int, cores: int) -> int:
    """Return how many pictures the detector looks at at once; `threads` is the setting, where 0 means one per core."""
    return min(threads or cores, MOST_PICTURES)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _proven(session: OpenVinoSession) -> OpenVinoSession:
    """Return the session after a first run, which compiles the model. Raises `OpenVinoError` if that fails."""
    session.run(np.zeros((1, 3, 112, 112), np.float32))
    return session


def _joined(notes: list[str | None]) -> str | None:
    return "; ".join(note for note in notes if note) or None
