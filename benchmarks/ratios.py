"""Ratios between parts of a measurement: medians over the repeats, each of two runs that followed each other."""

from collections.abc import Sequence
from statistics import median

from benchmarks.baseline import BaselineRuns
from benchmarks.fresh_process import Measured
from benchmarks.measure import Measurements
from benchmarks.workload import Run


def part_ratios(done: Measurements) -> dict[str, dict[str, float]]:
    """Return the ratios of job to floor and of naive to job, by kind of time. Left-out parts have none.

    `cpu` and `process` are of the complete processes, with the start of Python and Dagster. `wall` is of the seconds
    that `Run` counts.
    """
    ratios = {}
    if done.floor:
        ratios["job_to_floor"] = _by_kind(done.job, done.floor)
    if done.naive:
        ratios["naive_to_job"] = _by_kind(done.naive, done.job)
    return ratios


def baseline_ratios(runs: BaselineRuns) -> dict[str, float]:
    """Return the ratios of this checkout to the baseline in CPU time and in wall-clock time."""
    pairs = list(zip(runs.here, runs.baseline, strict=True))
    return {
        "cpu": _median_ratio([(here.cpu_seconds, other.cpu_seconds) for here, other in pairs]),
        "wall": _median_ratio([(here.seconds, other.seconds) for here, other in pairs]),
    }


def _by_kind(runs: Sequence[Measured[Run]], others: Sequence[Measured[Run]]) -> dict[str, float]:
    pairs = list(zip(runs, others, strict=True))
    return {
        "cpu": _median_ratio([(run.cpu_seconds, other.cpu_seconds) for run, other in pairs]),
        "wall": _median_ratio([(run.value.seconds, other.value.seconds) for run, other in pairs]),
        "process": _median_ratio([(run.process_seconds, other.process_seconds) for run, other in pairs]),
    }


def _median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return round(median(one / other for one, other in pairs), 3)
