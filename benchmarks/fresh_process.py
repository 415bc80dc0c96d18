"""One measurement in a process of its own, so that neither memory nor caches leak from one to the next."""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True)
class Measured(Generic[R]):
    """What a process came to.

    Attributes:
        value: what the function returned.
        peak_rss_mb: peak resident memory of the process, MiB.
        cpu_seconds: CPU time of all its threads; unlike the clock it hardly depends on what else runs.
        process_seconds: from before its start to after its end, by the clock.
    """

    value: R
    peak_rss_mb: float
    cpu_seconds: float
    process_seconds: float


def in_fresh_process(function: Callable[[A], R], argument: A) -> Measured[R]:
    """Call `function` in a new interpreter with an empty data root and an empty Dagster instance.

    The process that calls this must stay smaller than what it measures: Linux counts the moment before the
    new interpreter starts, when it still shares the caller's memory, towards the new process.
    """
    began = time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    with (
        TemporaryDirectory(prefix="screenalytics-bench-") as folder,
        ProcessPoolExecutor(1, spawn, initializer=_use_folder, initargs=(Path(folder),)) as executor,
    ):
        value, peak, cpu = executor.submit(_with_usage, function, argument).result()
    return Measured(value, peak, cpu, time.monotonic() - began)


def _use_folder(folder: Path) -> None:
    os.environ["SCREENALYTICS_DATA_ROOT"] = str(folder / "data")
    os.environ["DAGSTER_HOME"] = str(folder / "dagster")


def _with_usage(function: Callable[[A], R], argument: A) -> tuple[R, float, float]:
    value = function(argument)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    units_per_mb = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux KiB
    return value, usage.ru_maxrss / units_per_mb, usage.ru_utime + usage.ru_stime
