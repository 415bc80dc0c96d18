"""Choice of the runtime of each model.

On the CPU, OpenVINO runs recognisers twice as fast as ONNX Runtime. It runs detectors no faster, and it compiles them
again for each size of a picture. docs/decisions/0016-openvino.md has the figures.
"""

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


@dataclass(frozen=True)
class RunningOn:
    """What runs the models of a pack.

    Attributes:
        detector: ONNX Runtime's execution provider of the detector.
        recogniser: the recogniser's: OpenVINO CPU, or an execution provider of ONNX Runtime.
        precision: number format of the recogniser's calculations.
        note: how device, runtime and precision differ from the request, or None if they do not.
    """

    detector: str
    recogniser: str
    precision: Precision
    note: str | None


def open_sessions(
    detector: ModelSource, recogniser: ModelSource, providers: Providers, threads: int, precision: Precision
) -> tuple[Session, Session, RunningOn]:
    """Open detector and recogniser on the device that `choose_providers` chose.

    `threads` is the number per model; 0 means one per core. A device without `precision` uses f32.

    Raises:
        UserError: if a model cannot be opened.
    """
    detector_session = open_onnx_session(detector.float_file(), providers, threads)
    notes = [providers.note]
    if providers.used == CPU:
        try:
            usable: Precision = "f32" if "BF16" not in capabilities() else precision
            session = _proven(OpenVinoSession(recogniser, usable, threads, default_cache_dir()))
            notes.append(None if usable == precision else "this processor has no bf16, using f32")
            return detector_session, session, RunningOn(providers.used, OPENVINO, usable, _joined(notes))
        except OpenVinoError as error:
            notes.append(f"{error}, running the recogniser on ONNX Runtime")
    if precision != "f32":
        notes.append(f"{providers.used} has no {precision}, using f32")
    onnx_session = open_onnx_session(recogniser.float_file(), providers, threads)
    return detector_session, onnx_session, RunningOn(providers.used, providers.used, "f32", _joined(notes))


def _proven(session: OpenVinoSession) -> OpenVinoSession:
    """Return the session after a first run, which compiles the model. Raises `OpenVinoError` if that fails."""
    session.run(np.zeros((1, 3, 112, 112), np.float32))
    return session


def _joined(notes: list[str | None]) -> str | None:
    return "; ".join(note for note in notes if note) or None
