"""ONNX Runtime execution providers: which device runs the models, decided once per process."""

import contextlib
import ctypes
import functools
import io
import re
from dataclasses import dataclass

from screenalytics_resources.errors import UserError

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
_DRIVER = "libcuda.so.1"


@dataclass(frozen=True)
class Providers:
    """Execution providers to open sessions with.

    Attributes:
        requested: the requested device: auto, cpu, cuda or cuda:N.
        used: name of the first provider, which a session must use.
        providers: (name, options) in order of preference, in ONNX Runtime's format.
        note: why the device `auto` fell back to the CPU, or None if it did not.
    """

    requested: str
    used: str
    providers: tuple[tuple[str, dict[str, str]], ...]
    note: str | None


@functools.cache
def choose_providers(device: str) -> Providers:
    """Choose the execution providers for `device`: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        UserError: if `device` is none of these, or if CUDA was requested explicitly and does not work.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device, re.ASCII):
        raise UserError(f"Unknown device {device!r}: use auto, cpu, cuda or cuda:N, where N is the number of a GPU.")
    if device == "cpu":
        return Providers(device, CPU, ((CPU, {}),), None)
    device_id = device.partition(":")[2] or "0"
    problem = cuda_problem(device_id)
    if problem is None:
        return Providers(device, CUDA, ((CUDA, cuda_options(device_id)), (CPU, {})), None)
    if device == "auto":
        return Providers(device, CPU, ((CPU, {}),), f"auto: CUDA is not usable ({problem}), running on the CPU")
    raise UserError(f"Device {device!r} cannot be used ({problem}). Fix CUDA or choose the device cpu or auto.")


def cuda_options(device_id: str) -> dict[str, str]:
    """Return the options of a session on CUDA.

    By default ONNX Runtime calculates in TF32 on cards that have it, with 10 instead of 23 bits of mantissa. The
    precision f32 means f32 on every device, because artifacts do not depend on the device.
    """
    return {"device_id": device_id, "use_tf32": "0"}


def cuda_problem(device_id: str) -> str | None:
    """Return why no session can run on the CUDA device `device_id`, or None if one can.

    ONNX Runtime lists CUDA if it was built with it, even without the libraries or the device. It then falls
    back to the CPU with a log line. The only proof is to open a session. Machines without a GPU are recognised by
    their driver, because ONNX Runtime takes long to import.
    """
    no_gpu = driver_problem()
    if no_gpu is not None:
        return no_gpu
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        return "this ONNX Runtime was built without CUDA"
    library_problem = _preload_cuda_libraries()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    onnxruntime.set_default_logger_severity(4)
    try:
        session = onnxruntime.InferenceSession(
            _identity_model(), options, providers=[(CUDA, cuda_options(device_id))], enable_fallback=0
        )
    except Exception as error:  # the only base class that ONNX Runtime's errors share
        return _first_line(str(error))
    finally:
        # Errors only, as in all sessions: ONNX Runtime 1.31 warns per session on CUDA that it has no plugin for it.
        onnxruntime.set_default_logger_severity(3)
    if session.get_providers()[0] == CUDA:
        return None
    return library_problem or "ONNX Runtime did not open a session on it"


def driver_problem() -> str | None:
    """Return why NVIDIA's driver offers no GPU to this process, or None if it offers one."""
    try:
        driver = ctypes.CDLL(_DRIVER)
    except OSError:
        return f"no NVIDIA driver, because {_DRIVER} cannot be loaded"
    count = ctypes.c_int(0)
    # CUDA driver API: 0 is success.
    error = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if error:
        return f"the NVIDIA driver reports error {error}"
    return None if count.value else "the NVIDIA driver reports no GPU"


def _preload_cuda_libraries() -> str:
    """Load CUDA libraries installed as Python packages. Return the first problem that is reported, or ""."""
    import onnxruntime

    with contextlib.redirect_stdout(io.StringIO()) as output:
        onnxruntime.preload_dlls()
    return _first_line(output.getvalue())


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _identity_model() -> bytes:
    from onnx import TensorProto, helper

    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "probe", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content
