"""Sessions of ONNX Runtime: detectors on the CPU, all models on CUDA, and recognisers where OpenVINO does not work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.model_source import unreadable
from screenalytics_resources.inference.providers import Providers

if TYPE_CHECKING:
    import onnxruntime


class OnnxSession:
    """A session of ONNX Runtime. It accepts every shape that the model accepts."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        """Wrap a session of a model with one input."""
        self._session = session
        (self._input,) = (value.name for value in session.get_inputs())

    def run(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """See `Session.run`."""
        return list(self._session.run(None, {self._input: blob}))


def open_onnx_session(model: Path, providers: Providers, threads: int) -> OnnxSession:
    """Open the ONNX file `model` on `providers`.

    Args:
        model: the ONNX file.
        providers: the result of `choose_providers`.
        threads: threads per operator; 0 means one per core.

    Raises:
        UserError: if the file is not a readable model, or if the session does not run on `providers.used`.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: models with fixed output shapes log a warning per batch
    # With spinning, idle threads of one session take up the cores that the pack's other session needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=list(providers.providers), enable_fallback=0
        )
    except Exception as error:  # the only base class that ONNX Runtime's errors share
        raise unreadable(model, error) from error
    used = session.get_providers()[0]
    if used != providers.used:
        raise UserError(
            f"{model} runs on {used} instead of {providers.used}. Choose a device other than {providers.requested!r}."
        )
    return OnnxSession(session)
