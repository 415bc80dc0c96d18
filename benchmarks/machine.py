"""Environment of a measurement: versions of the relevant libraries, and the machine without its name."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

DISTRIBUTIONS = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime-gpu",
    "openvino": "openvino",
    "opencv": "opencv-python",
    "dagster": "dagster",
    "av": "av",
    "insightface": "insightface",
}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that take most of the time."""
    return {"python": platform.python_version()} | {name: version(d) for name, d in DISTRIBUTIONS.items()}


def machine() -> dict[str, str | int | float]:
    """Return the CPU model, the number of cores and the memory in GiB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": cpu_model(), "cores": os.cpu_count() or 0, "memory_gb": round(memory / 2**30, 1)}


def cpu_model() -> str:
    """Return the processor's name on Linux, its architecture on other systems."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
