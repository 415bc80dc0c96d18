"""One measurement in a process of its own. Memory and caches do not leak from one measurement to the next."""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Generic, TypeVar

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})

A = TypeVar("A")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class Measured(Generic[R_co]):
    """Result and resource usage of a process.

    Attributes:
        value: return value of the function.
        peak_rss_mb: peak resident memory of the process, MiB.
        cpu_seconds: CPU time of all its threads. Unlike wall-clock time it hardly depends on other processes.
        process_seconds: wall-clock time from before its start to after its end.
    """

    value: R_co
    peak_rss_mb: float
    cpu_seconds: float
    process_seconds: float


def in_fresh_process(
    function: Callable[[A], R], argument: A, environment: Mapping[str, str] = NO_VARIABLES
) -> Measured[R]:
    """Call `function` in a new interpreter with an empty data root and an empty Dagster instance.

    `environment` has further environment variables of that interpreter.

    The calling process must stay smaller than the measured one: until the new interpreter starts, the child shares
    the caller's memory, and Linux counts that towards the child's peak.
    """
    began = time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    with (
        TemporaryDirectory(prefix="screenalytics-bench-") as folder,
        _set_variables(environment),
        ProcessPoolExecutor(1, spawn, initializer=_use_folder, initargs=(Path(folder),)) as executor,
    ):
        value, peak, cpu = executor.submit(_with_usage, function, argument).result()
    return Measured(value, peak, cpu, time.monotonic() - began)


@contextmanager
def _set_variables(environment: Mapping[str, str]) -> Iterator[None]:
    """Set variables for new processes. Libraries read some of them before the first line of a new process runs."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _use_folder(folder: Path) -> None:
    os.environ["SCREENALYTICS_DATA_ROOT"] = str(folder / "data")
    os.environ["DAGSTER_HOME"] = str(folder / "dagster")


def _with_usage(function: Callable[[A], R], argument: A) -> tuple[R, float, float]:
    value = function(argument)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    units_per_mb = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux KiB
    return value, usage.ru_maxrss / units_per_mb, usage.ru_utime + usage.ru_stime
