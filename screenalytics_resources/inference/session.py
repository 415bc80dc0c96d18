"""ONNX Runtime sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.providers import Providers

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: Path, providers: Providers, threads: int) -> onnxruntime.InferenceSession:
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
        reason = " ".join(str(error).split())
        raise UserError(f"{model} cannot be opened as an ONNX model ({reason}). Replace the file.") from error
    used = session.get_providers()[0]
    if used != providers.used:
        raise UserError(
            f"{model} runs on {used} instead of {providers.used}. Choose a device other than {providers.requested!r}."
        )
    return session
