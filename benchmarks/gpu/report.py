"""Results of the comparison: the entry of the results file, its details, and the printed table."""

from collections.abc import Mapping
from dataclasses import asdict
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.gpu.measure import Comparison, DeviceRun
from benchmarks.gpu.nvidia_smi import Card, Usage
from benchmarks.machine import machine, versions

STAGES = {"decode": "frames", "detect": "images", "embed": "faces", "job": "frames"}
"""What the rate of each stage counts."""


def rates(run: DeviceRun) -> dict[str, float]:
    """Return the rate of each stage, per second, with threads and batches as the job uses them."""
    stages = run.stages
    return {
        "decode": stages.decoded_per_second,
        "detect": stages.detected_per_second[stages.threads],
        "embed": stages.embedded_per_second[stages.batch],
        "job": median(job.value.run.frames_decoded / job.value.run.seconds for job in run.jobs),
    }


def entry(done: Comparison, card: Card, cuda_versions: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the headline: agreement, rates per second of both devices, card and versions."""
    return {
        "clip": done.workload.clip.name,
        "pack": done.workload.pack,
        "stride": done.workload.stride,
        "problems": done.problems,
        "faces": done.boxes.faces,
        "largest_box_difference_px": round(done.boxes.largest_px, 4),
        "borderline_faces": done.boxes.borderline,
        "lowest_cosine": round(done.lowest_cosine, 7),
        "identities": len(done.first.jobs[0].value.identities),
        "cpu_per_second": {name: round(rate, 1) for name, rate in rates(done.first).items()},
        "cuda_per_second": {name: round(rate, 1) for name, rate in rates(done.second).items()},
        "card": asdict(card),
        "cuda_versions": dict(cuda_versions),
        "versions": versions(),
        "machine": machine(),
    }


def details(done: Comparison) -> dict[str, Any]:
    """Return the details of both devices."""
    return {"cpu": _device(done.first), "cuda": _device(done.second)}


def _device(run: DeviceRun) -> dict[str, Any]:
    stages, job = run.stages, run.jobs[0].value.run
    return {
        "provider": stages.provider,
        "recogniser_provider": stages.recogniser_provider,
        "detector_threads": stages.threads,
        "batch_size": stages.batch,
        "load_seconds": round(stages.load_seconds, 3),
        "first_detect_seconds": round(stages.first_detect_seconds, 4),
        "first_embed_seconds_by_batch": _rounded(stages.first_embed_seconds, 4),
        "detected_per_second_by_threads": _rounded(stages.detected_per_second, 1),
        "embedded_per_second_by_batch": _rounded(stages.embedded_per_second, 1),
        "stages_usage": run.stages_usage and asdict(run.stages_usage),
        "job_seconds_of_repeats": [round(each.value.run.seconds, 3) for each in run.jobs],
        "job_cpu_seconds": round(median(each.cpu_seconds for each in run.jobs), 2),
        "job_peak_rss_mb": round(median(each.peak_rss_mb for each in run.jobs)),
        "job_step_seconds": {name: round(seconds, 3) for name, seconds in job.step_seconds.items()},
        "job_usage": run.jobs_usage and asdict(run.jobs_usage),
        "frames_decoded": job.frames_decoded,
        "detector_calls": job.detector_calls,
        "faces_embedded": job.faces_embedded,
        "tracks": job.tracks,
    }


def table(headline: Mapping[str, Any]) -> Table:
    """Build the table of stages: rates of both devices and their ratio."""
    title = f"{headline['clip']}, {headline['pack']}, stride {headline['stride']}"
    stages = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("stage", "per second", "CPU", "CUDA", "CUDA/CPU"):
        stages.add_column(name, justify="left" if name in ("stage", "per second") else "right")
    for name, unit in STAGES.items():
        cpu, cuda = headline["cpu_per_second"][name], headline["cuda_per_second"][name]
        stages.add_row(name, unit, f"{cpu:.1f}", f"{cuda:.1f}", f"{cuda / cpu:.2f}" if cpu else "-")
    return stages


def remarks(done: Comparison) -> str:
    """Return remarks on the table: agreement, start of the models on CUDA, and usage of the card."""
    boxes, second = done.boxes, done.second
    lines = [
        f"{boxes.pairs} of {boxes.faces} faces agree within {boxes.largest_px:.3f} px, "
        f"{boxes.borderline} are borderline; "
        f"lowest cosine {done.lowest_cosine:.6f}; {len(done.first.jobs[0].value.identities)} identities",
        f"CUDA: models load in {second.stages.load_seconds:.1f} s, the first image takes "
        f"{second.stages.first_detect_seconds:.2f} s, the first batches of all sizes "
        f"{sum(second.stages.first_embed_seconds.values()):.2f} s",
        f"card during the stages: {describe(second.stages_usage)}",
        f"card during the job: {describe(second.jobs_usage)}",
    ]
    return "\n".join(lines + [f"problem: {problem}" for problem in done.problems])


def describe(usage: Usage | None) -> str:
    """Describe the usage of the card in words."""
    if usage is None:
        return "no readings, because nvidia-smi reports none"
    busy = (
        "utilisation not reported"
        if usage.mean_percent is None
        else f"{usage.mean_percent:.0f} % busy, at most {usage.max_percent:.0f} %"
    )
    memory = (
        "memory not reported"
        if usage.memory_peak_mb is None
        else f"{usage.memory_peak_mb:.0f} MiB at most, {usage.memory_before_mb:.0f} MiB before"
    )
    return f"{busy}; {memory} ({usage.samples} readings)"


def _rounded(values: Mapping[int, float], digits: int) -> dict[str, float]:
    return {str(key): round(value, digits) for key, value in values.items()}
