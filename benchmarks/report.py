"""Results of a measurement: the entry of the results file, its details, and the printed tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.baseline import BaselineRuns
from benchmarks.fresh_process import Measured
from benchmarks.job_profile import Profile
from benchmarks.machine import machine, versions
from benchmarks.measure import Measurements
from benchmarks.ratios import baseline_ratios, part_ratios
from benchmarks.workload import Run, Workload

COLUMNS = ("part", "seconds", "process", "CPU", "CPU/s", "MiB", "detected", "refined", "faces", "people")
RATIOS = {"job_to_floor": "job / floor", "naive_to_job": "naive / job"}


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
        "job_cpu_seconds": _median([run.cpu_seconds for run in done.job]),
        "floor_cpu_seconds": _median([run.cpu_seconds for run in done.floor]),
        "naive_cpu_seconds": _median([run.cpu_seconds for run in done.naive]),
        "ratios": part_ratios(done),
        "dagster_overhead_seconds": _median([run.value.dagster_overhead_seconds for run in done.job]),
        "peak_rss_mb": _median([run.peak_rss_mb for run in done.job]),
        "realtime_factor": round(done.job[0].value.video_seconds / job_seconds, 2),
        "versions": versions(),
        "machine": machine(),
    }


def details(done: Measurements) -> dict[str, Any]:
    """Return the details of the headline: seconds per step, the work and repeats of every part, profile, baseline."""
    job = done.job[0].value
    parts: Mapping[str, Sequence[Measured[Any]]] = {"job": done.job, "floor": done.floor, "naive": done.naive}
    return {
        "video_seconds": job.video_seconds,
        "provider": job.provider,
        "recogniser_provider": job.recogniser_provider,
        "tracks": job.tracks,
        "model_load_seconds": round(done.model_load_seconds, 3),
        "run_seconds": _median([run.value.run_seconds for run in done.job]),
        "step_seconds": {
            name: _median([run.value.step_seconds[name] for run in done.job]) for name in job.step_seconds
        },
        "parts": {name: _part(runs, job.video_seconds) for name, runs in parts.items() if runs},
        "profile": None if done.profile is None else profile_entry(done.profile),
        "baseline": None if done.baseline is None else baseline_entry(done.baseline),
    }


def profile_entry(profile: Profile) -> dict[str, Any]:
    """Return CPU seconds of the profiled run: in total, and per part."""
    return {
        "cpu_seconds": round(profile.total, 3),
        "cpu_seconds_by_part": {name: round(seconds, 3) for name, seconds in profile.parts.items()},
    }


def baseline_entry(runs: BaselineRuns) -> dict[str, Any]:
    """Return medians of both checkouts' commands, the ratios, and how equal the artifacts are."""
    return {
        "commit": runs.commit,
        "cpu_seconds": _median([run.cpu_seconds for run in runs.here]),
        "seconds": _median([run.seconds for run in runs.here]),
        "baseline_cpu_seconds": _median([run.cpu_seconds for run in runs.baseline]),
        "baseline_seconds": _median([run.seconds for run in runs.baseline]),
        "ratios": baseline_ratios(runs),
        "equality": asdict(runs.equality),
    }


def _part(runs: Sequence[Measured[Run]], video_seconds: float) -> dict[str, Any]:
    work = runs[0].value
    cpu_seconds = median(run.cpu_seconds for run in runs)
    return {
        "seconds": _median([run.value.seconds for run in runs]),
        "seconds_of_repeats": [round(run.value.seconds, 3) for run in runs],
        "process_seconds": _median([run.process_seconds for run in runs]),
        "cpu_seconds": round(cpu_seconds, 3),
        "cpu_seconds_of_repeats": [round(run.cpu_seconds, 3) for run in runs],
        "cpu_seconds_per_video_second": round(cpu_seconds / video_seconds, 4),
        "peak_rss_mb": _median([run.peak_rss_mb for run in runs]),
        "frames_decoded": work.frames_decoded,
        "detector_calls": work.detector_calls,
        "faces_refined": work.faces_refined,
        "faces_embedded": work.faces_embedded,
        "people": work.people,
    }


def table(headline: Mapping[str, Any], detail: Mapping[str, Any]) -> Table:
    """Build the table of parts: seconds, process and CPU seconds, CPU per second of video, peak MiB and work."""
    title = f"{headline['clip']}, {headline['pack']}, stride {headline['stride']}"
    parts_table = _table(title, *COLUMNS)
    for name, part in detail["parts"].items():
        parts_table.add_row(
            name,
            f"{part['seconds']:.2f}",
            f"{part['process_seconds']:.2f}",
            f"{part['cpu_seconds']:.2f}",
            f"{part['cpu_seconds_per_video_second']:.3f}",
            f"{part['peak_rss_mb']:.0f}",
            str(part["detector_calls"]),
            str(part["faces_refined"]),
            str(part["faces_embedded"]),
            "-" if part["people"] is None else str(part["people"]),
        )
    return parts_table


def ratio_table(headline: Mapping[str, Any]) -> Table:
    """Build the table of ratios: CPU time, wall-clock time, and wall-clock time of the complete processes."""
    ratios = _table("", "ratio", "CPU", "wall", "process")
    for name, kinds in headline["ratios"].items():
        ratios.add_row(RATIOS[name], *(f"{kinds[kind]:.2f}" for kind in ("cpu", "wall", "process")))
    return ratios


def profile_table(profile: Mapping[str, Any]) -> Table:
    """Build the table of a profile: CPU seconds per part of the job, and their shares."""
    total = profile["cpu_seconds"]
    title = f"the job with one thread per library: {total:.2f} CPU seconds"
    parts = _table(title, "part of the job", "CPU", "%")
    for name, seconds in profile["cpu_seconds_by_part"].items():
        parts.add_row(name, f"{seconds:.2f}", f"{100 * seconds / total:.1f}")
    return parts


def baseline_remarks(baseline: Mapping[str, Any]) -> str:
    """Return the comparison with the baseline as text: ratios, and how equal the artifacts are."""
    ratios, equality = baseline["ratios"], baseline["equality"]
    boxes, faces, identities = (
        "the same" if equality[name] else "different" for name in ("same_boxes", "same_faces", "same_identities")
    )
    return (
        f"this checkout / baseline {baseline['commit'] or ''}: CPU {ratios['cpu']:.3f} "
        f"({baseline['cpu_seconds']:.2f} s / {baseline['baseline_cpu_seconds']:.2f} s), wall {ratios['wall']:.3f} "
        f"({baseline['seconds']:.2f} s / {baseline['baseline_seconds']:.2f} s)\n"
        f"artifacts: {boxes} tracks and frames, boxes differ by at most {_number(equality['max_box_px'], '.1f')} px; "
        f"{faces} faces, lowest cosine {_number(equality['min_cosine'], '.6f')}; {identities} identities"
    )


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


def _table(title: str, first: str, *columns: str) -> Table:
    result = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    result.add_column(first)
    for name in columns:
        result.add_column(name, justify="right")
    return result


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 3) if values else None
