"""Results of a measurement: the entry of the results file, its details, and the printed table."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.fresh_process import Measured
from benchmarks.machine import machine, versions
from benchmarks.measure import Measurements
from benchmarks.workload import Run, Workload

COLUMNS = ("part", "seconds", "/floor", "/job", "process", "CPU", "MiB", "detected", "faces", "people")


def entry(work: Workload, done: Measurements) -> dict[str, Any]:
    """Return the headline: medians, and `peak_rss_mb` of the job. None for a part that was left out."""
    job_seconds = median(run.value.seconds for run in done.job)
    return {
        "clip": work.clip.name,
        "pack": work.pack,
        "stride": work.stride,
        "job_seconds": round(job_seconds, 3),
        "floor_seconds": _median([run.value.seconds for run in done.floor]),
        "naive_seconds": _median([run.value.seconds for run in done.naive]),
        "dagster_overhead_seconds": _median([run.value.dagster_overhead_seconds for run in done.job]),
        "peak_rss_mb": _median([run.peak_rss_mb for run in done.job]),
        "realtime_factor": round(done.job[0].value.video_seconds / job_seconds, 2),
        "versions": versions(),
        "machine": machine(),
    }


def details(done: Measurements) -> dict[str, Any]:
    """Return the details of the headline: the job's seconds per step, and the work and repeats of every part."""
    job = done.job[0].value
    parts: Mapping[str, Sequence[Measured[Any]]] = {"job": done.job, "floor": done.floor, "naive": done.naive}
    return {
        "video_seconds": job.video_seconds,
        "provider": job.provider,
        "tracks": job.tracks,
        "model_load_seconds": round(done.model_load_seconds, 3),
        "run_seconds": _median([run.value.run_seconds for run in done.job]),
        "step_seconds": {
            name: _median([run.value.step_seconds[name] for run in done.job]) for name in job.step_seconds
        },
        "parts": {name: _part(runs) for name, runs in parts.items() if runs},
    }


def _part(runs: Sequence[Measured[Run]]) -> dict[str, Any]:
    work = runs[0].value
    return {
        "seconds": _median([run.value.seconds for run in runs]),
        "seconds_of_repeats": [round(run.value.seconds, 3) for run in runs],
        "process_seconds": _median([run.process_seconds for run in runs]),
        "cpu_seconds": _median([run.cpu_seconds for run in runs]),
        "peak_rss_mb": _median([run.peak_rss_mb for run in runs]),
        "frames_decoded": work.frames_decoded,
        "detector_calls": work.detector_calls,
        "faces_embedded": work.faces_embedded,
        "people": work.people,
    }


def table(headline: Mapping[str, Any], detail: Mapping[str, Any]) -> Table:
    """Build the table of parts: seconds, ratios, process and CPU seconds, peak MiB and work."""
    title = f"{headline['clip']}, {headline['pack']}, stride {headline['stride']}"
    parts_table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in COLUMNS:
        parts_table.add_column(name, justify="left" if name == "part" else "right")
    parts = detail["parts"]
    for name, part in parts.items():
        parts_table.add_row(
            name,
            f"{part['seconds']:.2f}",
            _ratio(part, parts.get("floor")),
            _ratio(part, parts["job"]),
            f"{part['process_seconds']:.2f}",
            f"{part['cpu_seconds']:.2f}",
            f"{part['peak_rss_mb']:.0f}",
            str(part["detector_calls"]),
            str(part["faces_embedded"]),
            "-" if part["people"] is None else str(part["people"]),
        )
    return parts_table


def remarks(headline: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    """Return remarks on the table: throughput, model load time, overhead and seconds per step."""
    steps = ", ".join(f"{name} {seconds:.2f}" for name, seconds in detail["step_seconds"].items())
    return (
        f"throughput of the job: {headline['realtime_factor']:.1f} s of video per second; "
        f"every part includes {detail['model_load_seconds']:.2f} s to load the models\n"
        f"Dagster and the checks add {headline['dagster_overhead_seconds']:.2f} s: "
        f"{detail['run_seconds']:.2f} s per run\n"
        f"steps: {steps}"
    )


def _ratio(part: Mapping[str, Any], other: Mapping[str, Any] | None) -> str:
    return "-" if other is None else f"{part['seconds'] / other['seconds']:.2f}"


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 3) if values else None
