"""Whether CUDA works, and the versions of its parts."""

import ctypes
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from screenalytics_resources.inference.providers import cuda_problem

DISTRIBUTIONS = ("nvidia-cuda-runtime", "nvidia-cublas", "nvidia-cudnn-cu13")


@dataclass(frozen=True)
class Cuda:
    """State of CUDA.

    Attributes:
        problem: why no session can run on the device, or None if one can.
        versions: of ONNX Runtime, of the CUDA that it was built with, of the newest CUDA that the driver supports, and
            of the libraries; None for what is not installed as a Python package.
    """

    problem: str | None
    versions: dict[str, str | None]


def inspect_cuda(device_id: str) -> Cuda:
    """Open a session on the CUDA device `device_id`. Loads CUDA into this process."""
    problem = cuda_problem(device_id)
    if problem is not None:
        return Cuda(problem, {})
    import onnxruntime

    versions: dict[str, str | None] = {
        "onnxruntime": onnxruntime.__version__,
        "cuda_of_onnxruntime": getattr(onnxruntime, "cuda_version", None),
        "cuda_of_driver": _driver_cuda(),
    }
    return Cuda(None, versions | {name: _version(name) for name in DISTRIBUTIONS})


def format_cuda_version(number: int) -> str:
    """Format a version of the CUDA driver API, which counts 1000 * major + 10 * minor."""
    return f"{number // 1000}.{number % 1000 // 10}"


def _driver_cuda() -> str | None:
    number = ctypes.c_int(0)
    error = ctypes.CDLL("libcuda.so.1").cuDriverGetVersion(ctypes.byref(number))
    return None if error else format_cuda_version(number.value)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
