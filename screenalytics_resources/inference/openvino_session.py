"""Sessions of OpenVINO, for recognisers on the CPU. docs/decisions/0016-openvino.md has the figures."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.cache import read_intact, store
from screenalytics_resources.inference.model_source import ModelSource

if TYPE_CHECKING:
    import openvino

_logger = logging.getLogger(__name__)

OPENVINO = "OpenVINO CPU"
"""Name of this runtime in metadata."""

Precision = Literal["f32", "bf16"]

BATCHES = (4, 1)
"""Numbers of faces that a model is compiled for. Any other number is divided among them. Larger batches cost as much
CPU time per face, and each compiled size takes memory and time to load."""

Shape = tuple[int, ...]


class OpenVinoError(Exception):
    """OpenVINO cannot be used here, or does not accept a model."""


class OpenVinoSession:
    """A model on the CPU, compiled once per input shape. Compiled models are cached in a folder."""

    def __init__(self, source: ModelSource, precision: Precision, threads: int, cache_dir: Path) -> None:
        """Prepare a session. Nothing is compiled before the first run.

        Args:
            source: the model.
            precision: number format of the calculation; the processor must support it.
            threads: number of threads; 0 means one per core.
            cache_dir: folder of compiled models.
        """
        self._source = source
        self._precision = precision
        self._threads = threads
        self._cache_dir = cache_dir
        self._requests: dict[Shape, openvino.InferRequest] = {}
        # A request holds the buffers of one run. Runs of one model share its threads, so they gain nothing in parallel.
        self._lock = threading.Lock()

    def run(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """See `Session.run`.

        Raises:
            OpenVinoError: if the model cannot be compiled for this shape.
        """
        ends = np.cumsum(divide(len(blob)))[:-1]
        parts = [self._run_batch(np.ascontiguousarray(part)) for part in np.split(blob, ends)]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def _run_batch(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        with self._lock:
            request = self._requests.get(blob.shape)
            if request is None:
                request = self._requests[blob.shape] = self._compile(blob.shape).create_infer_request()
            # By default, the arrays of the results are copies.
            results = request.infer([blob], share_inputs=True)
        return [np.asarray(array, np.float32) for array in results.values()]

    def _compile(self, shape: Shape) -> openvino.CompiledModel:
        options = self._options()
        path = self._cache_dir / "openvino" / f"{self._key(shape)}.blob"
        cached = read_intact(path)
        try:
            if cached is not None:
                return core().import_model(cached, "CPU", options)
        except Exception as error:  # OpenVINO raises RuntimeError and others
            _logger.warning("Compiling a model again, because %s cannot be used (%s).", path, first_line(error))
        file = self._source.float_file()
        try:
            model = core().read_model(file)
            model.reshape(list(shape))
            compiled = core().compile_model(model, "CPU", options)
            exported = compiled.export_model().getvalue()
        except Exception as error:
            raise OpenVinoError(f"OpenVINO cannot compile {self._source.file.name}: {first_line(error)}") from error
        try:
            store(path, exported)
        except OSError as error:
            _logger.warning("Compiled models are not cached, because %s cannot be written (%s).", path, error.strerror)
        return compiled

    def _options(self) -> dict[str, object]:
        return {
            # Without a hint, OpenVINO chooses bf16 by itself on processors that have it.
            "INFERENCE_PRECISION_HINT": self._precision,
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            # Pinned threads of several processes would share the same cores.
            "ENABLE_CPU_PINNING": False,
        }

    def _key(self, shape: Shape) -> str:
        """Return a name that differs for every version, processor, model, shape and precision."""
        model = (self._source.sha256, shape, self._precision)
        return hashlib.sha256(json.dumps([*platform(), *model]).encode()).hexdigest()


def divide(count: int) -> list[int]:
    """Divide `count` faces into batches of the compiled sizes.

    >>> divide(11)
    [4, 4, 1, 1, 1]
    """
    sizes = []
    while count > 0:
        sizes.append(next(size for size in BATCHES if size <= count))
        count -= sizes[-1]
    return sizes


@functools.cache
def core() -> openvino.Core:
    """Return the process's OpenVINO runtime.

    Raises:
        OpenVinoError: if it does not work on this machine.
    """
    try:
        import openvino

        runtime = openvino.Core()
        runtime.get_property("CPU", "FULL_DEVICE_NAME")
    except Exception as error:  # ImportError, OSError of a library, RuntimeError without a CPU plugin
        raise OpenVinoError(f"OpenVINO does not work here: {first_line(error)}") from error
    return runtime


def platform() -> tuple[str, ...]:
    """Return what a compiled model depends on: OpenVINO's version, the processor and its capabilities."""
    import openvino

    return (openvino.get_version(), core().get_property("CPU", "FULL_DEVICE_NAME"), *sorted(capabilities()))


def capabilities() -> frozenset[str]:
    """Return the capabilities of this processor, such as BF16."""
    return frozenset(core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def first_line(error: Exception) -> str:
    """Return the last line of OpenVINO's messages, which start with places in its source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
